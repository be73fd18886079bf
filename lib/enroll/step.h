// One read of a preflight: within a bounded time, and ended at once when the preflight is.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/status.h"
#include "base/timed_cancel.h"

namespace oktasync::enroll {

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// `read` takes a Cancel and gives a Status or a StatusOr.
template <typename Read>
auto Within(absl::Duration limit, Cancel& outer, Read&& read) -> decltype(read(outer)) {
  TimedCancel timed(limit, outer, absl::ZeroDuration());
  decltype(read(outer)) result = std::forward<Read>(read)(timed.cancel());
  const absl::Status status = StatusOf(result);
  if (absl::IsCancelled(status) && !outer.requested()) {
    return MakeStatus(absl::StatusCode::kDeadlineExceeded,
                      "no answer within " + absl::FormatDuration(limit) + " (" + Message(status) + ")");
  }
  return result;
}

}  // namespace oktasync::enroll
