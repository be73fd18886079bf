// One run: from Okta's first page to the report (DESIGN: one way through the house).
//
// checks → lease → roster → unfinished business → walk → what was taken → leavers. What a page decides is
// applied while the next is fetched; removals wait for the whole walk, the guard, and proof.
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
#include "reconcile/guard.h"
#include "reconcile/lease.h"
#include "reconcile/removal.h"
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

class Run {
 public:
  // `org_id` is the org that this process has seen before, "" for none: an org whose id changes is refused.
  Run(RunKind kind, const Options& options, Source& source, Target& target, CorrectedClock& clock,
      LogSink& log, Cancel& cancel, RunProgress& progress, std::string org_id);

  // Blocking, on the calling thread. Everything that went wrong is in the report.
  Report Execute();

 private:
  absl::Status Steps();
  absl::Status Checks();
  absl::Status ReadTeleport();
  absl::Status Unfinished();
  absl::Status Walk();
  bool Unchanged(const AppUser& row, Roster::Range known) const;
  absl::Status Row(const AppUser& row);
  absl::Status SettleWaiting();
  absl::Status TakeAway();
  absl::Status Leavers();
  absl::Status ReadSecondWalk(const std::vector<Leaver>& leavers);
  absl::Status LockThoseHeld(const std::vector<Leaver>& leavers);
  absl::Status RemoveAll(const std::vector<Leaver>& leavers);

  void Enter(const std::string& stage);
  uint64_t Seen() const;  // rows of the listing, each person once
  void CountRows();
  void MarkAll(Roster::Range range, Roster::Mark mark);
  bool Leaves(Roster::Index entry) const;
  void EmitAudit(const absl::Status& outcome);

  const RunKind kind_;
  const Options& options_;
  CorrectedClock& clock_;
  Cancel& outer_;        // requested by who stops the loop
  Cancel inner_cancel_;  // the same, or by a failure of the whole
  Cancel::Registration cancel_link_;
  RunContext ctx_;
  RunProgress& progress_;
  const std::string known_org_id_;
  Target& real_target_;

  Report report_;
  absl::Duration stage_began_ = absl::ZeroDuration();
  std::unique_ptr<Target> plan_;
  std::unique_ptr<LeaseKeeper> lease_;
  std::unique_ptr<Target> leased_;
  std::optional<traits::Mapper> mapper_;
  Roster roster_;
  NameClaims claims_;
  TakenBook taken_;
  SecondWalk second_walk_;
  bool second_walk_read_ = false;
  uint64_t pages_ = 0;
  std::array<uint64_t, 4> rows_{};  // by Presence
  uint64_t unchanged_ = 0;
  absl::flat_hash_set<std::string> newcomers_;

  struct Waiting {
    std::string okta_id;
    std::string name;
    Roster::Index holder;
  };
  std::vector<Waiting> waiting_;
  absl::flat_hash_set<Roster::Index> renamed_;
  std::unique_ptr<WriterPool> pool_;
};

}  // namespace oktasync::reconcile
