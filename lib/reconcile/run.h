// One run: from Okta's first page to the report (DESIGN: one way through the house).
//
// checks → lease → roster → unfinished business → walk → what was taken → leavers and names that moved. What a
// page decides is applied while the next is fetched; removals and moves wait for the whole walk, the guard, and
// proof. When no whole walk has succeeded for too long, people are looked up singly instead (R23).
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "reconcile/changes.h"
#include "reconcile/decide.h"
#include "reconcile/explain.h"
#include "reconcile/guard.h"
#include "reconcile/held.h"
#include "reconcile/lease.h"
#include "reconcile/moves.h"
#include "reconcile/removal.h"
#include "reconcile/rename.h"
#include "reconcile/roster.h"
#include "reconcile/run_context.h"
#include "reconcile/writer_pool.h"

namespace oktasync::reconcile {

// Where the run is, for whoever asks meanwhile. Thread-safe.
struct RunProgress {
  std::mutex mutex;
  std::string stage;
  std::atomic<uint64_t> seen{0};
  std::atomic<uint64_t> expected{0};
  std::atomic<uint64_t> written{0};
};

// What a run gets from those before it.
struct RunInput {
  std::string org_id;               // the org that this process has seen before, "" for none
  std::vector<Approval> approvals;  // of any source; none for a plan
  bool overdue = false;             // no whole walk for Options::alarm_after (R23)
  // What those before it found that the configuration does not name.
  std::string app_id = {};
  std::string connector = {};
};

// What a run found that the configuration does not name; "" for nothing.
struct Found {
  std::string app_id;
  std::string connector;
};

// Of Teleport's connectors the one through which this app's, or org's, people log in; of several the one of the
// usual name. kNotFound, or kFailedPrecondition when several would do.
absl::StatusOr<SamlConnector> PickConnector(const std::vector<SamlConnector>& all, const okta::Org& org,
                                            const std::string& app_id, const std::string& usual);

class Run {
 public:
  Run(RunKind kind, const Options& options, Source& source, Target& target, CorrectedClock& clock,
      LogSink& log, Cancel& cancel, RunProgress& progress, LeaseSlot& lease, RunInput input);

  // Blocking, on the calling thread. Everything that went wrong is in the report.
  Report Execute();
  // Instead of Execute, of a plan: reads what a run would read, and tells of one person only.
  absl::StatusOr<Explanation> Explain(const std::string& query);

  const Found& found() const { return found_; }

 private:
  // run_connector.cc
  absl::Status CheckConnector(const okta::Org& org);
  absl::StatusOr<SamlConnector> ReadConnector(const okta::Org& org);
  void TellOfConnector(const absl::Status& why);

  // run_checks.cc
  absl::Status CheckOrg();
  absl::Status CheckApp();
  absl::Status ReachTeleport();
  absl::Status CheckTeleport();
  absl::Status CheckRoles();
  absl::Status ReadTeleport();

  // run.cc
  absl::Status Steps();
  absl::Status Unfinished();
  bool StillLocked(const LockRecord& lock);
  absl::Status Walk();
  bool Unchanged(const AppUser& row, Roster::Range known) const;
  absl::Status Row(const AppUser& row);
  absl::Status Suspend(const std::string& okta_id, Roster::Range known);
  absl::Status TakeAway();
  absl::Status Finished();
  bool Waits(const Approval& approval) const;

  // run_moves.cc
  void SettleNames();
  Renaming RenamingOf(const Mover& mover) const;

  // run_leavers.cc
  struct Guarded;  // guarded.h
  bool Leaves(Roster::Index entry) const;
  void CollectLeavers(Guarded* all);
  void CollectMoves(Guarded* all);
  absl::Status Leavers();
  absl::Status CarryOut(Guarded& all, const GuardVerdict& verdict);
  void Hold(HeldSet set);
  void HoldName(const std::string& okta_id, Roster::Index entry, const std::string& name,
                const std::string& reason);
  absl::Status RemoveAll(const std::vector<Leaver>& leavers);
  absl::Status ReadSecondWalk(const std::vector<Leaver>& leavers);
  absl::Status LockThoseHeld(const std::vector<Leaver>& leavers);

  // run_cleanup.cc
  absl::Status Cleanup();
  absl::Status CleanUpUsers(HeldSet* held);
  absl::Status CleanUpLocks(const std::vector<LockRecord>& all, HeldSet* held);
  bool IsOver(const LockRecord& lock) const;
  absl::Time CertificatesEnded(const LockRecord& lock) const;
  absl::Status TellOfLocksLeft();

  // run_sweep.cc
  absl::Status Sweep();

  // run_explain.cc
  absl::Status TellOfTeleport(Roster::Range entries, Explanation* out);

  // run_report.cc
  void Enter(const std::string& stage);
  uint64_t Seen() const;  // rows of the listing, each person once
  void CountRows();
  void EmitAudit(const absl::Status& outcome);

  void MarkAll(Roster::Range range, Roster::Mark mark);

  const RunKind kind_;
  Options options_;  // its own: app and connector may have to be found
  CorrectedClock& clock_;
  Cancel& outer_;        // requested by who stops the loop
  Cancel inner_cancel_;  // the same, or by a failure of the whole
  Cancel::Registration cancel_link_;
  RunContext ctx_;
  RunProgress& progress_;
  const RunInput input_;
  Target& real_target_;
  LeaseSlot& lease_;

  Report report_;
  Found found_;
  bool app_searched_ = false;  // the configuration names none
  absl::Duration stage_began_ = absl::ZeroDuration();
  std::unique_ptr<Target> plan_;
  std::unique_ptr<Target> leased_;
  std::optional<traits::Mapper> mapper_;
  bool groups_known_ = true;
  Roster roster_;
  NameClaims claims_;
  TakenBook taken_;
  SecondWalk second_walk_;
  bool second_walk_read_ = false;
  bool swept_ = false;  // there is no list to walk a second time
  uint64_t pages_ = 0;
  std::array<uint64_t, 4> rows_{};  // by Presence
  uint64_t unchanged_ = 0;
  absl::flat_hash_set<std::string> newcomers_;
  std::vector<Mover> movers_;
  Settlement settlement_;
  std::unique_ptr<WriterPool> pool_;
};

}  // namespace oktasync::reconcile
