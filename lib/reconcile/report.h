// What a run did and why: counts by kind, a line per affected person, what is held, what Okta's rate window
// looked like, how long each stage took. A plan has the same form: it lists what a run would do.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "nlohmann/json_fwd.hpp"
#include "okta/client.h"
#include "reconcile/held.h"

namespace oktasync::reconcile {

enum class RunKind : uint8_t { kSync, kPlan };

// What happened, or would, to one person.
enum class Outcome : uint8_t {
  kCreated,      // a Teleport user was made
  kUpdated,      // roles, traits or labels were changed
  kRemoved,      // locked, then deleted
  kLocked,       // locked; the deletion waits
  kLifted,       // a lock of ours was ended early: the person is back
  kHeld,         // the guard holds the removal
  kKept,         // looked like a leaver, but the single read says otherwise or does not say
  kConflict,     // the name is taken, or two people claim it
  kQuarantined,  // the name is under a lock of its former holder
  kRenamed,      // made afresh under a new name; the user of the old one was locked and deleted
  kAdopted,      // a user that another sync of the org had made is ours now
  kBadName,      // the name cannot be a Teleport name, or is outside the allowed domains
  kNotice,       // something in the profile was left out, an unknown status, a suspended newcomer, …
  kWaiting,      // a role is missing: creates and updates wait
  kFailed,       // an error of this person alone; the next run tries again
};
std::string_view ToString(Outcome outcome);

struct Line {
  Outcome outcome;
  std::string okta_id;
  std::string name;
  std::string reason;  // a sentence; text from outside in it is not escaped
};

struct Stage {
  std::string name;  // "checks", "roster", "walk", "confirm", "apply", …
  absl::Duration took;
};

// One field of a user that an update changes, for a plan that reads like a diff.
struct FieldChange {
  std::string field;  // "trait okta/department", "roles", "label okta/org"
  std::string before;
  std::string after;
};

// One write that a plan would make, in the order in which a run makes them.
struct PlannedWrite {
  std::string call;  // "create user", "update user", "delete user", "lock", "lift lock", "delete lock"
  std::string okta_id;
  std::string name;
  std::vector<FieldChange> changes;
};

struct Report {
  uint64_t run_id = 0;
  RunKind kind = RunKind::kSync;
  // By this machine's own clock, as in its log and in who reads this: what is written to Teleport is corrected.
  absl::Time started = absl::InfinitePast();
  absl::Time ended = absl::InfinitePast();
  // OK: a whole walk, and everything that could be done was done (single people may have failed). Otherwise
  // why the run stopped.
  absl::Status outcome;
  bool walk_whole = false;
  bool swept = false;    // people were looked up singly, without a list (R23)
  bool standby = false;  // another runner holds the lease: nothing was looked at

  std::string org_id;
  std::string org_url;
  std::string app_id;
  std::string cluster;
  std::string server_version;
  absl::Duration clock_offset = absl::ZeroDuration();  // Okta minus us

  std::map<std::string, uint64_t> counts;  // "seen", "present", "unchanged", and one for each Outcome
  std::vector<Line> lines;
  std::vector<HeldSet> held;                // what waits for an approval
  std::vector<std::string> approvals_used;  // digests of the approvals that let something through in this run
  std::vector<std::string> approvals_over;  // of those that hold no longer: the run came to its end (R14)
  std::vector<std::string> notices;  // about the whole: roles that wait, attributes that stay, clock, …
  std::vector<okta::RateWindow> rate;
  std::vector<Stage> stages;
  std::vector<PlannedWrite> writes;  // of a plan
};

nlohmann::json ToJson(const Report& report);

}  // namespace oktasync::reconcile
