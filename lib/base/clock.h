// Time as the house sees it: wall time for what others read, time since boot for what we measure.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace oktasync {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // CLOCK_BOOTTIME: never set, and it counts while the machine is suspended, so a lease that ran out during
  // a suspend has run out by this clock.
  virtual absl::Duration SinceBoot() const = 0;
};

const Clock& SystemClock();

// Wall time corrected by what a server's Date header teaches. Our own clock can be days off on a broken
// machine; a lock's expiry computed from it would then end too early. Thread-safe.
class CorrectedClock final : public Clock {
 public:
  explicit CorrectedClock(const Clock& base) : base_(base) {}
  absl::Time Now() const override { return base_.Now() + offset(); }
  absl::Duration SinceBoot() const override { return base_.SinceBoot(); }

  // `server_date` was read just now. A Date header has whole seconds, so corrections below two seconds are
  // noise and are taken as zero.
  void Learn(absl::Time server_date);
  // Server minus us.
  absl::Duration offset() const { return absl::Nanoseconds(offset_ns_.load(std::memory_order_relaxed)); }
  // Our own uncorrected wall time.
  absl::Time Uncorrected() const { return base_.Now(); }

 private:
  const Clock& base_;
  std::atomic<int64_t> offset_ns_{0};
};

}  // namespace oktasync
