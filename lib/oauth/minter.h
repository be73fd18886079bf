// One access token from the token endpoint, with the tries that it takes.
//
// Source: RFC 6749 section 4.4 (client credentials), RFC 7523 section 2.2 (the assertion as credential), RFC 9449
// section 5 (the DPoP proof).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sleep.h"
#include "http/client.h"
#include "http/retry.h"
#include "oauth/client_keys.h"
#include "oauth/dpop.h"
#include "oauth/token_errors.h"
#include "oauth/token_source.h"

namespace oktasync::oauth {

struct MintedToken {
  Secret value;
  absl::Duration begun;  // Clock::SinceBoot() before the request was sent: the lifetime counts from here
  absl::Duration lifetime;
  std::shared_ptr<Dpop> dpop = nullptr;  // the key that it is bound to; null: a bearer token
  std::vector<std::string> scopes = {};  // as granted
};

struct MintLimits {
  int tries = 5;  // that fail without an answer, or with one that may be better later
  http::Backoff backoff;
  absl::Duration patience = absl::Minutes(10);  // of waiting for the rate window
};

// Thread-safe. http, clock and log must outlive it.
class Minter {
 public:
  Minter(ClientCredentials options, std::shared_ptr<ClientKeys> keys, std::shared_ptr<Dpop> dpop,
         http::Client& http, CorrectedClock& clock, LogSink& log, Sleep sleep);

  // A new assertion with a new jti for each try, and a new DPoP proof once Okta has asked for one. A refusal
  // over time is tried once more with the time that Okta's Date header shows; a used jti once more with a new
  // one; a key that Okta does not know with the next one; a nonce that has changed with the new one, a few
  // times. Errors as TokenSource::Get.
  absl::StatusOr<MintedToken> Mint(const MintLimits& limits, Cancel& cancel);

  // What is left of the wait that Okta asked of a Mint with 429; zero when none waits.
  absl::Duration RateWait() const;

 private:
  struct Tries;

  absl::StatusOr<http::Request> MakeRequest(Tries& tries) const;
  absl::StatusOr<MintedToken> Accept(const http::Response& response, absl::Duration begun,
                                     const Tries& tries);
  // Whether a refusal is worth another try at once, with what the answer has taught.
  bool TryDifferently(const TokenRefusal& refusal, bool clock_learned, bool nonce_learned, Tries& tries);
  void WithoutExtraScopes(const absl::Status& why) const;
  absl::Status Pause(absl::Duration wait, Cancel& cancel) const;

  const ClientCredentials options_;
  const std::string url_;
  const std::shared_ptr<ClientKeys> keys_;
  const std::shared_ptr<Dpop> dpop_;
  http::Client& http_;
  CorrectedClock& clock_;
  LogSink& log_;
  const Sleep sleep_;
  std::atomic<bool> proving_;            // each request has a proof: set, or found out
  std::atomic<int64_t> waits_until_{0};  // for the rate window: SinceBoot in ns; 0: not
};

}  // namespace oktasync::oauth
