// The claims of the client assertion that authenticates us at the token endpoint. Pure.
//
// Source: RFC 7523 section 3; Okta "Build a JWT for client authentication". The JWS around them is made by
// jose/jws.h.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "nlohmann/json_fwd.hpp"

namespace oktasync::oauth {

// Five minutes: Okta refuses more than an hour without any leeway, and nobody needs more than a moment.
inline constexpr absl::Duration kAssertionLife = absl::Minutes(5);
// Okta refuses an `iat` in the future, so ours is a little in the past.
inline constexpr absl::Duration kIssuedBefore = absl::Seconds(10);

// `token_url` is the exact URL that is called; `jti` is new for each try, since Okta accepts each
// only once; `now` should be corrected by what the server's clock shows.
nlohmann::json AssertionClaims(const std::string& client_id, const std::string& token_url, absl::Time now,
                               const std::string& jti);

}  // namespace oktasync::oauth
