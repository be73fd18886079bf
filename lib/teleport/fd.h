// Small owners of file descriptors, and waits that listen to a stop.
//
// Used by the tunnel's parts (resolve, tcp, tls, pump). Everything opened here is close-on-exec: a host that
// forks must not hand our connection to its child. Not thread-safe but for Waker::Wake.
#pragma once

#include <chrono>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"

namespace oktasync::teleport {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { Close(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Close();

 private:
  int fd_ = -1;
};

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

// The text of an errno, and for exhausted descriptors what to do.
std::string ErrnoText(int error);

}  // namespace oktasync::teleport
