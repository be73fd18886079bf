// Waits on file descriptors that listen to a stop.
//
// Used by the tunnel's parts (resolve, tcp, tls, pump). Everything opened here is close-on-exec: a host that
// forks must not hand our connection to its child. Not thread-safe but for Waker::Wake.
#pragma once

#include <chrono>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/fd.h"

namespace oktasync::teleport {

// A moment that setting the wall clock does not move.
class Deadline {
 public:
  static Deadline After(absl::Duration duration);
  absl::Duration left() const;
  bool passed() const { return left() <= absl::ZeroDuration(); }

 private:
  std::chrono::steady_clock::time_point at_;
};

// poll()'s timeout for a duration: rounded up, never negative.
int PollMillis(absl::Duration duration);

// Wakes a poll() from any thread; once woken it stays awake.
class Waker {
 public:
  static absl::StatusOr<Waker> Make();
  void Wake() const;
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

// Waits until `fd` has one of `events` (poll's), is closed or broken. kCancelled when woken,
// kDeadlineExceeded.
absl::Status WaitFor(int fd, short events, const Deadline& deadline, const Waker& waker);

// gRPC ends the whole process when it begins, or makes a channel, without the descriptors that it needs: so they
// are tried first. kResourceExhausted when there are not so many.
absl::Status TryDescriptors(int wanted);

}  // namespace oktasync::teleport
