// SIGINT, SIGTERM and SIGHUP as something to wait for.
//
// Made on the main thread before there is any other, so that every thread inherits the block and only Wait
// ever sees a signal.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace oktasync::host {

class Signals {
 public:
  static absl::StatusOr<Signals> Block();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  // The number of a signal that came, or 0 after `timeout`, or as soon as `other_fd` can be read.
  int Wait(absl::Duration timeout, int other_fd = -1);

 private:
  explicit Signals(int fd) : fd_(fd) {}
  int fd_;
};

inline bool AsksToStop(int signal) { return signal != 0 && signal != 1; }  // 1: SIGHUP

}  // namespace oktasync::host
