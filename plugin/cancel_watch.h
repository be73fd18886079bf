// Requests a Cancel once a descriptor of the host's becomes readable; for calls that block and have no instance.
//
// One thread at a time. The destructor ends the thread that watches.
#pragma once

#include "absl/status/status.h"
#include "base/cancel.h"
#include "base/thread.h"

namespace oktasync::plugin {

class CancelWatch {
 public:
  // `cancel` must outlive the watch.
  explicit CancelWatch(Cancel& cancel) : cancel_(cancel) {}
  ~CancelWatch();
  CancelWatch(const CancelWatch&) = delete;
  CancelWatch& operator=(const CancelWatch&) = delete;

  // -1: there is nothing to watch. kInvalidArgument for a descriptor that is not open.
  absl::Status Start(int fd);

 private:
  void Run(int fd);

  Cancel& cancel_;
  int done_ = -1;
  Thread thread_;
};

}  // namespace oktasync::plugin
