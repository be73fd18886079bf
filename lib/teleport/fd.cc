#include "teleport/fd.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/status.h"

namespace oktasync::teleport {

Deadline Deadline::After(absl::Duration duration) {
  // A day is for ever here, and keeps the sum far from overflow.
  duration = std::clamp(duration, absl::ZeroDuration(), absl::Hours(24));
  Deadline deadline;
  deadline.at_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(duration);
  return deadline;
}

absl::Duration Deadline::left() const {
  return absl::FromChrono(
      std::chrono::duration_cast<std::chrono::nanoseconds>(at_ - std::chrono::steady_clock::now()));
}

int PollMillis(absl::Duration duration) {
  const int64_t millis = absl::ToInt64Milliseconds(duration + absl::Nanoseconds(999'999));
  return static_cast<int>(std::clamp<int64_t>(millis, 0, 86'400'000));
}

absl::StatusOr<Waker> Waker::Make() {
  Waker waker;
  waker.fd_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!waker.fd_.valid()) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "cannot make an eventfd: " + ErrnoText(errno));
  }
  return waker;
}

void Waker::Wake() const {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then it is awake anyway.
  [[maybe_unused]] const ssize_t written = write(fd_.get(), &one, sizeof(one));
}

absl::Status WaitFor(int fd, short events, const Deadline& deadline, const Waker& waker) {
  while (true) {
    pollfd waits[2] = {{fd, events, 0}, {waker.fd(), POLLIN, 0}};
    const int ready = poll(waits, 2, PollMillis(deadline.left()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return MakeStatus(absl::StatusCode::kUnavailable, "poll: " + ErrnoText(errno));
    if (waits[1].revents != 0) return MakeStatus(absl::StatusCode::kCancelled, "stopped");
    if (waits[0].revents != 0) return absl::OkStatus();
    if (deadline.passed()) return MakeStatus(absl::StatusCode::kDeadlineExceeded, "timed out");
  }
}

absl::Status TryDescriptors(int wanted) {
  std::vector<UniqueFd> tried;
  while (wanted-- > 0) {
    tried.emplace_back(eventfd(0, EFD_CLOEXEC));
    if (tried.back().valid()) continue;
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      "no file descriptors are left for gRPC: " + ErrnoText(errno));
  }
  return absl::OkStatus();
}

}  // namespace oktasync::teleport
