#include "base/timed_cancel.h"

#include <algorithm>
#include <utility>

namespace oktasync {
namespace {

// How soon the timer sees that the outer one was requested.
constexpr absl::Duration kSlice = absl::Milliseconds(20);

}  // namespace

TimedCancel::TimedCancel(absl::Duration limit, const Cancel& outer, absl::Duration hurried) {
  auto work = [this, &outer, left = limit, hurried]() mutable {
    bool hurry = false;
    while (left > absl::ZeroDuration()) {
      if (!hurry && outer.requested()) {
        hurry = true;
        left = std::min(left, hurried);
      }
      if (!done_.SleepFor(std::min(left, kSlice))) return;
      left -= kSlice;
    }
    limit_.Request();
  };
  // A timer that died must not mean a limit that never comes.
  auto timer = Thread::Start("oktasync-timer", work, [this](const std::string&) { limit_.Request(); });
  if (timer.ok()) {
    timer_ = *std::move(timer);
  } else {
    limit_.Request();
  }
}

TimedCancel::~TimedCancel() {
  done_.Request();
  timer_.Join();
}

}  // namespace oktasync
