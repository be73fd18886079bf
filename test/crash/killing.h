// Plays the day once undisturbed and, at each step, many times more with the host killed at one of its
// requests, started again and left to finish: the end must be the same.
//
// Which points: without `all`, those at which the world can differ. A request that only reads leaves nothing
// behind, so being killed after it is being killed before it, and being killed before one that follows another
// read is being killed before that one; so it is done before and after each request that writes or concerns the
// lease, before the first read after such a one, and before each `every`-th other read, beginning with a random
// one. With `all`, before and after every single request.
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
  uint64_t every = 20;
  uint64_t first = 0;    // of the reads: its number modulo `every`
  uint64_t worker = 0;   // this one
  uint64_t workers = 1;  // of so many
};

struct Tally {
  uint64_t requests = 0;     // of the undisturbed day
  uint64_t points = 0;       // at which the host was killed
  uint64_t not_reached = 0;  // the run was over before
  uint64_t recoveries = 0;   // runs that were needed after the kills
  std::map<std::string, uint64_t> by_call;
  std::vector<std::string> wrong;  // sentences
};

// Throws std::runtime_error when the undisturbed day goes wrong.
Tally KillAllDay(Yard& yard, const std::vector<Step>& day, const Share& share);

}  // namespace crash
