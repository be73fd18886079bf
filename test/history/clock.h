// Time in a history: it stands still but when somebody moves it.
//
// Copyable, so that a whole world can be copied and two things tried on it. Atomic, because the thread that
// keeps a lease may look.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace history {

class SimClock final : public oktasync::Clock {
 public:
  SimClock() = default;
  SimClock(const SimClock& other) : Clock(), passed_ns_(other.passed_ns_.load()) {}
  SimClock& operator=(const SimClock& other) {
    passed_ns_.store(other.passed_ns_.load());
    return *this;
  }

  absl::Time Now() const override { return absl::FromUnixSeconds(1'790'000'000) + Passed(); }
  absl::Duration SinceBoot() const override { return absl::Hours(1) + Passed(); }
  void Advance(absl::Duration by) { passed_ns_ += absl::ToInt64Nanoseconds(by); }

 private:
  absl::Duration Passed() const { return absl::Nanoseconds(passed_ns_.load()); }

  std::atomic<int64_t> passed_ns_{0};
};

}  // namespace history
