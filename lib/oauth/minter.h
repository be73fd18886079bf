// One access token from the token endpoint, with the tries that it takes.
//
// Source: RFC 6749 section 4.4 (client credentials), RFC 7523 section 2.2 (the assertion as credential).
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sleep.h"
#include "http/client.h"
#include "http/retry.h"
#include "jose/signer.h"
#include "oauth/token_errors.h"
#include "oauth/token_source.h"

namespace oktasync::oauth {

struct MintedToken {
  Secret value;
  absl::Duration begun;  // Clock::SinceBoot() before the request was sent: the lifetime counts from here
  absl::Duration lifetime;
};

struct MintLimits {
  int tries = 5;  // that fail without an answer, or with one that may be better later
  http::Backoff backoff;
  absl::Duration patience = absl::Minutes(10);  // of waiting for the rate window
};

// Thread-safe. http, clock and log must outlive it.
class Minter {
 public:
  Minter(ClientCredentials options, std::shared_ptr<const jose::Signer> signer, http::Client& http,
         CorrectedClock& clock, LogSink& log, Sleep sleep);

  // A new assertion with a new jti for each try. A refusal over time is tried once more with the time that
  // Okta's Date header shows; a used jti once more with a new one. Errors as TokenSource::Get.
  absl::StatusOr<MintedToken> Mint(const MintLimits& limits, Cancel& cancel) const;

 private:
  absl::StatusOr<http::Request> MakeRequest() const;
  absl::StatusOr<MintedToken> Accept(const http::Response& response, absl::Duration begun) const;
  absl::Status Pause(absl::Duration wait, Cancel& cancel) const;

  const TokenRequester who_;
  const std::string url_;
  const std::shared_ptr<const jose::Signer> signer_;
  http::Client& http_;
  CorrectedClock& clock_;
  LogSink& log_;
  const Sleep sleep_;
};

}  // namespace oktasync::oauth
