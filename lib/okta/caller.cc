#include "okta/caller.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "oauth/server_time.h"
#include "okta/api_error.h"

namespace oktasync::okta {
namespace {

// Never asleep for longer without asking the budget again.
constexpr absl::Duration kLongestPause = absl::Seconds(90);

std::string Asking(const Call& call) { return "asking Okta for GET " + call.path; }

}  // namespace

// What one request has been through.
struct Caller::Attempt {
  std::string url;
  int failed = 0;
  int sent = 0;
  int refused = 0;  // answers 429
  bool token_renewed = false;
  std::string retry_for;                        // X-Okta-Request-Id of the first answer that was not it
  std::optional<absl::Duration> first_refused;  // SinceBoot() of the first 429
};

Caller::Caller(CallerOptions options, http::Client& http, oauth::TokenSource& tokens, CorrectedClock& clock,
               LogSink& log, Sleep sleep)
    : options_(options),
      http_(http),
      tokens_(tokens),
      clock_(clock),
      log_(log),
      sleep_(std::move(sleep)),
      budget_(options.rate_share) {}

absl::Status Caller::Pause(absl::Duration wait, const Call& call, Cancel& cancel) const {
  sleep_(cancel, std::min(wait, kLongestPause));
  return cancel.Check("waiting to ask Okta for GET " + call.path);
}

absl::Status Caller::AwaitBudget(const Call& call, Cancel& cancel) {
  if (call.bucket.empty()) return absl::OkStatus();
  for (;;) {
    const absl::Duration wait = budget_.Acquire(call.bucket, clock_.SinceBoot(), RandomUnit());
    if (wait <= absl::ZeroDuration()) return absl::OkStatus();
    OKTASYNC_RETURN_IF_ERROR(Pause(wait, call, cancel));
  }
}

absl::StatusOr<http::Request> Caller::MakeRequest(const Call& call, const Attempt& attempt, Cancel& cancel,
                                                  uint64_t& generation) {
  http::Request request;
  request.url = attempt.url;
  request.headers.emplace_back("Accept", "application/json");
  request.max_body_bytes = call.max_body_bytes;
  if (!attempt.retry_for.empty()) {
    request.headers.emplace_back("X-Okta-Retry-For", attempt.retry_for);
    request.headers.emplace_back("X-Okta-Retry-Count", std::to_string(attempt.sent));
  }
  if (!call.with_token) return request;
  absl::StatusOr<oauth::AccessToken> token = tokens_.Get(cancel);
  if (!token.ok()) return Annotate(token.status(), Asking(call));
  generation = token->generation;
  request.authorization = Secret("Bearer " + std::string(token->value.Reveal()));
  return request;
}

absl::StatusOr<Answer> Caller::Get(const Call& call, Cancel& cancel) {
  Attempt attempt;
  attempt.url = call.url;
  for (;;) {
    OKTASYNC_RETURN_IF_ERROR(cancel.Check(Asking(call)));
    OKTASYNC_RETURN_IF_ERROR(AwaitBudget(call, cancel));
    uint64_t generation = 0;
    OKTASYNC_ASSIGN_OR_RETURN(const http::Request request, MakeRequest(call, attempt, cancel, generation));
    const absl::Duration begun = clock_.SinceBoot();
    absl::StatusOr<http::Response> response = http_.Send(request, cancel);
    const absl::Duration ended = clock_.SinceBoot();
    ++attempt.sent;

    if (!response.ok()) {
      const absl::Status failure = Annotate(response.status(), Asking(call));
      if (!http::WorthRetrying(response.status()) || ++attempt.failed >= options_.max_tries) return failure;
      if (absl::IsDeadlineExceeded(failure) && call.after_timeout)
        attempt.url = call.after_timeout(attempt.url);
      log_.Write(LogLevel::kDebug, "okta", "a request failed and is tried again",
                 {{"path", call.path}, {"error", Describe(response.status())}});
      OKTASYNC_RETURN_IF_ERROR(
          Pause(http::PauseAfter(attempt.failed, options_.backoff, RandomUnit()), call, cancel));
      continue;
    }

    oauth::LearnServerTime(clock_, *response, ended - begun);
    http::RefusalWait refusal;
    if (!call.bucket.empty()) refusal = budget_.Learn(call.bucket, *response, ended, RandomUnit());
    const std::string request_id = RequestId(*response);
    if (response->status == 200) {
      if (!IsJson(*response)) return ExplainNotJson(*response, call.path);
      return Answer{true, *std::move(response), attempt.url, request_id, begun};
    }
    if (attempt.retry_for.empty()) attempt.retry_for = request_id;

    const absl::Status failure = ExplainAnswer(*response, call.path);
    if (response->status == 404 && call.may_be_absent &&
        ParseApiError(response->body).code == kNotFoundCode) {
      return Answer{false, *std::move(response), attempt.url, request_id, begun};
    }
    if (response->status == 429) {
      if (!attempt.first_refused.has_value()) attempt.first_refused = ended;
      const absl::Duration wait =
          call.bucket.empty()
              ? http::JudgeRefusal(429, http::RateHeaders::Read(*response), ++attempt.refused).wait
              : refusal.wait;
      if (ended + wait - *attempt.first_refused > options_.patience) return failure;
      log_.Write(LogLevel::kInfo, "okta", "Okta asks us to wait",
                 {{"path", call.path}, {"wait", absl::FormatDuration(wait)}});
      // The budget makes everybody of the bucket wait; without a bucket it is up to us.
      if (call.bucket.empty()) OKTASYNC_RETURN_IF_ERROR(Pause(wait, call, cancel));
      continue;
    }
    if (response->status == 401 && call.with_token && !std::exchange(attempt.token_renewed, true)) {
      tokens_.Refused(generation);
      continue;
    }
    if (!http::WorthRetrying(response->status) || ++attempt.failed >= options_.max_tries) return failure;
    OKTASYNC_RETURN_IF_ERROR(
        Pause(http::PauseAfter(attempt.failed, options_.backoff, RandomUnit()), call, cancel));
  }
}

}  // namespace oktasync::okta
