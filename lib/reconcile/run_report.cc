// What a run tells of itself: stages, counts, the audit event.
#include <numeric>

#include "base/status.h"
#include "base/timed_cancel.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {
namespace {

// The audit event ends a run: it may take so long.
constexpr absl::Duration kLastCall = absl::Seconds(10);
constexpr absl::Duration kLastCallWhenStopped = absl::Milliseconds(300);

}  // namespace

void Run::Enter(const std::string& stage) {
  const absl::Duration now = clock_.SinceBoot();
  std::lock_guard lock(progress_.mutex);
  if (!progress_.stage.empty()) report_.stages.push_back({progress_.stage, now - stage_began_});
  progress_.stage = stage;
  stage_began_ = now;
}

uint64_t Run::Seen() const { return std::accumulate(rows_.begin(), rows_.end(), uint64_t{0}); }

void Run::CountRows() {
  for (Presence presence : {Presence::kPresent, Presence::kSuspended, Presence::kGone, Presence::kUnknown}) {
    const uint64_t rows = rows_[static_cast<size_t>(presence)];
    if (rows > 0) ctx_.report.Count(std::string(ToString(presence)), rows);
  }
  ctx_.report.Count("seen", Seen());
  if (unchanged_ > 0) ctx_.report.Count("unchanged", unchanged_);
}

// The audit log of Teleport shows each run; a failure to write it stops nothing (R21).
void Run::EmitAudit(const absl::Status& outcome) {
  if (report_.org_id.empty() || report_.cluster.empty()) return;  // neither side was reached
  if (report_.standby) return;                                    // another runner tells of its own
  teleport::UserSyncEvent event;
  event.success = outcome.ok();
  if (!outcome.ok()) event.error = Describe(outcome);
  event.org_url = report_.org_url;
  event.app_id = options_.app_id;
  event.created = static_cast<int>(ctx_.report.CountOf(Outcome::kCreated));
  event.modified = static_cast<int>(ctx_.report.CountOf(Outcome::kUpdated));
  event.deleted = static_cast<int>(ctx_.report.CountOf(Outcome::kRemoved));
  event.total = static_cast<int>(rows_[static_cast<size_t>(Presence::kPresent)]);
  // The run's own cancel may have been requested by the very failure that is told here.
  TimedCancel last(kLastCall, outer_, kLastCallWhenStopped);
  const absl::Status emitted = real_target_.EmitUserSync(event, last.cancel());
  if (!emitted.ok()) {
    ctx_.report.Notice("the audit event of this run could not be written: " + Message(emitted));
  }
}

}  // namespace oktasync::reconcile
