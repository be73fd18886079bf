#include "signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace oktasync::host {

absl::StatusOr<Signals> Signals::Block() {
  static_assert(SIGHUP == 1);
  // A reader of our output that goes away must give an error from write, not end us in the middle of a run.
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      std::string("no file descriptor for signals: ") + std::strerror(errno));
  }
  return Signals(fd);
}

Signals::Signals(Signals&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Signals::~Signals() {
  if (fd_ >= 0) ::close(fd_);
}

int Signals::Wait(absl::Duration timeout, int other_fd) {
  pollfd waiting[2] = {{fd_, POLLIN, 0}, {other_fd, POLLIN, 0}};
  const int ready = ::poll(waiting, 2, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  if (ready <= 0 || waiting[0].revents == 0) return 0;
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) return 0;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace oktasync::host
