// Invariant 8: what must be so once Okta is stable, faults have ended, approvals were given and a whole run is
// over. Asked of Okta's and Teleport's state alone.
#pragma once

#include <string>
#include <vector>

#include "history/world.h"

namespace history {

// What is not as it should be, one sentence each.
std::vector<std::string> NotAsItShould(const World& world);

// Users and locks of ours, as text: equal for equal outcomes, whatever was written when.
std::string OutcomeKey(const World& world);
// Users, and who is out of which name, whatever locks see to that.
std::string EndKey(const World& world);

}  // namespace history
