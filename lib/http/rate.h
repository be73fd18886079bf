// How fast we may ask: a budget for each of Okta's rate buckets.
//
// Okta counts requests per bucket and minute for the whole org, and tells in each answer how many are left.
// We take a share of the bucket, ask more slowly as it empties (other clients of the org eat from it too),
// and wait for the next window when our share is used up or when Okta answers 429.
//
// No I/O and no clock in here: `now` is Clock::SinceBoot(), so that a clock that is set, or wrong by days,
// changes nothing; the length of a window is Okta's Reset minus Okta's Date. `jitter` is in [0, 1).
// Source: Okta "Rate limits" (X-Rate-Limit-Limit, -Remaining, -Reset); bugs of Okta's SDKs that tests name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "http/message.h"

namespace oktasync::http {

// What one answer says about its bucket. A number that is missing, not a number, negative, or given twice
// with different values is -1.
struct RateHeaders {
  int64_t limit = -1;
  int64_t remaining = -1;
  int64_t reset = -1;                      // epoch seconds by Okta's clock
  absl::Time date = absl::InfinitePast();  // Okta's clock; InfinitePast when not readable

  static RateHeaders Read(const Response& response);
};

enum class Refusal {
  kNone,         // not a 429
  kWindow,       // the bucket is empty: wait for its reset
  kConcurrency,  // too many requests at once (limit 0): wait 1, 2, 4 ... seconds
  kUnexplained,  // 429 without usable headers: wait a minute
};

// How long to wait after a 429 that is the `in_row`-th in a row (from 1), without jitter. Window: Reset -
// Date
// + 1 s, between 1 s and 90 s, and doubling from 1 s when it is refused again and again; concurrency: 1, 2, 4
// ... up to 60 s; unexplained: 60 s.
struct RefusalWait {
  Refusal refusal = Refusal::kNone;
  absl::Duration wait = absl::ZeroDuration();
};
RefusalWait JudgeRefusal(int http_status, const RateHeaders& headers, int in_row);

// What is known about a window when the next request is to be sent.
struct RateWindowState {
  int64_t limit = -1;      // -1: never shown
  int64_t remaining = -1;  // by the last answer, less what was sent since
  int64_t ours = 0;        // sent by us in this window
  absl::Duration ends_in = absl::ZeroDuration();
};

// How long to let pass between the request before and the next one. The first half of our share goes without
// a pause, the second half is spread over the rest of the window; `remaining` counts with our share of it, so
// others who eat the bucket slow us down, but never to a halt. InfiniteDuration: nothing more in this window.
absl::Duration PauseBetween(const RateWindowState& window, double share);

// How long `requests` more will take at the least, sent as soon as PauseBetween lets them, in this window and those
// after it. Zero when the limit was never shown. At most a year: whoever waits so long needs no number.
absl::Duration TimeFor(RateWindowState window, double share, uint64_t requests);

// What a report shows of a bucket.
struct RateSnapshot {
  std::string bucket;
  int64_t limit = -1;
  int64_t remaining = -1;
  absl::Time resets_at = absl::InfinitePast();  // by Okta's clock
  uint64_t requests = 0;
  uint64_t refused = 0;                          // answers 429
  absl::Duration waited = absl::ZeroDuration();  // asked of callers
};

// Thread-safe. Buckets are made by naming them.
class RateBudget {
 public:
  // `share` of what a bucket's limit shows, in (0, 1].
  explicit RateBudget(double share) : share_(share) {}

  // Zero: the request may be sent now, and is counted. Otherwise: wait so long, then ask again.
  absl::Duration Acquire(std::string_view bucket, absl::Duration now, double jitter);

  // Every answer, whatever its status. After a 429 the wait is told, and Acquire keeps everybody of that
  // bucket waiting by itself.
  RefusalWait Learn(std::string_view bucket, const Response& response, absl::Duration now, double jitter);

  // The same as the free function, of a bucket as it is now; nullopt when its limit was never shown.
  std::optional<absl::Duration> TimeFor(std::string_view bucket, uint64_t requests, absl::Duration now) const;

  // Who asks without a bucket, and was refused, waits until then.
  void NoteWait(absl::Duration until);

  // What is left as of `now` of the longest wait that somebody was told; zero when nobody waits. Of one that was
  // cancelled it is not known that it ended early.
  absl::Duration Waiting(absl::Duration now) const;

  std::vector<RateSnapshot> Snapshot() const;  // by name

 private:
  struct Bucket {
    // The window as it is at `now`: a fresh one when the last that was seen is over.
    RateWindowState WindowAt(absl::Duration now) const;

    int64_t limit = -1;
    int64_t remaining = -1;
    int64_t reset = -1;
    int64_t ours = 0;
    absl::Duration ends_at = absl::ZeroDuration();  // by `now`'s clock
    absl::Duration last_sent = -absl::InfiniteDuration();
    absl::Duration held_until = -absl::InfiniteDuration();  // by a 429
    bool rolled = false;  // the window ended by our reckoning, no answer of the next one was seen yet
    bool blind = false;   // the last good answer had no usable headers
    int refused_in_row = 0;
    uint64_t requests = 0;
    uint64_t refused = 0;
    absl::Duration waited = absl::ZeroDuration();
  };

  const double share_;
  mutable std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  absl::Duration waits_until_ = -absl::InfiniteDuration();  // the longest wait of all
};

}  // namespace oktasync::http
