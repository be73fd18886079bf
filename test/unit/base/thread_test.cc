#include "base/thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

namespace oktasync {
namespace {

std::vector<int> Blocked() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  std::vector<int> blocked;
  for (int signal = 1; signal < 32; ++signal) {
    if (sigismember(&mask, signal) == 1) blocked.push_back(signal);
  }
  return blocked;
}

bool Contains(const std::vector<int>& items, int item) {
  for (int one : items) {
    if (one == item) return true;
  }
  return false;
}

Thread MustStart(const std::string& name, std::function<void()> body,
                 std::function<void(const std::string&)> on_exception = nullptr) {
  auto thread = Thread::Start(name, std::move(body), std::move(on_exception));
  REQUIRE(thread.ok());
  return *std::move(thread);
}

TEST_CASE("bad day: our threads block the signals that belong to the host, and only on themselves") {
  const std::vector<int> before = Blocked();
  std::vector<int> inside;
  MustStart("t", [&] { inside = Blocked(); }).Join();
  for (int signal :
       {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, SIGALRM, SIGPROF, SIGURG, SIGUSR1, SIGUSR2}) {
    INFO(signal);
    CHECK(Contains(inside, signal));
  }
  // Blocking one that the thread itself causes would end the process without a word.
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    INFO(signal);
    CHECK_FALSE(Contains(inside, signal));
  }
  CHECK(Blocked() == before);
}

TEST_CASE("bad day: a write to a closed pipe on our thread is an error, not the host's death") {
  struct sigaction fatal {};
  fatal.sa_handler = SIG_DFL;
  struct sigaction saved {};
  sigaction(SIGPIPE, &fatal, &saved);
  int written = 0;
  int error = 0;
  MustStart("pipe", [&] {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    close(ends[0]);
    written = static_cast<int>(write(ends[1], "x", 1));
    error = errno;
    close(ends[1]);
  }).Join();
  sigaction(SIGPIPE, &saved, nullptr);
  CHECK(written == -1);
  CHECK(error == EPIPE);
}

TEST_CASE("an exception does not leave the thread; who asked is told of it") {
  std::string told;
  const auto tell = [&](const std::string& what) { told = what; };
  MustStart(
      "t", [] { throw std::runtime_error("out of cheese"); }, tell)
      .Join();
  CHECK(told == "exception of type std::runtime_error");
  MustStart(
      "t", [] { throw 7; }, tell)
      .Join();
  CHECK(told == "exception of type int");
  told.clear();
  MustStart(
      "t", [] {}, tell)
      .Join();
  CHECK(told.empty());
  MustStart("t", [] { throw std::runtime_error("x"); }).Join();
  MustStart(
      "t", [] { throw std::runtime_error("x"); }, [](const std::string&) { throw 7; })
      .Join();
}

TEST_CASE("a thread carries its name, cut as the kernel does") {
  char name[16] = {};
  MustStart("oktasync-a-name-that-is-long", [&] {
    pthread_getname_np(pthread_self(), name, sizeof(name));
  }).Join();
  CHECK(std::string(name) == "oktasync-a-name");
}

TEST_CASE("a thread is joined when it is dropped or replaced") {
  std::atomic<int> done = 0;  // the second one starts before the first is joined
  {
    Thread thread = MustStart("a", [&] { ++done; });
    CHECK(thread.joinable());
    thread = MustStart("b", [&] { ++done; });
    CHECK(done >= 1);
    Thread moved = std::move(thread);
    CHECK(moved.joinable());
  }
  CHECK(done == 2);
  Thread none;
  CHECK_FALSE(none.joinable());
  none.Join();
}

TEST_CASE("signals are blocked for a scope and come back after it") {
  const std::vector<int> before = Blocked();
  {
    const SignalsBlocked outer;
    CHECK(Contains(Blocked(), SIGPIPE));
    { const SignalsBlocked inner; }
    CHECK(Contains(Blocked(), SIGPIPE));
    CHECK_FALSE(Contains(Blocked(), SIGSEGV));
  }
  CHECK(Blocked() == before);
}

}  // namespace
}  // namespace oktasync
