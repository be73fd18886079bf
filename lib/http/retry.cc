#include "http/retry.h"

#include <algorithm>

namespace oktasync::http {

bool WorthRetrying(int http_status) {
  switch (http_status) {
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

bool WorthRetrying(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

absl::Duration PauseAfter(int failed, const Backoff& backoff, double jitter) {
  // 2^40 of anything is past every cap: more doublings would only overflow.
  const int doublings = std::clamp(failed - 1, 0, 40);
  const absl::Duration full = std::min(backoff.first * (int64_t{1} << doublings), backoff.cap);
  return full * (0.5 + 0.5 * std::clamp(jitter, 0.0, 1.0));
}

}  // namespace oktasync::http
