#include "harness/secret_lines.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"

namespace harness {
namespace {

// A JWT is base64url of `{"` and the first name in its header, alone or cut short. The name is looked at, too: an id
// that Okta draws at random may hold "eyJ", and such ids are told on purpose.
bool HoldsToken(const std::string& text) {
  for (size_t at = 0; (at = text.find("eyJ", at)) != std::string::npos; ++at) {
    const auto begin = oktasync::FromBase64Url(text.substr(at, 8));
    if (!begin.has_value() || begin->size() != 6) continue;
    if (std::all_of(begin->begin() + 2, begin->end(),
                    [](char c) { return c == '"' || (c >= 'a' && c <= 'z'); })) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> SecretLines(const std::vector<std::string>& files) {
  std::vector<std::string> lines;
  for (const std::string& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      if (line.size() >= 16 && line.rfind("-----", 0) != 0) lines.push_back(line);
    }
  }
  return lines;
}

std::vector<std::string> SecretsIn(const std::string& text, const std::vector<std::string>& secrets) {
  std::vector<std::string> found;
  for (size_t i = 0; i < secrets.size(); ++i) {
    if (text.find(secrets[i]) != std::string::npos) found.push_back("secret number " + std::to_string(i));
  }
  // How a form would carry an assertion, and a header a token.
  for (const char* sign : {"client_assertion=", "Bearer ey"}) {
    if (text.find(sign) != std::string::npos) found.push_back(std::string("what begins with ") + sign);
  }
  if (HoldsToken(text)) found.emplace_back("what looks like a JWT");
  return found;
}

}  // namespace harness
