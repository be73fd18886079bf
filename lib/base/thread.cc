#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <cstring>
#include <system_error>
#include <utility>

#include "base/exception.h"
#include "base/status.h"

namespace oktasync {

SignalsBlocked::SignalsBlocked() {
  static_assert(sizeof(sigset_t) <= sizeof(saved_));
  sigset_t block;
  sigfillset(&block);
  for (int synchronous : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    sigdelset(&block, synchronous);
  }
  sigset_t saved;
  pthread_sigmask(SIG_BLOCK, &block, &saved);
  std::memcpy(saved_, &saved, sizeof(saved));
}

SignalsBlocked::~SignalsBlocked() {
  sigset_t saved;
  std::memcpy(&saved, saved_, sizeof(saved));
  pthread_sigmask(SIG_SETMASK, &saved, nullptr);
}

Thread& Thread::operator=(Thread&& other) noexcept {
  Join();
  thread_ = std::move(other.thread_);
  return *this;
}

absl::StatusOr<Thread> Thread::Start(const std::string& name, std::function<void()> body,
                                     std::function<void(const std::string&)> on_exception) {
  SignalsBlocked blocked;  // inherited by the new thread from its first instruction
  Thread thread;
  try {
    thread.thread_ = std::thread([name, body = std::move(body), on_exception = std::move(on_exception)] {
      pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
      std::string what;
      try {
        body();
        return;
      } catch (...) {
        what = CurrentException();
      }
      if (on_exception == nullptr) return;
      try {
        on_exception(what);
      } catch (...) {
        // Nothing is left to tell it to, and it must not leave the thread.
      }
    });
  } catch (const std::system_error& e) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      "cannot start thread " + name + ": " + e.what() +
                          "; raise the process's limit on threads (ulimit -u, TasksMax)");
  }
  return thread;
}

void Thread::Join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace oktasync
