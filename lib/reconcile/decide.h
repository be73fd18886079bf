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

 private:
  absl::flat_hash_map<uint64_t, std::string> claims_;
};

struct Decision {
  enum class Action {
    kNothing,  // as it should be, or not to be touched
    kUpdate,
    kCreate,
    kReturn,  // somebody under a lock of his own id: reads him singly first
    kReport,  // nothing is done; `outcome` and `reason` go into the report
    kWaits,   // the name is held by somebody of ours: the whole walk will tell whether he stays
  };
  Action action = Action::kNothing;
  Roster::Index entry = Roster::kNone;  // the user that it is about, or the name's holder with kWaits
  Outcome outcome = Outcome::kNotice;
  std::string reason;
};

// `desired` is the mapper's answer for a present row; it is not looked at otherwise. Thread-compatible; the
// claims change.
Decision DecideRow(const AppUser& row, const absl::StatusOr<DesiredUser>& desired, const Roster& roster,
                   const LockBook& locks, NameClaims& claims);

// The waiting newcomer's fate, once the whole walk has shown whether the holder stays (R6, R17, R19).
// `holder_leaves`: he is to be removed in this run. `holder_renamed`: Okta knows him by another name now.
Decision DecideWaiting(std::string_view name, std::string_view holder_id, bool holder_leaves,
                       bool holder_renamed);

}  // namespace oktasync::reconcile
