// A history as plain values: what happens, step by step. Any step may follow any other; one that means nothing
// where it stands (somebody leaves who is not there) is passed over. So a history can be shortened by leaving
// steps out, and what RapidCheck shrinks a counterexample to can be pasted into a test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "history/runner.h"

namespace history {

struct Step {
  enum class Kind : uint8_t {
    kJoin,        // `who` is hired, or assigned again, under the name `what`
    kUnassign,    // `who`
    kDeactivate,  // `who`
    kDelete,      // `who`; the first time that only deactivates
    kInactive,    // the assignment of `who` becomes INACTIVE, REVOKED, …
    kRename,      // `who` gets the name `what`
    kCase,        // the name of `who` changes its case
    kSwap,        // `who` and `what` exchange their names
    kChain,       // `who` gets the name of `what`, who gets the name `n`
    kSuspend,     // `who`
    kUnsuspend,   // `who`
    kStatus,      // the status of `who` becomes LOCKED_OUT, STAGED, a word that nobody knows, ACTIVE
    kEdit,        // the department of `who`
    kHideRow,     // listings leave `who` out, or show him again
    kAttribute,   // an attribute vanishes from everybody's answers, or is back
    kCrowd,  // two dozen people are assigned at once, or leave at once; `what` 0: all deactivated, 1: some
    kForeignUser,  // somebody else makes a user of the name `what`, of the kind `n`
    kForeignGone,  // and removes him
    kForeignLock,  // somebody else locks the name `what`; `n`: under a name that we would use
    kAdminGives,   // an admin gives the user of the name `what` a role and a trait
    kRoleGone,     // a role of ours is deleted in Teleport
    kRoleBack,
    kMinutes,
    kHours,
    kLag,      // Teleport's listings lag by a second, or no more
    kOrder,    // Okta lists in another order
    kSync,     // process `who` runs, with the fault `what` at `n`
    kApprove,  // what the last run of process `who` showed
    kPlan,     // and what a run on the same snapshot would do
    kShuffle,  // a run on two copies of the world, with the rows in different order
    kCut,      // runs on two copies of the world, one of them killed at `n`
    kTwice,    // two runs, one right after the other
    kRestart,  // of process `who`
  };
  Kind kind = Kind::kSync;
  int who = 0;
  int what = 0;
  int n = 0;
  // With the faults "meanwhile": what happens then, one of the events above or another process's kSync.
  Kind then = Kind::kSync;
  int whom = 0;
  int into = 0;

  friend bool operator==(const Step&, const Step&) = default;
};
inline constexpr int kStepKinds = static_cast<int>(Step::Kind::kRestart) + 1;
const char* ToString(Step::Kind kind);

struct History {
  int settings = 0;  // see SettingsOf
  std::vector<Step> steps;
  friend bool operator==(const History&, const History&) = default;
};
Settings SettingsOf(int bits);
inline constexpr int kSettings = 256;

// As code that makes it: "{kJoin, 1, 2}".
std::string Words(const Step& step);
std::string Words(const History& history);

// The names that people have and want. 10 to 19 are 0 to 9 in another case, what follows cannot be used.
std::string NameOf(int number);
inline constexpr int kNames = 22;

// What must have come of many histories, in the words of Tally::See.
inline constexpr const char* kOutcomes[] = {
    "users created",        "users updated",        "users deleted",          "leave locks",
    "rename locks",         "handover locks",       "suspend locks",          "locks lifted",
    "sets approved",        "removals held",        "handovers held",         "names in quarantine held",
    "traits or roles held", "runs left to another", "runs without a list",    "names used again by another",
    "people who returned",  "people taken over",    "locks beyond the limit", "locks approved",
    "second walks"};

// How often each thing was played, so that nobody takes an empty history for a pass.
struct Tally {
  uint64_t histories = 0;
  uint64_t steps = 0;
  uint64_t runs = 0;
  uint64_t played[kStepKinds] = {};
  uint64_t struck[kFaultKinds] = {};
  std::vector<std::pair<std::string, uint64_t>> seen;  // what came of it, by words

  void See(const char* what, uint64_t by = 1);
  // A held set of that kind (reconcile/held.h, in words) and so many people.
  void SeeHeld(const std::string& kind, uint64_t people);
  void Add(const Tally& other);
  uint64_t Of(const std::string& what) const;
  std::string Table() const;
  // What was never played.
  std::vector<std::string> Missing() const;
};

}  // namespace history
