// The playground as a child process, for integration tests and the demo.
//
// Starts `oktasync-playground serve`, waits until it is ready, talks to its control port. Not thread-safe,
// but for Post, Get and Record, which many threads may call. The destructor kills the child, waits for it and
// removes the directory that it made, unless the caller named one with --dir. The kernel kills the child when
// the thread that started it dies first.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace playground {

// The playground did not start, is gone, or refused a command; what() is a sentence.
class PlaygroundError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Client {
 public:
  // `program`: path of oktasync-playground; `args` after "serve", e.g. {"--users", "300"}. Throws
  // PlaygroundError when it is not ready in a minute.
  Client(const std::string& program, const std::vector<std::string>& args);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // What playground.json holds.
  const nlohmann::json& info() const { return info_; }
  std::string Info(const std::string& key) const { return info_.at(key).get<std::string>(); }
  pid_t pid() const { return pid_; }

  // A control command: Post("/okta/hire", {{"count", 3}}). Throws PlaygroundError when it is refused.
  nlohmann::json Post(const std::string& path, const nlohmann::json& args = nlohmann::json::object()) const;
  nlohmann::json Get(const std::string& path) const;
  // Entries of the record with seq > after.
  nlohmann::json Record(uint64_t after = 0) const;
  // The seq of its last entry.
  uint64_t RecordEnd() const;

  // Asks it to end and waits; gives its exit code, or 128 + the signal that ended it. Kills it after ten
  // seconds.
  int Stop();
  // Waits for an end that somebody else asked for; kills it after that many seconds (then 137).
  int WaitForEnd(int seconds);

 private:
  void Launch(const std::string& program, const std::vector<std::string>& args, int out);
  void WaitUntilReady(int in);

  pid_t pid_ = -1;
  std::string made_dir_;  // by the child; "" when the caller named one
  nlohmann::json info_;
  std::string control_url_;
};

}  // namespace playground
