// Shutting somebody out: lock, see the lock in force, delete (rules R9, R13).
#pragma once

#include <optional>
#include <string>

#include "reconcile/confirm.h"
#include "reconcile/locking.h"
#include "reconcile/run_context.h"

namespace oktasync::reconcile {

// A user of ours that is to be removed.
struct Leaver {
  std::string okta_id;
  std::string name;
  ApprovalMark approval;  // of the approved set that the person is in; empty for none
};

// Confirms, locks, sees the lock in force, deletes. What happened, or why nothing did, is in the report.
void Remove(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver);

// For whom the guard holds: locks at once if a single read shows a deactivated or deleted user; the
// deletion waits. Returns whether the person is locked now.
bool LockHeld(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver);

// The two steps that end every removal, whatever proved it. The lock as the server shows it, or nothing, with
// the reason in the report.
std::optional<LockRecord> LockAndDelete(RunContext& ctx, const LockRequest& request);

// Whether the stored user is still the one that we mean to remove. If not, the report has the reason.
bool StillOurs(RunContext& ctx, const Leaver& leaver);

}  // namespace oktasync::reconcile
