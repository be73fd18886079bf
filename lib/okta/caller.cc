#include "okta/caller.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "oauth/dpop.h"
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
  int refused = 0;           // answers 429
  oauth::AccessToken token;  // of the last try
  std::string nonce_sent;    // in its DPoP proof
  bool token_renewed = false;
  bool proof_renewed = false;
  int nonces = 0;
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

absl::StatusOr<http::Request> Caller::MakeRequest(const Call& call, Attempt& attempt, Cancel& cancel) {
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
  attempt.token = *std::move(token);
  absl::StatusOr<std::string> nonce = oauth::Authorize(attempt.token, clock_.Now(), request);
  if (!nonce.ok()) return Annotate(nonce.status(), Asking(call));
  attempt.nonce_sent = *std::move(nonce);
  return request;
}

bool Caller::Reauthorize(const http::Response& response, bool nonce_learned, Attempt& attempt) {
  const std::string error = ChallengeError(response);
  // RFC 9449 section 9: the API wants the nonce that came with this answer. A few times: it may be renewed.
  if (attempt.token.dpop != nullptr && error == "use_dpop_nonce" && nonce_learned &&
      ++attempt.nonces <= oauth::kMostNonces) {
    return true;
  }
  // Okta has this answer to an expired token, too, and to some flaws of a proof 400 or 403.
  if (response.status != 401 && error != "invalid_token" && error != "invalid_dpop_proof") return false;
  // A proof of the wrong time, now that the answer's Date is known.
  if (attempt.token.dpop != nullptr && error == "invalid_dpop_proof" &&
      !std::exchange(attempt.proof_renewed, true)) {
    return true;
  }
  if (std::exchange(attempt.token_renewed, true)) return false;
  tokens_.Refused(attempt.token.generation);
  return true;
}

absl::StatusOr<Answer> Caller::Get(const Call& call, Cancel& cancel) {
  Attempt attempt;
  attempt.url = call.url;
  for (;;) {
    OKTASYNC_RETURN_IF_ERROR(cancel.Check(Asking(call)));
    OKTASYNC_RETURN_IF_ERROR(AwaitBudget(call, cancel));
    OKTASYNC_ASSIGN_OR_RETURN(const http::Request request, MakeRequest(call, attempt, cancel));
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
    const bool nonce_learned = call.with_token && attempt.token.dpop != nullptr &&
                               attempt.token.dpop->Learn(*response, attempt.nonce_sent);
    http::RefusalWait refusal;
    if (!call.bucket.empty()) refusal = budget_.Learn(call.bucket, *response, ended, RandomUnit());
    const std::string request_id = RequestId(*response);
    if (response->status == 200) {
      if (!response->IsJson()) return ExplainNotJson(*response, call.path);
      // The last one is handed on as it is: whoever decodes it says what is wrong with it.
      if (!LooksCut(response->body) || ++attempt.failed >= options_.max_tries) {
        return Answer{true, *std::move(response), attempt.url, request_id, begun};
      }
    }
    if (attempt.retry_for.empty()) attempt.retry_for = request_id;
    if (response->status == 200) {
      log_.Write(LogLevel::kDebug, "okta", "an answer was cut short and is asked for again",
                 {{"path", call.path}, {"request_id", request_id}});
      OKTASYNC_RETURN_IF_ERROR(
          Pause(http::PauseAfter(attempt.failed, options_.backoff, RandomUnit()), call, cancel));
      continue;
    }

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
      if (!call.bucket.empty()) continue;
      budget_.NoteWait(ended + wait);
      OKTASYNC_RETURN_IF_ERROR(Pause(wait, call, cancel));
      continue;
    }
    if (call.with_token && Reauthorize(*response, nonce_learned, attempt)) continue;
    if (!http::WorthRetrying(response->status) || ++attempt.failed >= options_.max_tries) return failure;
    OKTASYNC_RETURN_IF_ERROR(
        Pause(http::PauseAfter(attempt.failed, options_.backoff, RandomUnit()), call, cancel));
  }
}

}  // namespace oktasync::okta
