#include "interruptible.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/thread.h"

namespace oktasync::host {
namespace {

constexpr absl::Duration kLongest = absl::Seconds(1);
constexpr absl::Duration kInterruptAgain = absl::Milliseconds(20);

}  // namespace

bool RunInterruptibly(Signals& signals, const std::function<void()>& work,
                      const std::function<void()>& interrupt) {
  const int done = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (done < 0) return false;
  const auto tell = [done] {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(done, &one, sizeof(one));
  };
  bool interrupted = false;
  {
    absl::StatusOr<Thread> thread = Thread::Start(
        "oktasync-call",
        [&] {
          work();
          tell();
        },
        [&](const std::string&) { tell(); });
    if (!thread.ok()) {
      ::close(done);
      return false;
    }
    uint64_t ended = 0;
    while (::read(done, &ended, sizeof(ended)) != static_cast<ssize_t>(sizeof(ended))) {
      const int signal = signals.Wait(interrupted ? kInterruptAgain : kLongest, done);
      interrupted = interrupted || AsksToStop(signal);
      if (interrupted) interrupt();
    }
  }  // joined
  ::close(done);
  return !interrupted;
}

}  // namespace oktasync::host
