// Threads that are safe inside a foreign process.
//
// Every thread of ours is made here: it blocks all signals but the synchronous ones (a SIGPIPE delivered to
// one of our threads would kill a Go host; Go's own profiling and preemption signals belong on Go's
// threads), carries a name, and lets no exception out (an exception that leaves a thread aborts the host).
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace oktasync {

class Thread {
 public:
  Thread() = default;
  ~Thread() { Join(); }
  Thread(Thread&& other) noexcept = default;
  Thread& operator=(Thread&& other) noexcept;

  // `name` is cut to 15 bytes, as the kernel does. kResourceExhausted when the system gives no thread.
  // `on_exception` (may be null) is told the type of an exception that body let out (base/exception.h).
  static absl::StatusOr<Thread> Start(const std::string& name, std::function<void()> body,
                                      std::function<void(const std::string&)> on_exception = nullptr);
  void Join();
  bool joinable() const { return thread_.joinable(); }

 private:
  std::thread thread_;
};

// Blocks the same signals on the calling thread for as long as it lives; for calls that make threads we do
// not make ourselves (gRPC's, the resolver's): a new thread inherits its maker's mask.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  alignas(8) unsigned char saved_[128];
};

}  // namespace oktasync
