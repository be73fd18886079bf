// A small day in which everything happens that the product knows: import, hire, edit, unassignment,
// deactivation, rename, suspension, return, a reused name, a swap, a mass unassignment, and the approvals.
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
  std::function<void(const playground::Client&)> events;  // of Okta, before the run
  std::string approves;  // the kind of held set that the run carries out; "" for a plain sync
  int exit_code = 0;     // of the run: 3 when something is left held
  int guard_least = 10;  // of the configuration
};

std::vector<Step> TheDay();

}  // namespace crash
