#include "harness/secret_lines.h"

#include <fstream>

namespace harness {

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
  // The first is how a form would carry an assertion; the others begin a token, alone or as a header.
  for (const char* sign : {"client_assertion=", "Bearer ey", "eyJ"}) {
    if (text.find(sign) != std::string::npos) found.push_back(std::string("what begins with ") + sign);
  }
  return found;
}

}  // namespace harness
