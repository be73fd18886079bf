// The one way to Okta: every GET of this room goes through here.
//
// Adds the token, keeps the rate budget, tries again what may be tried again (transport failures, half an answer, 408,
// 5xx; 429 after the wait that Okta asks for; 401 once with a new token), learns the clock's offset, and turns
// what is left into words (okta/api_error.h).
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sleep.h"
#include "http/client.h"
#include "http/rate.h"
#include "http/retry.h"
#include "oauth/token_source.h"

namespace oktasync::okta {

struct Call {
  std::string url;     // https://example.okta.com/api/v1/…?…
  std::string path;    // without the query, for messages
  std::string bucket;  // Okta's rate bucket; "" for none
  bool with_token = true;
  // Whether a 404 E0000007 is an answer rather than an error.
  bool may_be_absent = false;
  size_t max_body_bytes = 32u << 20;
  // May change the URL before another try after a timeout.
  std::function<std::string(const std::string& url)> after_timeout;
};

struct Answer {
  bool found = true;        // false: 404 E0000007
  http::Response response;  // 200 with JSON when found
  std::string url;          // as it was sent last
  std::string request_id;
  absl::Duration begun;  // SinceBoot() before the try that was answered
};

struct CallerOptions {
  double rate_share = 0.5;
  int max_tries = 6;
  http::Backoff backoff;
  absl::Duration patience = absl::Minutes(10);  // of one request, from its first 429 on
};

// Thread-safe. Everything handed in must outlive it.
class Caller {
 public:
  Caller(CallerOptions options, http::Client& http, oauth::TokenSource& tokens, CorrectedClock& clock,
         LogSink& log, Sleep sleep);

  absl::StatusOr<Answer> Get(const Call& call, Cancel& cancel);

  const http::RateBudget& budget() const { return budget_; }
  // How long so many more requests of a bucket take at the least; nullopt when Okta has not shown its limit.
  std::optional<absl::Duration> TimeFor(std::string_view bucket, uint64_t requests) const {
    return budget_.TimeFor(bucket, requests, clock_.SinceBoot());
  }
  // What is left of the longest wait for a rate window, for a token included; zero when nobody waits.
  absl::Duration Waiting() const { return std::max(budget_.Waiting(clock_.SinceBoot()), tokens_.RateWait()); }

 private:
  struct Attempt;

  absl::Status AwaitBudget(const Call& call, Cancel& cancel);
  absl::StatusOr<http::Request> MakeRequest(const Call& call, Attempt& attempt, Cancel& cancel);
  // Whether an answer that refuses our token or proof is worth another try at once.
  bool Reauthorize(const http::Response& response, bool nonce_learned, Attempt& attempt);
  absl::Status Pause(absl::Duration wait, const Call& call, Cancel& cancel) const;

  const CallerOptions options_;
  http::Client& http_;
  oauth::TokenSource& tokens_;
  CorrectedClock& clock_;
  LogSink& log_;
  const Sleep sleep_;
  http::RateBudget budget_;
};

}  // namespace oktasync::okta
