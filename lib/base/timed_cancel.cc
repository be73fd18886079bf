#include "base/timed_cancel.h"

#include <utility>

namespace oktasync {

TimedCancel::TimedCancel(absl::Duration limit) {
  auto timer = Thread::Start("oktasync-timer", [this, limit] {
    if (done_.SleepFor(limit)) limit_.Request();
  });
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
