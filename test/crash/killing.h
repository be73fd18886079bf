// Plays the day once undisturbed and, at each step, many times more with the host killed before and after each
// of its requests, and started again: the end must be the same.
//
// A kill leaves a world: users, and locks with their labels. Many kills leave the same one, all that hit between
// two writes. Without `all` the host is started again once for each world that a kill leaves in a step, and not
// at all for the world in which the step began: from that one the undisturbed run has gone on. Nothing else is
// handed on from a dead process to the next but its lease, which is ended for it here. With `all` it is started
// again after every single kill. The invariants are judged after every single kill, in either case.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crash/day.h"
#include "crash/yard.h"

namespace crash {

struct Share {
  bool all = false;
  uint64_t worker = 0;   // this one
  uint64_t workers = 1;  // of so many
};

struct Tally {
  uint64_t requests = 0;     // of the undisturbed day
  uint64_t points = 0;       // at which the host was killed
  uint64_t not_reached = 0;  // the run was over before
  uint64_t restarts = 0;     // kills after which it was started again, and came to the end
  uint64_t runs = 0;  // that this took: approvals are given one by one, and one run more for invariant 10
  std::map<std::string, uint64_t> by_call;
  std::vector<std::string> wrong;  // sentences
};

// Throws std::runtime_error when the undisturbed day goes wrong.
Tally KillAllDay(Yard& yard, const std::vector<Step>& day, const Share& share);

}  // namespace crash
