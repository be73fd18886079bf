// Okta's clock: the machine's, moved by a settable number of milliseconds. Thread-safe.
//
// Everything that Okta says or checks about time goes by it: Date, assertions, token expiry, rate windows.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace playground::okta {

class OktaClock {
 public:
  int64_t NowMilliseconds() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() + offset_.load();
  }
  int64_t NowSeconds() const { return NowMilliseconds() / 1000; }
  void SetOffset(int64_t milliseconds) { offset_.store(milliseconds); }

 private:
  std::atomic<int64_t> offset_{0};
};

}  // namespace playground::okta
