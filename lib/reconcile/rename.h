// Carrying out names that move: renames, and handovers that were approved (rules R18, R19).
//
// Each function is a straight line of blocking calls and runs on a thread of the writer pool; what happened,
// or why nothing did, is in the report.
#pragma once

#include <string>
#include <vector>

#include "reconcile/run_context.h"

namespace oktasync::reconcile {

// One person who moves. A copy: nothing of the roster is kept.
struct Renaming {
  std::string okta_id;
  std::string new_name;
  std::vector<std::string> old_names;  // of the Teleport users to remove; none of a newcomer
  bool made = false;                   // a user of the new name is there: an unfinished rename
  ApprovalMark approval;               // of the approved set; empty for none
};

// Reads the person singly; if Okta still says the new name, makes that user afresh, then locks and deletes the
// old ones.
void Rename(RunContext& ctx, const Renaming& renaming);

// A unit of names that pass between living users. Both confirm every one of them by a single read, and leave
// the unit to the next run if one has changed.
//
// Locks all of their users without end: who has which name is not decided until an admin approves.
void LockUnit(RunContext& ctx, const std::vector<Renaming>& unit, const std::string& digest);
// Approved: locks and deletes the old users, makes the new ones afresh, and ends the locks on the names that
// have passed.
void HandOver(RunContext& ctx, const std::vector<Renaming>& unit, const ApprovalMark& approval);

}  // namespace oktasync::reconcile
