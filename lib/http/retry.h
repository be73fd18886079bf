// What is worth another try, and when. Pure; safe on any thread.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace oktasync::http {

// An answer that may be different a moment later: 408, 500, 502, 503, 504. 429 is not among them: the rate
// budget knows how long to wait (http/rate.h), and waiting for it is not a failed try.
bool WorthRetrying(int http_status);

// An exchange that failed without an answer: kUnavailable and kDeadlineExceeded. A certificate that is not
// accepted, a body over the limit or a stop do not get better by asking again.
bool WorthRetrying(const absl::Status& status);

struct Backoff {
  absl::Duration first = absl::Milliseconds(500);
  absl::Duration cap = absl::Seconds(30);
};

// The pause after the `failed`-th failure in a row (1 for the first): `first` doubled each time up to `cap`,
// of which the upper half is random, so that many clients that failed together do not come back together.
// `jitter` is in [0, 1).
absl::Duration PauseAfter(int failed, const Backoff& backoff, double jitter);

}  // namespace oktasync::http
