#include "cancel_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "base/status.h"

namespace oktasync::plugin {

CancelWatch::~CancelWatch() {
  if (done_ < 0) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(done_, &one, sizeof(one));  // cannot fail on an empty eventfd
  thread_.Join();
  ::close(done_);
}

absl::Status CancelWatch::Start(int fd) {
  if (fd < 0) return absl::OkStatus();
  if (::fcntl(fd, F_GETFD) < 0) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "cancel_fd " + std::to_string(fd) + " is no open descriptor; -1 stands for none");
  }
  done_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (done_ < 0) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      "no file descriptor is left; raise the process's limit on open files (ulimit -n, "
                      "LimitNOFILE)");
  }
  absl::StatusOr<Thread> thread = Thread::Start("oktasync-watch", [this, fd] { Run(fd); });
  if (!thread.ok()) return thread.status();
  thread_ = *std::move(thread);
  return absl::OkStatus();
}

void CancelWatch::Run(int fd) {
  pollfd waits[] = {{fd, POLLIN, 0}, {done_, POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0 && errno == EINTR) {
  }
  // A descriptor whose other end is gone wants nothing any more, either.
  if (waits[0].revents != 0) cancel_.Request();
}

}  // namespace oktasync::plugin
