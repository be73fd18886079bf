// The dead man's switch (rule R23): without a whole walk for too long, people are looked up singly, and who is
// deactivated or deleted is shut out without a listing.
#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

#include "base/status.h"
#include "base/text.h"
#include "reconcile/guarded.h"

namespace oktasync::reconcile {
namespace {

// At half of a usual window of Okta's, about four minutes; the next run goes on elsewhere.
constexpr uint32_t kMostReads = 2000;
// So many reads in a row that told nothing: Okta is out of reach as a whole.
constexpr int kSilence = 20;

}  // namespace

absl::Status Run::Sweep() {
  Enter("sweep");
  swept_ = true;
  const Roster::Index size = roster_.size();
  if (size == 0) return absl::OkStatus();
  const auto start = static_cast<Roster::Index>(RandomUnit() * size) % size;
  auto confirmer = std::make_shared<Confirmer>(ctx_);
  std::mutex mutex;
  Guarded all;
  std::atomic<int> silent{0};
  std::atomic<uint32_t> read{0};
  const absl::Time window = clock_.Now() - options_.guard.window;
  for (Roster::Index n = 0; n < std::min<Roster::Index>(size, kMostReads); ++n) {
    const Roster::Index i = (start + n) % size;
    if (roster_.Has(i, Roster::kDone)) continue;
    const auto look = [&, i] {
      if (silent.load() >= kSilence) return;
      const Leaver leaver{std::string(roster_.okta_id(i)), std::string(roster_.name(i)), {}};
      const Verdict verdict = confirmer->ReadUserAlone(leaver.okta_id);
      const bool answered = verdict.begun != absl::ZeroDuration();
      silent.store(answered ? 0 : silent.load() + 1);
      if (!answered) return;
      read.fetch_add(1);
      if (!verdict.deactivated) return;
      std::lock_guard lock(mutex);
      all.leavers.push_back(leaver);
    };
    OKTASYNC_RETURN_IF_ERROR(pool_->Push(look));
  }
  OKTASYNC_RETURN_IF_ERROR(pool_->Drain());
  for (Leaver& leaver : all.leavers) {
    const Approval* approval = ctx_.Approved(HeldKind::kRemovals, {leaver.okta_id, leaver.name, {}});
    if (approval != nullptr) {
      leaver.approval = approval->mark();
    } else if (!ctx_.locks.CountedSince(leaver.okta_id, leaver.name, window)) {
      ++all.input.candidates;
    }
  }
  ctx_.report.Notice("no whole list of the app's users for more than " +
                     absl::FormatDuration(options_.alarm_after) + "; " + std::to_string(read.load()) +
                     " of " + std::to_string(size) + " people were looked up singly, " +
                     std::to_string(all.leavers.size()) + " of them are deactivated or deleted in Okta");
  if (all.Empty()) return absl::OkStatus();
  all.input.roster = size;
  all.input.listed = size;  // nobody is judged by a listing here
  all.input.removed_in_window = ctx_.locks.RemovedSince(window);
  return CarryOut(all, JudgeRemovals(all.input, options_.guard));
}

}  // namespace oktasync::reconcile
