#include "teleport/pump.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace oktasync::teleport {

void PumpBuffer::Drop(size_t n) {
  begin_ += n;
  if (begin_ == end_) begin_ = end_ = 0;
}

char* PumpBuffer::Room(size_t* room) {
  if (begin_ > 0 && kCapacity - end_ < kCapacity / 4) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
  }
  *room = kCapacity - end_;
  return bytes_.get() + end_;
}

PumpEnd Pump::Run() {
  for (unsigned step = 1;; ++step) {
    // Each step does what it can without waiting; the loop rests only when none of them got anywhere.
    bool moved = ReadApp();
    moved = WriteTls() || moved;
    moved = ReadTls() || moved;
    moved = WriteApp() || moved;

    if (gate_closed_) {
      end_.by = PumpEnd::By::kGate;
      return end_;
    }
    if (peer_ended_ && (down_.empty() || app_broken_)) {
      end_.by = PumpEnd::By::kPeer;
      return end_;
    }
    if ((app_ended_ || app_broken_) && up_.empty() && !peer_ended_) {
      end_.by = PumpEnd::By::kApp;
      return end_;
    }
    // A peer that never rests must not keep us from noticing the stop.
    const bool go_on = moved ? step % 16 != 0 || !Stopped() : WaitForEvents();
    if (!go_on) {
      end_.by = PumpEnd::By::kStop;
      return end_;
    }
  }
}

bool Pump::Stopped() const {
  pollfd wait = {stop_.fd(), POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

bool Pump::ReadApp() {
  if (!app_readable_ || app_ended_ || peer_ended_ || write_broken_) return false;
  size_t room = 0;
  char* to = up_.Room(&room);
  if (room == 0) return false;
  const ssize_t n = recv(app_, to, room, 0);
  if (n > 0) {
    up_.Added(static_cast<size_t>(n));
    return true;
  }
  if (n < 0 && errno == EINTR) return true;
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    app_readable_ = false;
    return false;
  }
  app_ended_ = true;
  return true;
}

bool Pump::WriteTls() {
  if (up_.empty() || peer_ended_ || write_broken_ || tls_write_ != Wait::kNothing) return false;
  if (pass_.Ended()) {
    gate_closed_ = true;
    return false;
  }
  const TlsStream::Result result = tls_.Write(up_.data(), up_.size());
  tls_write_ = WaitOf(result.outcome);
  up_.Drop(result.bytes);
  if (result.outcome == TlsStream::Outcome::kEnded || result.outcome == TlsStream::Outcome::kFailed) {
    // The peer may have said why (an alert, a GOAWAY) before it stopped reading: ReadTls looks once more.
    end_.failure = tls_.failure();
    write_broken_ = true;
    tls_read_ = Wait::kNothing;
    up_.Drop(up_.size());
    return true;
  }
  return result.bytes > 0;
}

bool Pump::ReadTls() {
  if (peer_ended_ || tls_read_ != Wait::kNothing) return false;
  size_t room = 0;
  char* to = down_.Room(&room);
  if (room == 0) return false;
  const TlsStream::Result result = tls_.Read(to, room);
  tls_read_ = WaitOf(result.outcome);
  if (result.outcome == TlsStream::Outcome::kEnded || result.outcome == TlsStream::Outcome::kFailed) {
    if (!write_broken_ || tls_.failure().error != 0) end_.failure = tls_.failure();
    peer_ended_ = true;
    return true;
  }
  if (write_broken_ && tls_read_ != Wait::kNothing) peer_ended_ = true;
  down_.Added(result.bytes);
  end_.from_peer += result.bytes;
  return result.bytes > 0;
}

bool Pump::WriteApp() {
  if (down_.empty() || !app_writable_ || app_broken_) return false;
  const ssize_t n = send(app_, down_.data(), down_.size(), MSG_NOSIGNAL);
  if (n > 0) {
    down_.Drop(static_cast<size_t>(n));
    return true;
  }
  if (n < 0 && errno == EINTR) return true;
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    app_writable_ = false;
    return false;
  }
  app_broken_ = true;
  return true;
}

bool Pump::WaitForEvents() {
  size_t room_up = 0;
  size_t room_down = 0;
  up_.Room(&room_up);
  down_.Room(&room_down);
  short app_events = 0;
  if (!app_readable_ && !app_ended_ && !peer_ended_ && room_up > 0) app_events |= POLLIN;
  if (!app_writable_ && !down_.empty()) app_events |= POLLOUT;
  short tls_events = 0;
  const auto want = [&](Wait wait) {
    if (wait == Wait::kRead) tls_events |= POLLIN;
    if (wait == Wait::kWrite) tls_events |= POLLOUT;
  };
  if (!peer_ended_ && room_down > 0) want(tls_read_);
  if (!peer_ended_ && !up_.empty()) want(tls_write_);

  // A descriptor that nothing is wanted from is left out: its hang-up would be reported without end.
  pollfd waits[3] = {{app_events == 0 ? -1 : app_, app_events, 0},
                     {tls_events == 0 ? -1 : tls_.fd(), tls_events, 0},
                     {stop_.fd(), POLLIN, 0}};
  const int ready = poll(waits, 3, -1);
  if (ready < 0) return errno == EINTR;
  if (waits[2].revents != 0) return false;
  constexpr short kBroken = POLLERR | POLLHUP | POLLNVAL;
  if ((waits[0].revents & (POLLIN | kBroken)) != 0) app_readable_ = true;
  if ((waits[0].revents & (POLLOUT | kBroken)) != 0) app_writable_ = true;
  const auto wake = [&](Wait& wait) {
    if (wait == Wait::kRead && (waits[1].revents & (POLLIN | kBroken)) != 0) wait = Wait::kNothing;
    if (wait == Wait::kWrite && (waits[1].revents & (POLLOUT | kBroken)) != 0) wait = Wait::kNothing;
  };
  wake(tls_read_);
  wake(tls_write_);
  return true;
}

Pump::Wait Pump::WaitOf(TlsStream::Outcome outcome) {
  if (outcome == TlsStream::Outcome::kWantsRead) return Wait::kRead;
  if (outcome == TlsStream::Outcome::kWantsWrite) return Wait::kWrite;
  return Wait::kNothing;
}

}  // namespace oktasync::teleport
