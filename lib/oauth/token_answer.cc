#include "oauth/token_answer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::oauth {
namespace {

absl::Status Bad(const std::string& reason) {
  return MakeStatus(absl::StatusCode::kDataLoss, "the token endpoint's answer " + reason);
}

// It goes into a header: RFC 6750 section 2.1 allows b64token only, and nothing that could end the line.
bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

std::vector<std::string> SplitScopes(std::string_view text) {
  std::vector<std::string> scopes;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) scopes.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return scopes;
}

}  // namespace

absl::StatusOr<TokenAnswer> ParseTokenAnswer(std::string_view body, const std::vector<std::string>& asked) {
  const absl::StatusOr<nlohmann::json> json = ParseJson(body);
  if (!json.ok()) return Bad("is " + Message(json.status()));
  if (!json->is_object()) return Bad("is not a JSON object");

  const std::string type = JsonString(*json, "token_type");
  const bool bound = EqualsIgnoreCase(type, "DPoP");
  if (!bound && !EqualsIgnoreCase(type, "Bearer")) {
    return Bad("has no usable token_type: '" + Escape(type, 32) + "'");
  }

  TokenAnswer answer;
  answer.bound = bound;
  answer.access_token = Secret(JsonString(*json, "access_token"));
  if (!IsToken(answer.access_token.Reveal())) return Bad("has no usable access_token");

  const auto expires = json->find("expires_in");
  if (expires == json->end() || !expires->is_number()) return Bad("has no expires_in");
  const double seconds = expires->get<double>();
  if (!std::isfinite(seconds) || seconds < 1) return Bad("has an expires_in below one second");
  // Okta's tokens live an hour. A day bounds what a broken answer can make us believe.
  answer.lifetime = absl::Seconds(std::min(seconds, 86'400.0));

  const auto scope = json->find("scope");
  if (scope == json->end() || scope->is_null()) {
    answer.scopes = asked;
  } else if (scope->is_string()) {
    answer.scopes = SplitScopes(scope->get<std::string>());
  } else {
    return Bad("has a scope that is not a string");
  }
  return answer;
}

std::vector<std::string> MissingScopes(const std::vector<std::string>& asked,
                                       const std::vector<std::string>& granted) {
  std::vector<std::string> missing;
  for (const std::string& scope : asked) {
    if (std::find(granted.begin(), granted.end(), scope) == granted.end()) missing.push_back(scope);
  }
  return missing;
}

std::string JoinScopes(const std::vector<std::string>& scopes) {
  std::string joined;
  for (const std::string& scope : scopes) joined += (joined.empty() ? "" : " ") + scope;
  return joined;
}

}  // namespace oktasync::oauth
