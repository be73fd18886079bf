// Kills a process at a request of its own, counted over both sides: just before the request is looked at, or
// when it was done and is not answered yet.
//
// Both sides tell of every request. The control port arms it: POST /kill {pid, at, moment: "before" | "after"}
// counts from 0 again, and with at 0 (or no pid) only counts; GET /kill tells {requests, struck, call}.
// A request goes on only when the process is dead, so nothing of what it would have done next is mixed in; what
// it had sent before is done, as with any other death. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string>

#include "nlohmann/json.hpp"
#include "record.h"

namespace playground {

class KillSwitch {
 public:
  explicit KillSwitch(Record& record) : record_(record) {}

  nlohmann::json Arm(const nlohmann::json& args);
  nlohmann::json Show() const;

  struct Ticket {
    uint64_t armed = 0;  // how often the switch had been armed by then
    uint64_t number = 0;
    bool drop = false;  // its sender was killed on account of it, and it must not be done
  };
  // A request has come in.
  Ticket Arrive(const std::string& call);
  // It was done, and is about to be answered.
  void Done(const std::string& call, const Ticket& ticket);

 private:
  void Strike(pid_t pid, const std::string& call, const char* moment, uint64_t number);

  Record& record_;
  mutable std::mutex mutex_;
  uint64_t armed_ = 0;
  pid_t pid_ = 0;
  uint64_t at_ = 0;
  bool before_ = true;
  uint64_t requests_ = 0;
  std::string struck_;  // the call
};

}  // namespace playground
