#include "harness/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace harness {
namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

// The largest resident size so far, or 0. Not ru_maxrss: that begins with the size of whoever forked.
long PeakKib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6);
  }
  return 0;
}

// False at the end of the stream.
bool ReadSome(int fd, std::string* into) {
  char buffer[65536];
  const ssize_t got = read(fd, buffer, sizeof(buffer));
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  into->append(buffer, static_cast<size_t>(got));
  return got > 0;
}

}  // namespace

Process::Process(const std::vector<std::string>& command, bool waiting) {
  int out[2];
  int err[2];
  int gate[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 || pipe2(gate, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe can be made");
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  began_ = Now();
  // LeakSanitizer's look at the end of a process faults at times on threads of gRPC that are just ending, and
  // makes a good run a failed one. Leaks are looked for in the unit tests and by the hosts of test/abi.
  const char* before = std::getenv("ASAN_OPTIONS");
  const std::string sanitizer = std::string(before == nullptr ? "" : before) + ":detect_leaks=0";
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    close(gate[1]);
    // A byte, not the end of the pipe: another thread's child may have inherited the writing end of ours, and
    // wait at its own gate.
    char opened;
    while (waiting && read(gate[0], &opened, 1) < 0 && errno == EINTR) {
    }
    setenv("ASAN_OPTIONS", sanitizer.c_str(), 1);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  close(gate[0]);
  out_ = out[0];
  err_ = err[0];
  gate_ = gate[1];
  if (!waiting || pid_ < 0) Shut();
  if (pid_ < 0) throw std::runtime_error("cannot fork: " + std::string(std::strerror(errno)));
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Shut();
  close(out_);
  close(err_);
}

void Process::Go() {
  while (gate_ >= 0 && write(gate_, "", 1) < 0 && errno == EINTR) {
  }
  Shut();
}

void Process::Shut() {
  if (gate_ >= 0) close(gate_);
  gate_ = -1;
}

void Process::Signal(int signal) const { kill(pid_, signal); }

Finished Process::Wait(double seconds) {
  Finished finished;
  const double give_up = began_ + seconds;
  bool out_open = true;
  bool err_open = true;
  while (out_open || err_open) {
    const double left = give_up - Now();
    if (left <= 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = -1;
      throw std::runtime_error("a child did not end within " + std::to_string(seconds) + " s; it printed:\n" +
                               finished.out + finished.err);
    }
    pollfd fds[2] = {{out_open ? out_ : -1, POLLIN, 0}, {err_open ? err_ : -1, POLLIN, 0}};
    const int ready = poll(fds, 2, std::min(50, static_cast<int>(left * 1000) + 1));
    finished.peak_kib = std::max(finished.peak_kib, PeakKib(pid_));
    if (ready <= 0) continue;
    if (fds[0].revents != 0) out_open = ReadSome(out_, &finished.out);
    if (fds[1].revents != 0) err_open = ReadSome(err_, &finished.err);
  }
  int status = 0;
  rusage usage{};
  while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  finished.seconds = Now() - began_;
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.core = WIFSIGNALED(status) && WCOREDUMP(status);
  finished.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  return finished;
}

}  // namespace harness
