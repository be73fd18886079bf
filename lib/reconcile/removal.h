// Shutting somebody out: lock, see the lock in force, delete (rules R9, R10, R13).
#pragma once

#include <string>

#include "reconcile/confirm.h"
#include "reconcile/run_context.h"

namespace oktasync::reconcile {

// A user of ours that is to be removed.
struct Leaver {
  std::string okta_id;
  std::string name;
};

// Confirms, locks, sees the lock in force, deletes. What happened, or why nothing did, is in the report.
void Remove(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver);

// For whom the guard holds: locks at once if a single read shows a deactivated or deleted user; the
// deletion waits. Returns whether the person is locked now.
bool LockHeld(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver);

// Ends the locks of ours that keep out `name`, whose owner `okta_id` was just read as present (R16). The
// records stay until they expire: they are the guard's memory.
void Lift(RunContext& ctx, const std::string& okta_id, const std::string& name);

}  // namespace oktasync::reconcile
