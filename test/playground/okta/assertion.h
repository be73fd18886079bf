// Checks a client assertion as Okta does: private_key_jwt (RFC 7523 section 3, OpenID Connect Core section
// 9).
//
// Used by the token endpoint. Pure but for `used`, which the caller guards. The texts of the refusals are
// those of Okta's catalogue of OAuth errors as far as they are known, and all come with 401 invalid_client.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "okta/crypto.h"

namespace playground::okta {

// The client's registered public keys by kid.
using ClientKeys = std::map<std::string, Key, std::less<>>;

struct AssertionRules {
  std::string client_id;
  std::string audience;  // the full URL of the endpoint invoked
  int64_t now = 0;       // Okta's, seconds since the epoch
  const ClientKeys* keys = nullptr;
  std::map<std::string, int64_t>* used = nullptr;  // jti to exp; this one is added when all is well
};

// nullopt: accepted. Else the error_description.
std::optional<std::string> CheckAssertion(std::string_view jwt, const AssertionRules& rules);

}  // namespace playground::okta
