#include "teleport/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::teleport {
namespace {

constexpr absl::Duration kAttemptDelay = absl::Milliseconds(250);

struct Attempt {
  UniqueFd fd;
  std::string text;
};

std::string Advice(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "connection refused (nothing listens there: is it up, is the port right?)";
    case ETIMEDOUT:
      return "no answer (a firewall in between, or the machine is down)";
    default:
      return ErrnoText(error);
  }
}

// One run of attempts. Not thread-safe.
class Race {
 public:
  Race(std::vector<SocketAddress> addresses, const Deadline& deadline, const Waker& waker)
      : addresses_(InterleaveFamilies(std::move(addresses))), deadline_(deadline), waker_(waker) {}

  absl::StatusOr<UniqueFd> Run() {
    Deadline next_start = Deadline::After(absl::ZeroDuration());
    while (true) {
      if (next_ < addresses_.size() && (attempts_.empty() || next_start.passed())) {
        if (Start(addresses_[next_++])) return std::move(attempts_.back().fd);
        next_start = Deadline::After(kAttemptDelay);
        continue;
      }
      if (attempts_.empty()) return Failure();
      const absl::Duration wait =
          next_ < addresses_.size() ? std::min(deadline_.left(), next_start.left()) : deadline_.left();
      OKTASYNC_ASSIGN_OR_RETURN(const int winner, Poll(wait));
      if (winner >= 0) return std::move(attempts_[static_cast<size_t>(winner)].fd);
      if (deadline_.passed()) {
        for (const Attempt& attempt : attempts_) Fail(attempt.text, ETIMEDOUT);
        return Failure();
      }
    }
  }

 private:
  // True when the socket is connected already.
  bool Start(const SocketAddress& address) {
    UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) {
      Fail(address.Text(), errno);
      return false;
    }
    const auto* raw = reinterpret_cast<const sockaddr*>(&address.storage);
    const bool connected = connect(fd.get(), raw, address.size) == 0;
    // EINTR: the connection goes on being made, as with EINPROGRESS.
    if (!connected && errno != EINPROGRESS && errno != EINTR) {
      Fail(address.Text(), errno);
      return false;
    }
    attempts_.push_back({std::move(fd), address.Text()});
    return connected;
  }

  // Index of a connected attempt, or -1. Failed ones are dropped.
  absl::StatusOr<int> Poll(absl::Duration wait) {
    std::vector<pollfd> waits;
    for (const Attempt& attempt : attempts_) waits.push_back({attempt.fd.get(), POLLOUT, 0});
    waits.push_back({waker_.fd(), POLLIN, 0});
    const int ready = poll(waits.data(), waits.size(), PollMillis(wait));
    if (ready < 0 && errno != EINTR)
      return MakeStatus(absl::StatusCode::kUnavailable, "poll: " + ErrnoText(errno));
    if (ready <= 0) return -1;
    if (waits.back().revents != 0)
      return MakeStatus(absl::StatusCode::kCancelled, "stopped while connecting");
    for (size_t i = attempts_.size(); i-- > 0;) {
      if (waits[i].revents == 0) continue;
      int error = 0;
      socklen_t size = sizeof(error);
      if (getsockopt(attempts_[i].fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
      if (error == 0) return static_cast<int>(i);
      Fail(attempts_[i].text, error);
      attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return -1;
  }

  void Fail(const std::string& address, int error) {
    if (!failures_.empty()) failures_ += "; ";
    failures_ += address + ": " + Advice(error);
  }

  absl::Status Failure() const { return MakeStatus(absl::StatusCode::kUnavailable, failures_); }

  std::vector<SocketAddress> addresses_;
  const Deadline& deadline_;
  const Waker& waker_;
  size_t next_ = 0;
  std::vector<Attempt> attempts_;
  std::string failures_;
};

}  // namespace

std::vector<SocketAddress> InterleaveFamilies(std::vector<SocketAddress> addresses) {
  if (addresses.empty()) return addresses;
  const int first_family = addresses.front().family();
  const auto middle = std::stable_partition(
      addresses.begin(), addresses.end(), [&](const SocketAddress& a) { return a.family() == first_family; });
  std::vector<SocketAddress> out;
  auto left = addresses.begin();
  auto right = middle;
  while (left != middle || right != addresses.end()) {
    if (left != middle) out.push_back(*left++);
    if (right != addresses.end()) out.push_back(*right++);
  }
  return out;
}

absl::StatusOr<UniqueFd> ConnectTcp(const std::string& address, const Deadline& deadline, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(const auto host_port, SplitAddress(address));
  OKTASYNC_ASSIGN_OR_RETURN(auto addresses, Resolve(host_port.first, host_port.second, deadline, cancel));
  OKTASYNC_ASSIGN_OR_RETURN(const Waker waker, Waker::Make());
  Cancel::Registration stop(cancel, [&waker] { waker.Wake(); });
  OKTASYNC_ASSIGN_OR_RETURN(UniqueFd fd, Race(std::move(addresses), deadline, waker).Run());
  const int on = 1;  // requests are small and wait for their answers
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

}  // namespace oktasync::teleport
