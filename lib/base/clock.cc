#include "base/clock.h"

#include <ctime>

#include "absl/time/clock.h"

namespace oktasync {
namespace {

class RealClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
  absl::Duration SinceBoot() const override {
    timespec ts{};
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return absl::DurationFromTimespec(ts);
  }
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock& clock = *new RealClock;
  return clock;
}

void CorrectedClock::Learn(absl::Time server_date) {
  // The header's second began up to a second ago: aim at its middle.
  absl::Duration offset = server_date + absl::Milliseconds(500) - base_.Now();
  if (absl::AbsDuration(offset) < absl::Seconds(2)) offset = absl::ZeroDuration();
  offset_ns_.store(absl::ToInt64Nanoseconds(offset), std::memory_order_relaxed);
}

}  // namespace oktasync
