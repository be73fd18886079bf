// What the facts about Teleport mean for a sync, and what a Teleport admin must do. Pure.
//
// Source: Teleport's permissions of the system role Okta, its semaphores, and the versions of server_versions.h.
#pragma once

#include "enroll/check.h"
#include "enroll/teleport_facts.h"

namespace oktasync::enroll {

// Adds the checks of Teleport's side, each of them in any case. Those of Okta's are on the sheet.
void JudgeTeleport(const TeleportInputs& inputs, const TeleportFacts& facts, Sheet& sheet);

}  // namespace oktasync::enroll
