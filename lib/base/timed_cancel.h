// A Cancel that requests itself after a while: for the last calls of something that is ending, which must
// not hang although everything else was told to stop.
#pragma once

#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/thread.h"

namespace oktasync {

class TimedCancel {
 public:
  // Where no thread can be made for the timer, it is requested at once.
  explicit TimedCancel(absl::Duration limit);
  ~TimedCancel();
  Cancel& cancel() { return limit_; }

 private:
  Cancel done_;
  Cancel limit_;
  Thread timer_;
};

}  // namespace oktasync
