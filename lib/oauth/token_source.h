// Access tokens of Okta's org authorization server by client credentials with private_key_jwt.
//
// Source: RFC 6749 section 4.4, RFC 7523 section 2.2, Okta "Implement OAuth for Okta with a service app".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "http/client.h"
#include "oauth/client_keys.h"

namespace oktasync::oauth {

class Dpop;

// How it goes into a request: Authorize (oauth/dpop.h).
struct AccessToken {
  Secret value;
  uint64_t generation = 0;  // counts the tokens of this process: tells a refused token from its successor
  // Bound to this key, which must prove itself with every request (RFC 9449); null: a bearer token.
  std::shared_ptr<Dpop> dpop = nullptr;
};

// Thread-safe.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // The cached token, or a new one when it nears its end. Errors: kUnauthenticated or kFailedPrecondition
  // with what an admin must do (see oauth/token_errors.h), kUnavailable, kResourceExhausted, kCancelled.
  virtual absl::StatusOr<AccessToken> Get(Cancel& cancel) = 0;
  // Okta answered 401 to the token of this generation: it is not given out again.
  virtual void Refused(uint64_t generation) = 0;
  // What is left of the wait that Okta asked for with 429; zero when nobody waits for it.
  virtual absl::Duration RateWait() const { return absl::ZeroDuration(); }
};

struct ClientCredentials {
  std::string org_url;    // https://example.okta.com, no slash at the end
  std::string client_id;  // 0oa…
  std::vector<std::string> scopes = {"okta.apps.read", "okta.users.read"};
  // Asked for as well; where Okta does not grant them a token without them will do. What needs them fails by
  // itself, and the rest goes on.
  std::vector<std::string> extra_scopes = {};
  // Show a DPoP proof from the first request on, and take no bearer token; otherwise as soon as Okta asks.
  bool dpop = false;
};

// Mints with the first of `keys` that Okta takes, caches until 85 % of the lifetime, keeps the old token while a
// renewal fails and it is still alive, learns the clock's offset from the Date header, and retries once with
// the corrected time when Okta says that the assertion comes from the past or the future. `dpop` is the
// process's own key, used when Okta asks for it. http, clock and log must outlive the source.
std::unique_ptr<TokenSource> MakeClientCredentialsSource(ClientCredentials options,
                                                         std::shared_ptr<ClientKeys> keys,
                                                         std::shared_ptr<Dpop> dpop, http::Client& http,
                                                         CorrectedClock& clock, LogSink& log);

}  // namespace oktasync::oauth
