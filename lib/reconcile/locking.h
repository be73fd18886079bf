// Locks: placing one and seeing it in force, ending one early (rules R9, R10, R16).
//
// Each function is a straight line of blocking calls for one person, and runs on a thread of the writer pool.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/lock_record.h"
#include "reconcile/run_context.h"

namespace oktasync::reconcile {

// A lock on one user, named by a digest of source, Okta id, target and purpose.
struct LockRequest {
  std::string okta_id;
  std::string name;  // of the Teleport user that it targets
  LockPurpose purpose = LockPurpose::kLeave;
  std::string why = {};        // goes into the lock's message, which the person sees
  bool held = false;           // the guard holds the removal; the lock does not count as one
  bool endless = false;        // waits for an unsuspension or an approval, else it outlives every credential
  ApprovalMark approval = {};  // of the set that an admin has approved; empty for none
  // Clock::SinceBoot() before the read was sent that proves this; infinite when nothing has to be proven. Once it
  // is too old to be cited (R13), the lock is not sent.
  absl::Duration proven = absl::InfiniteDuration();
};

// kFailedPrecondition when the read that proves the request has grown too old to be cited by `what`.
absl::Status CheckProven(const RunContext& ctx, const LockRequest& request, const std::string& what);

struct PlacedLock {
  LockRecord record;  // as the server shows it, in force
  bool written = false;
};

// The lock in force, written only if need be (R10): one of ours that is in force and outlives every
// credential is left as it is. A lifted lock is the guard's memory of an earlier removal, so it is left, too,
// and the next name taken; so is one that somebody else has made under our name.
absl::StatusOr<PlacedLock> EnsureLock(RunContext& ctx, const LockRequest& request);

// Ends `known` by setting its end to a moment that has passed by the server's clock. The record stays until it
// expires: it is the guard's memory. False when nothing had to be done.
absl::StatusOr<bool> LiftLock(RunContext& ctx, const LockRecord& known);

// Ends the locks of ours that keep out `name`, whose owner `okta_id` was just read as present (R16), and those
// of a former holder, when an admin has approved that (R17).
void Lift(RunContext& ctx, const std::string& okta_id, const std::string& name);

// Ends the locks without end of this person on this name, which nobody could lift once the user is gone.
absl::Status LiftEndless(RunContext& ctx, const std::string& okta_id, const std::string& name);

// "until 2026-11-20T…", "without end".
std::string Until(const LockRecord& lock);

}  // namespace oktasync::reconcile
