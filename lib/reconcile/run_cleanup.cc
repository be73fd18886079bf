// Leaving: removes all users of ours, for those who do without us.
//
// Okta is not asked: who is approved goes, present or not. The locks stay until they end by themselves, for
// certificates outlive their users.
#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "reconcile/guarded.h"

namespace oktasync::reconcile {

absl::Status Run::Cleanup() {
  Enter("cleanup");
  HeldSet set;
  set.kind = HeldKind::kCleanup;
  for (Roster::Index i = 0; i < roster_.size(); ++i) {
    HeldItem item{std::string(roster_.okta_id(i)), std::string(roster_.name(i)), {}};
    const Approval* approval = ctx_.Approved(HeldKind::kCleanup, item);
    if (approval == nullptr) {
      ctx_.report.Add(Outcome::kHeld, item.okta_id, item.name, "would be locked and deleted");
      set.items.push_back(std::move(item));
      continue;
    }
    ctx_.report.Used(approval->digest);
    LockRequest request{item.okta_id, item.name};
    request.why = "user sync from Okta is being removed from this cluster";
    request.approval = approval->digest;
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, request] {
      if (!StillOurs(ctx_, {request.okta_id, request.name, request.approval})) return;
      if (const std::optional<LockRecord> lock = LockAndDelete(ctx_, request)) {
        ctx_.report.Add(Outcome::kRemoved, request.okta_id, request.name,
                        "cleaned up as approved; locked " + Until(*lock) + ", then deleted");
      }
    }));
  }
  OKTASYNC_RETURN_IF_ERROR(pool_->Drain());
  ctx_.TellOfSpent();
  if (!set.items.empty()) {
    set.reason = "all " + std::to_string(set.items.size()) +
                 " users of this source would be locked and deleted, those who are present in Okta, too";
    set.warning = "Everybody in the list loses access to Teleport at once, and open sessions end.";
    Hold(std::move(set));
  }
  return TellOfLocksLeft();
}

absl::Status Run::TellOfLocksLeft() {
  OKTASYNC_ASSIGN_OR_RETURN(const auto all, ctx_.target->GetLocks({}, false, inner_cancel_));
  uint64_t ours = 0;
  absl::Time last = absl::InfinitePast();
  for (const LockRecord& lock : all) {
    if (!IsOurs(lock, ctx_.id)) continue;
    ++ours;
    if (IsEndless(lock)) {
      ctx_.report.Notice("the lock " + lock.name + " on " + Escape(lock.user) +
                         " has no end; once its user is gone for 30 hours remove it with `tctl rm lock/" +
                         lock.name + "`");
    } else {
      last = std::max(last, lock.record_expires);
    }
  }
  if (ours > 0 && last > absl::InfinitePast()) {
    ctx_.report.Notice(std::to_string(ours) +
                       " locks of ours are there; certificates outlive their users, so they stay and end by "
                       "themselves, the last at " +
                       absl::FormatTime(absl::RFC3339_sec, last, absl::UTCTimeZone()));
  }
  return absl::OkStatus();
}

}  // namespace oktasync::reconcile
