// What one row of Okta's list asks for, given what Teleport holds (rules R3–R6, R16–R18). Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "model/app_user.h"
#include "model/user_record.h"
#include "reconcile/lock_book.h"
#include "reconcile/report.h"
#include "reconcile/roster.h"

namespace oktasync::reconcile {

// Names that newcomers of this run have been given. The first claimant has it (R6).
class NameClaims {
 public:
  // "" when the claim is good; else the Okta id of the earlier claimant.
  std::string Claim(std::string_view name, std::string_view okta_id);
  // Who claimed it, or "".
  std::string ClaimantOf(std::string_view name) const;

 private:
  absl::flat_hash_map<uint64_t, std::string> claims_;
};

struct Decision {
  enum class Action {
    kNothing,  // as it should be, or not to be touched
    kUpdate,
    kCreate,
    kReturn,   // somebody under a lock of his own id: reads him singly first
    kAdopt,    // a user of the org without a source label becomes ours; `name` is its name
    kSuspend,  // is to be locked without end
    kReport,   // nothing is done; `outcome` and `reason` go into the report
    kMoves,  // has another name in Teleport, or wants one that somebody of ours has: the whole walk will tell
  };
  Action action = Action::kNothing;
  Roster::Index entry = Roster::kNone;  // the user that it is about
  Outcome outcome = Outcome::kNotice;
  std::string reason;
  std::string name;  // of the unlabelled user to adopt
};

struct DecideOptions {
  bool adopt = false;           // R2
  bool lock_suspended = false;  // R15
};

// `desired` is the mapper's answer for a present row; it is not looked at otherwise. Thread-compatible; the
// claims change.
Decision DecideRow(const AppUser& row, const absl::StatusOr<DesiredUser>& desired, const Roster& roster,
                   const LockBook& locks, const DecideOptions& options, NameClaims& claims);

}  // namespace oktasync::reconcile
