// Faults that the control port orders: what to do wrong, at which call, after how many, how often.
//
// Thread-safe. Kinds:
//   code               answer `code` instead of doing it
//   do_then_code       do it, and answer `code` all the same (UNAVAILABLE when none is given)
//   hang               wait `seconds` (0: until the caller gives up), then do it, unless the caller gave up
//   do_then_hang       do it, then wait
//   cut                close all connections without a word, and do not do it
//   do_then_cut        do it, and close all connections before the answer
//   refuse             do it, and refuse new connections for `seconds`
//   lock_not_in_force  of UpsertLock: accept the lock, which never comes into force
//   control            run the control command `command` with `args`, then do it; "okta/unassign" is the other side's
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace playground {

// "UNAVAILABLE" for 14.
const char* CodeName(int code);

struct Fault {
  std::string call = "*";  // RPC name such as "CreateUser"; "*" matches all
  std::string name;        // only calls about this user, lock, role or lease; "" matches all
  std::string kind;
  int code = 14;  // gRPC's number
  std::string message;
  double seconds = 0;
  std::string command;
  nlohmann::json args;
  int64_t after = 0;  // so many matching calls go well first
  int64_t times = 1;  // so often it strikes; -1: always
};

class Faults {
 public:
  // From control's JSON: the members of Fault, `code` as name ("UNAVAILABLE") or number. Throws
  // std::invalid_argument for an unknown kind, code or key.
  void Add(const nlohmann::json& json);
  void Clear();
  // Counts a call and tells what strikes it. A fault that strikes uses up one of its times.
  std::optional<Fault> Next(const std::string& call, const std::string& name);
  // [{call, kind, struck, left}, …]
  nlohmann::json Show() const;

 private:
  struct Armed {
    Fault fault;
    int64_t struck = 0;
  };
  mutable std::mutex mutex_;
  std::vector<Armed> armed_;
};

}  // namespace playground
