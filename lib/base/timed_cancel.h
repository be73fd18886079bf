// A Cancel that requests itself after a while: for the last calls of something that is ending, which must
// not hang although everything else was told to stop.
#pragma once

#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/thread.h"

namespace oktasync {

class TimedCancel {
 public:
  // Requests itself after `limit`, or `hurried` after `outer` was requested, whichever is first. An `outer` that
  // was requested before leaves the whole of `hurried`. Where no thread can be made for the timer, it is
  // requested at once. `outer` must outlive this.
  TimedCancel(absl::Duration limit, const Cancel& outer, absl::Duration hurried);
  ~TimedCancel();
  Cancel& cancel() { return limit_; }

 private:
  Cancel done_;
  Cancel limit_;
  Thread timer_;
};

}  // namespace oktasync
