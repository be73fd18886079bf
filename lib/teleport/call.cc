#include "teleport/call.h"

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "teleport/errors.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {
namespace {

std::string NameOf(const Call& call) {
  std::string name(call.name);
  if (!call.subject.empty()) name += " of " + call.subject;
  return name;
}

}  // namespace

Caller::Caller(const ClientOptions& options, const Clock& clock, LogSink& log, const SendGate& gate)
    : options_(options), log_(log), connection_(options, clock, log, gate) {}

absl::Status Caller::Run(const Call& call, Cancel& cancel, const Try& try_once, int* tries) {
  int sent = 0;
  bool late_before = false;
  for (int attempt = 1;; ++attempt) {
    OKTASYNC_RETURN_IF_ERROR(cancel.Check("calling Teleport (" + NameOf(call) + ")"));
    auto link = connection_.Get(cancel);
    absl::Status status = link.status();
    bool again =
        status.code() == absl::StatusCode::kUnavailable;  // the connection itself waits between attempts
    absl::Duration wait;
    if (!link.ok()) {
      status = Annotate(status, NameOf(call));
    } else {
      if (tries != nullptr) *tries = ++sent;
      status = TryOnce(call, cancel, *link, try_once);
      const bool late = status.code() == absl::StatusCode::kDeadlineExceeded;
      again = IsRateLimit(status) ||
              (call.repeat != Repeat::kWrite && IsOutcomeUnknown(status) && !(late && late_before));
      late_before = late_before || late;
      wait = Backoff(attempt, RandomUnit());
      if (!status.ok() && IsOutcomeUnknown(status)) connection_.Retire(*link);
    }
    if (!again || attempt >= options_.max_tries) {
      if (status.code() != absl::StatusCode::kUnauthenticated || options_.identity_advice.empty())
        return status;
      return MakeStatus(status.code(), Message(status) + options_.identity_advice);
    }
    log_.Write(LogLevel::kWarn, "teleport", "a call is tried again",
               {{"call", NameOf(call)}, {"attempt", std::to_string(attempt)}, {"error", Describe(status)}});
    link = absl::UnavailableError("");  // lets the old connection go before the wait
    if (!cancel.SleepFor(wait)) return cancel.Check("calling Teleport (" + NameOf(call) + ")");
  }
}

absl::Status Caller::TryOnce(const Call& call, Cancel& cancel, const std::shared_ptr<Link>& link,
                             const Try& try_once) {
  grpc::ClientContext context;
  // By the clock that nobody sets.
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(options_.call_timeout), GPR_TIMESPAN)));
  grpc::Status answer;
  {
    Cancel::Registration stop(cancel, [&context] { context.TryCancel(); });
    SignalsBlocked blocked;  // gRPC may make threads in a call
    answer = try_once(*link->stubs, &context);
  }
  if (answer.ok()) {
    link->proved = true;
    return absl::OkStatus();
  }
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("calling Teleport (" + NameOf(call) + ")"));
  const absl::Status end = link->tunnel->closed() ? link->tunnel->end() : absl::OkStatus();
  absl::Status status =
      AnswerInWords({call.name, call.subject, link->who}, {answer.error_code(), answer.error_message(), end});
  if (!IsOutcomeUnknown(status) && status.code() != absl::StatusCode::kUnauthenticated) link->proved = true;
  if (IsOutcomeUnknown(status) && call.repeat == Repeat::kWrite) {
    status = MakeStatus(
        status.code(),
        Message(status) + "; whether the server did it is unknown, so it must be read before it is repeated");
  }
  return status;
}

}  // namespace oktasync::teleport
