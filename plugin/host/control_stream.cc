#include "control_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace oktasync::host {
namespace {

using Clock = std::chrono::steady_clock;

int Milliseconds(Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

}  // namespace

ControlStream::ControlStream(int fd, int stop_fd, const StreamLimits& limits)
    : fd_(fd), stop_fd_(stop_fd), limits_(limits), began_(Clock::now()), left_(limits.head_bytes) {}

ControlStream::Ready ControlStream::WaitFor(short events, Time until) const {
  for (;;) {
    pollfd fds[2] = {{fd_, events, 0}, {stop_fd_, POLLIN, 0}};
    const int wait = Milliseconds(until);
    const int ready = ::poll(fds, 2, wait);
    if (fds[1].revents != 0) return Ready::kStopped;
    if (ready > 0) return Ready::kYes;
    if (ready == 0 && Clock::now() >= until) return Ready::kTooLate;
    if (ready < 0 && errno != EINTR) return Ready::kTooLate;
  }
}

bool ControlStream::Fill() {
  switch (WaitFor(POLLIN, began_ + limits_.request)) {
    case Ready::kStopped:
      end_ = End::kStopped;
      return false;
    case Ready::kTooLate:
      end_ = End::kTooSlow;
      return false;
    case Ready::kYes:
      break;
  }
  const ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) {
    end_ = End::kClosed;
    return false;
  }
  first_ = 0;
  last_ = static_cast<size_t>(got);
  return true;
}

ssize_t ControlStream::read(char* to, size_t size) {
  if (left_ == 0) {
    end_ = End::kTooMuch;
    return -1;
  }
  while (first_ == last_) {
    if (end_ != End::kNone || !Fill()) return end_ == End::kClosed ? 0 : -1;
  }
  const size_t given = std::min({size, left_, last_ - first_});
  std::memcpy(to, buffer_.data() + first_, given);
  first_ += given;
  left_ -= given;
  return static_cast<ssize_t>(given);
}

ssize_t ControlStream::write(const char* from, size_t size) {
  if (!answered_) {
    answered_ = true;
    answer_until_ = Clock::now() + limits_.answered;
  }
  for (;;) {
    const ssize_t sent = ::send(fd_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return -1;
    if (WaitFor(POLLOUT, std::min(Clock::now() + limits_.stalled, answer_until_)) != Ready::kYes) return -1;
  }
}

bool ControlStream::is_readable() const {
  return first_ != last_ || WaitFor(POLLIN, began_ + limits_.request) == Ready::kYes;
}

bool ControlStream::is_writable() const {
  const Time until = Clock::now() + limits_.stalled;
  return WaitFor(POLLOUT, answered_ ? std::min(until, answer_until_) : until) == Ready::kYes;
}

void ControlStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void ControlStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

socket_t ControlStream::socket() const { return fd_; }

}  // namespace oktasync::host
