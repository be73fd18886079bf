// Options of the reconciler: guard, locks, lease, loop.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/sleep.h"
#include "traits/mapper.h"

namespace oktasync::reconcile {

// Rule R12. The limit is the larger of `least` users and `percent` of the roster, at most `most`.
struct GuardOptions {
  uint32_t least = 10;
  uint32_t percent = 10;
  uint32_t most = 500;
  absl::Duration window = absl::Hours(24);
};

// Rule R9. A leave lock outlives every credential issued before it: Teleport's longest is 30 h.
inline constexpr absl::Duration kLongestCredential = absl::Hours(30);

struct LockOptions {
  absl::Duration margin = absl::Hours(2);  // on top of kLongestCredential; at least one hour
  // Teleport's reads lag its writes by up to a second; after so long a lock counts as not coming into force.
  absl::Duration in_force_wait = absl::Seconds(15);
  Sleep sleep = RealSleep;  // how it is waited for; tests bring their own
};

// Rule R20.
struct LeaseOptions {
  absl::Duration term = absl::Seconds(60);
  // The lease counts as run out so much before its end: the clock skew between us and the server that we
  // accept, and the time a write may be on its way.
  absl::Duration safety = absl::Seconds(15);
};

struct Options {
  std::string app_id;  // "": the one that the SAML connector of traits.connector leads to
  // The configuration names no connector: of Teleport's SAML connectors the one that logs in at the org is taken.
  bool find_connector = false;
  std::string pinned_org_id;  // "" for whatever the org document says
  traits::Options traits;     // source and org_url are filled in by each run
  GuardOptions guard;
  LockOptions locks;
  LeaseOptions lease;
  uint32_t writers = 16;                               // changes under way at the same time
  absl::Duration confirm_max_age = absl::Seconds(60);  // of the read that a removal cites (R13)
  bool adopt = false;           // take over Okta users of the org that have no source label (R2)
  bool lock_suspended = false;  // else a suspension changes nothing (R15)
  // Without a whole walk for so long, the alarm is raised and people are looked up singly (R23).
  absl::Duration alarm_after = absl::Hours(2);
  bool cleanup = false;                           // no sync: removes all users of ours, once that is approved
  std::vector<std::string> allow_powerful_roles;  // roles that may administer the cluster, and be given (R8)
};

struct Report;

struct LoopOptions {
  absl::Duration interval = absl::Minutes(30);
  double jitter = 0.1;  // of the interval and of `retry`, either way
  // After a sync that failed the next one comes sooner: after this, doubled for each failure in a row, and never later
  // than the interval. Whoever left waits for it.
  absl::Duration retry = absl::Minutes(1);
  bool first_run_at_once = true;
  uint32_t keep_reports = 16;
  // Called before every run, on the loop's thread and with no lock held; must honour the cancel. Null: nothing. The
  // identity towards Teleport is looked at and renewed here.
  std::function<void(Cancel&)> before_run;
  // Asked after every run, on the loop's thread and with no lock held: what the parts that a run does not see need
  // somebody to mend (an identity that cannot be kept, a key that Okta no longer takes), a sentence each. They go into
  // the report's notices and into the status. Null: nothing.
  std::function<std::vector<std::string>()> to_mend;
  // Told of every finished run, syncs and plans, on the loop's thread and with no lock held, once ReportOf
  // finds its report. Null: nobody. The plugin hands the audit event to its host here.
  std::function<void(const Report&)> finished;
};

}  // namespace oktasync::reconcile
