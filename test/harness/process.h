// A program run as a child process: its output captured, its end awaited.
//
// Not thread-safe. The destructor kills a child that still runs; the kernel does when the thread that started
// it dies first.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace harness {

struct Finished {
  int exit_code = -1;  // 128 + signal when a signal ended it
  bool core = false;   // the kernel made a core of it
  std::string out;
  std::string err;
  double cpu_seconds = 0;  // user and system
  double seconds = 0;      // wall
  long peak_kib = 0;       // the largest resident size, looked at twenty times a second
};

class Process {
 public:
  // Throws std::runtime_error when it cannot be started. `waiting`: it has its pid, and begins with Go.
  explicit Process(const std::vector<std::string>& command, bool waiting = false);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void Go();
  void Signal(int signal) const;
  // Waits, reading the output meanwhile; kills it after `seconds` and then throws std::runtime_error.
  Finished Wait(double seconds = 120);

 private:
  void Shut();

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  int gate_ = -1;  // written to by Go
  double began_ = 0;
};

}  // namespace harness
