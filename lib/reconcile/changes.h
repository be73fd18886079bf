// Making and changing users (rules R4, R6, R8, R12's second half, R16). Each function is one person's change,
// a straight line of blocking calls that runs on a thread of the writer pool; what happened, or why nothing
// did, is in the report.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/user_record.h"
#include "reconcile/held.h"
#include "reconcile/roster.h"
#include "reconcile/run_context.h"

namespace oktasync::reconcile {

// What updates would have taken away from people. Nothing is taken before the whole walk has shown from how
// many (R12). Small: an index per person and key. Thread-safe.
class TakenBook {
 public:
  // `remembered` is the user's label oktasync/taken.
  void Add(Roster::Index entry, const traits::Taken& taken, std::string_view remembered = {});

  struct Allowed {
    traits::Taken what;
    std::set<ApprovalMark> approvals;  // those under which it is, if any
  };
  struct Ruling {
    std::map<Roster::Index, Allowed> allowed;  // by entry: what may be taken now
    std::vector<HeldSet> held;                 // what stays; without digests
    std::set<std::string> used;                // digests of the approvals that let something be taken
    // Digests of approvals that were carried out before, with the number of users who had it again since (R14).
    std::map<std::string, uint64_t> spent;
  };
  // An approval that was carried out for one of them who has it again lets nothing through any more. Keys and roles
  // that would be taken from more than `limit` users stay, and become a held set each, but for
  // people from whom `approvals` lets them be taken.
  Ruling Rule(uint64_t limit, const Roster& roster, const Approvals& approvals) const;

 private:
  void CountSpent(const Roster& roster, const Approvals& approvals,
                  std::map<std::string, uint64_t>* spent) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Roster::Index>> trait_keys_;
  std::map<std::string, std::vector<Roster::Index>> roles_;
  std::map<Roster::Index, std::string> remembered_;
};

// Words for a conflict: who holds the name and what an admin can do (R6).
std::string ExplainConflict(Holder holder, const std::string& name);

// A new user. If the name was taken since the roster was read, decides again.
void Create(RunContext& ctx, const DesiredUser& desired);

// The same for somebody who was just read singly: true when a user as desired stands there now.
bool MakeUser(RunContext& ctx, const DesiredUser& desired);

// Takes over `stored_name`, an Okta user of this org without a source label, for `desired` (R2). The user keeps
// that name in this run.
void Adopt(RunContext& ctx, const DesiredUser& desired, const std::string& stored_name);

// Brings a user of ours to `desired`, but takes nothing away: that goes into `taken`.
void Update(RunContext& ctx, const DesiredUser& desired, Roster::Index entry, TakenBook& taken);

// Takes away what the whole walk has allowed to.
void Take(RunContext& ctx, const std::string& okta_id, const std::string& name,
          const TakenBook::Allowed& allowed);

// Somebody under a lock of his own id who is, or seems to be, back: reads him singly, makes or updates the
// user and lifts the lock (R16). `entry` is kNone when Teleport holds no user of `name`, the one that was decided
// on. False when it is another by now, which only a whole walk can settle.
bool Return(RunContext& ctx, const std::string& okta_id, std::string_view name, Roster::Index entry,
            TakenBook& taken);

}  // namespace oktasync::reconcile
