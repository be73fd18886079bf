#include "oauth/assertion.h"

#include "nlohmann/json.hpp"

namespace oktasync::oauth {

nlohmann::json AssertionClaims(const std::string& client_id, const std::string& token_url, absl::Time now,
                               const std::string& jti) {
  return {
      {"iss", client_id},
      {"sub", client_id},
      {"aud", token_url},
      {"iat", absl::ToUnixSeconds(now - kIssuedBefore)},
      {"exp", absl::ToUnixSeconds(now + kAssertionLife)},
      {"jti", jti},
  };
}

}  // namespace oktasync::oauth
