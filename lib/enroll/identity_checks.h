// Judges the identity towards Teleport: whose it is, until when, and whether it will be renewed. Pure; safe on any
// thread.
//
// Used by teleport_checks.cc.
#pragma once

#include "enroll/check.h"
#include "enroll/teleport_facts.h"

namespace oktasync::enroll {

// Before a connection is tried: identity, system role, expiry.
void JudgeIdentity(const TeleportInputs& inputs, const TeleportFacts& facts, Sheet& sheet);
// After it: what the cluster's CAs say, and whether a new one could be kept. kTeleportTunnel must be on the sheet.
void JudgeRenewal(const TeleportInputs& inputs, const TeleportFacts& facts, Sheet& sheet);

}  // namespace oktasync::enroll
