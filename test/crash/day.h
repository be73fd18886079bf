// The demo's day (test/demo), scene by scene, with a handful of people: import, nothing to do, hire, edit, rename,
// unassignment, deactivation, a reused name, return, suspension under both policies, a swap, an outage, a daemon that
// another one follows, a mass unassignment, its plan, and the approvals. The dead daemon's lease is ended by hand;
// that another host waits for its end is in test/integration/takeover_test.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "playground/client.h"

namespace crash {

inline constexpr int kPeople = 10;

struct Step {
  std::string title;
  std::function<void(const playground::Client&)> events = [](const playground::Client&) {};  // before the run
  std::string command = "sync";  // or "plan"; or "run": a daemon, told to end when it has synced once
  std::string approves = "";     // the kind of held set that the run carries out; "" for none
  int exit_code = 0;             // of the run: 3 when something is left held
  // Of the configuration:
  std::string suspended = "ignore";
  int guard_least = 10;
};

std::vector<Step> TheDay();

}  // namespace crash
