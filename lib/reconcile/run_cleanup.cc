// Leaving: removes all users of ours, and the locks of ours that are over, for those who do without us.
//
// Okta is not asked: who is approved goes, present or not. A lock on somebody whose certificates may still be alive
// stays: it ends by itself, and is removed by Teleport then. What would stay for ever is removed here once it keeps
// nobody out, for Teleport lets nobody give an end to the lock of a user who is gone.
#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "reconcile/guarded.h"

namespace oktasync::reconcile {
namespace {

// Removes a lock of ours that keeps nobody out: it is lifted or, where that was judged of `known`, still without an end.
void RemoveLock(RunContext& ctx, const LockRecord& known, const HeldItem& item, bool endless) {
  const auto removed = [&]() -> absl::StatusOr<bool> {
    const auto lock = ctx.target->GetLock(known.name, ctx.cancel);
    if (lock.status().code() == absl::StatusCode::kNotFound) return false;
    if (!lock.ok()) return lock.status();
    if (!IsOurs(*lock, ctx.id) || lock->user != known.user) return false;
    if (!IsLifted(*lock) && !(endless && IsEndless(*lock))) return false;
    const absl::Status done = ctx.target->DeleteLock(known.name, ctx.cancel);
    if (done.code() == absl::StatusCode::kNotFound) return false;
    if (!done.ok()) return done;
    ctx.Reached();
    ctx.report.Wrote();
    return true;
  }();
  if (!removed.ok()) return ctx.PersonFailed(item.okta_id, item.name, "removing the lock", removed.status());
  if (*removed) {
    ctx.report.Add(Outcome::kLifted, item.okta_id, item.name,
                   "cleaned up as approved; the lock " + known.name + ", which was over, was removed");
  }
}

}  // namespace

absl::Status Run::Cleanup() {
  Enter("cleanup");
  HeldSet set;
  set.kind = HeldKind::kCleanup;
  // As they are before anybody goes: what is lifted by that is removed with it.
  OKTASYNC_ASSIGN_OR_RETURN(const auto all, ctx_.target->GetLocks({}, false, inner_cancel_));
  OKTASYNC_RETURN_IF_ERROR(CleanUpUsers(&set));
  const size_t users = set.items.size();
  OKTASYNC_RETURN_IF_ERROR(CleanUpLocks(all, &set));
  const size_t locks = set.items.size() - users;
  ctx_.TellOfSpent();
  if (users > 0) {
    set.reason = "all " + std::to_string(users) +
                 " users of this source would be locked and deleted, those who are present in Okta, too";
    set.warning = "Everybody in the list loses access to Teleport at once, and open sessions end.";
  }
  if (locks > 0) {
    set.reason +=
        (users > 0 ? "; and " : "") + std::to_string(locks) +
        (locks == 1 ? " lock that keeps nobody out any more" : " locks that keep nobody out any more") +
        " would be removed";
  }
  if (!set.items.empty()) Hold(std::move(set));
  return TellOfLocksLeft();
}

absl::Status Run::CleanUpUsers(HeldSet* held) {
  for (Roster::Index i = 0; i < roster_.size(); ++i) {
    HeldItem item{std::string(roster_.okta_id(i)), std::string(roster_.name(i)), {}};
    const Approval* approval = ctx_.Approved(HeldKind::kCleanup, item);
    if (approval == nullptr) {
      ctx_.report.Add(Outcome::kHeld, item.okta_id, item.name, "would be locked and deleted");
      held->items.push_back(std::move(item));
      continue;
    }
    ctx_.report.Used(approval->digest);
    LockRequest request{item.okta_id, item.name};
    request.why = "user sync from Okta is being removed from this cluster";
    request.approval = approval->mark();
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, request] {
      if (!StillOurs(ctx_, {request.okta_id, request.name, request.approval})) return;
      if (const std::optional<LockRecord> lock = LockAndDelete(ctx_, request)) {
        ctx_.report.Add(Outcome::kRemoved, request.okta_id, request.name,
                        "cleaned up as approved; locked " + Until(*lock) + ", then deleted");
        // One without an end, as of a suspension, was lifted by that.
        for (const LockRecord* known : ctx_.locks.InForceFor(request.okta_id)) {
          if (known->user != request.name || !IsEndless(*known)) continue;
          RemoveLock(ctx_, *known, {request.okta_id, request.name, known->name}, false);
        }
      }
    }));
  }
  return pool_->Drain();
}

absl::Status Run::CleanUpLocks(const std::vector<LockRecord>& all, HeldSet* held) {
  for (const LockRecord& lock : all) {
    if (!IsOurs(lock, ctx_.id) || !IsOver(lock)) continue;
    HeldItem item{std::string(LabelOr(lock.labels, labels::kLockOktaUserId)), lock.user, lock.name};
    const Approval* approval = ctx_.Approved(HeldKind::kCleanup, item);
    if (approval == nullptr) {
      ctx_.report.Add(Outcome::kHeld, item.okta_id, item.name,
                      "the lock " + lock.name + ", which keeps nobody out any more, would be removed");
      held->items.push_back(std::move(item));
      continue;
    }
    ctx_.report.Used(approval->digest);
    OKTASYNC_RETURN_IF_ERROR(
        pool_->Push([this, lock, item] { RemoveLock(ctx_, lock, item, IsEndless(lock)); }));
  }
  return pool_->Drain();
}

// Lifted; or without an end, on a name that nobody has, and so old that every certificate issued before it has ended:
// Teleport issues none to somebody who is locked.
bool Run::IsOver(const LockRecord& lock) const {
  if (IsLifted(lock)) return true;
  if (!IsEndless(lock) || roster_.HolderOfName(lock.user).holder != Holder::kNobody) return false;
  return CertificatesEnded(lock) <= ctx_.clock.Now();
}

absl::Time Run::CertificatesEnded(const LockRecord& lock) const {
  return lock.created_at + kLongestCredential + ctx_.options.locks.margin;
}

absl::Status Run::TellOfLocksLeft() {
  OKTASYNC_ASSIGN_OR_RETURN(const auto all, ctx_.target->GetLocks({}, false, inner_cancel_));
  uint64_t ours = 0;
  absl::Time last = absl::InfinitePast();
  for (const LockRecord& lock : all) {
    if (!IsOurs(lock, ctx_.id) || IsOver(lock)) continue;
    if (IsEndless(lock)) {
      ctx_.report.Notice("the lock " + lock.name + " on " + Escape(lock.user) +
                         " has no end; once nobody has that name, run `oktasync cleanup` again after " +
                         absl::FormatTime(absl::RFC3339_sec, CertificatesEnded(lock), absl::UTCTimeZone()) +
                         ", which removes it");
    } else {
      ++ours;
      last = std::max(last, lock.record_expires);
    }
  }
  if (ours > 0) {
    ctx_.report.Notice(std::to_string(ours) +
                       " locks of ours are there; certificates outlive their users, so they stay and end by "
                       "themselves, the last at " +
                       absl::FormatTime(absl::RFC3339_sec, last, absl::UTCTimeZone()));
  }
  return absl::OkStatus();
}

}  // namespace oktasync::reconcile
