// One connection of the control socket as cpp-httplib reads and writes it: bounded in bytes and in time, and cut
// at once when the server stops.
//
// For control_server.cc alone, for it brings httplib.h. One thread uses it.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "httplib.h"

namespace oktasync::host {

struct StreamLimits {
  size_t head_bytes = 32 << 10;                 // request line and headers
  std::chrono::milliseconds request{10'000};    // for the whole request to arrive
  std::chrono::milliseconds stalled{10'000};    // for the reader of an answer to take anything at all
  std::chrono::milliseconds answered{300'000};  // for him to take the whole of it
};

class ControlStream final : public httplib::Stream {
 public:
  // Both descriptors are borrowed; `fd` is non-blocking, `stop_fd` becomes readable when all must end.
  ControlStream(int fd, int stop_fd, const StreamLimits& limits);

  // Why it gave up reading.
  enum class End { kNone, kClosed, kStopped, kTooSlow, kTooMuch };
  End end() const { return end_; }
  bool answered() const { return answered_; }  // something was written
  // So many bytes may be read beyond the head.
  void AllowBody(size_t bytes) { left_ = bytes; }

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  enum class Ready { kYes, kStopped, kTooLate };
  Ready WaitFor(short events, Time until) const;
  bool Fill();

  const int fd_;
  const int stop_fd_;
  const StreamLimits limits_;
  const Time began_;
  Time answer_until_{};
  size_t left_;
  End end_ = End::kNone;
  bool answered_ = false;
  std::array<char, 16384> buffer_;
  size_t first_ = 0;  // of what is read and not yet asked for
  size_t last_ = 0;
};

}  // namespace oktasync::host
