// Names that move: who gets which, once the whole walk is known (rules R6, R17–R19). Pure.
//
// A rename to a free name goes through by itself. A name that passes from one living user to another ties
// those two, and whoever else is tied to them, into a unit that waits for approval as a whole.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reconcile/lock_book.h"
#include "reconcile/report.h"
#include "reconcile/roster.h"

namespace oktasync::reconcile {

// Somebody present whose name in Okta is not, or not only, the one that Teleport has.
struct Mover {
  std::string okta_id;
  std::string new_name;
  Roster::Range entries;  // his users; empty for a newcomer
  bool has_new = false;   // one of the entries carries the new name already: an unfinished rename
};

struct Move {
  enum class Fate {
    kRename,  // the new name is free: make it, then remove the old
    kFinish,  // the new name is made: remove the old ones
    kUnit,    // part of a handover
    kReport,  // stays as it is; `outcome` and `reason` say why
  };
  Fate fate = Fate::kReport;
  size_t unit = 0;
  Outcome outcome = Outcome::kConflict;
  std::string reason;
};

struct Settlement {
  std::vector<Move> moves;                 // beside the movers, in their order
  std::vector<std::vector<size_t>> units;  // indices of movers
};

struct MoveFacts {
  const Roster& roster;
  const LockBook& locks;
  std::function<bool(Roster::Index)> leaves;              // is to be removed in this run
  std::function<std::string(std::string_view)> given_to;  // the newcomer who got this name, or ""
};

// `movers` in the order of their Okta ids: of two that claim one free name the first has it.
Settlement SettleMoves(const std::vector<Mover>& movers, const MoveFacts& facts);

// The name is in quarantine: since when, for whom.
std::string ExplainQuarantine(const LockRecord& lock);

}  // namespace oktasync::reconcile
