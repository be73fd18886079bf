// What the token endpoint answers when it agrees. Pure.
//
// Source: RFC 6749 section 5.1, RFC 9449 section 5 (token_type).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"

namespace oktasync::oauth {

struct TokenAnswer {
  Secret access_token;
  bool bound = false;  // token_type DPoP (RFC 9449 section 5): useless without the proof's key
  absl::Duration lifetime;
  // As granted; what was asked for when the answer does not say (RFC 6749 section 5.1).
  std::vector<std::string> scopes;
};

// kDataLoss when the body is no token answer. No message holds any of the body's values but the token type.
absl::StatusOr<TokenAnswer> ParseTokenAnswer(std::string_view body, const std::vector<std::string>& asked);

// Those of `asked` that are not in `granted`, in order.
std::vector<std::string> MissingScopes(const std::vector<std::string>& asked,
                                       const std::vector<std::string>& granted);

// "a b c".
std::string JoinScopes(const std::vector<std::string>& scopes);

}  // namespace oktasync::oauth
