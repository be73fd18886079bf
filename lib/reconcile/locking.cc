#include "reconcile/locking.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "model/labels.h"

namespace oktasync::reconcile {
namespace {

constexpr int kNameAttempts = 12;
constexpr absl::Duration kInForcePoll = absl::Milliseconds(50);
// By so much Teleport's listings lag its writes at most; a lock that was there before shows within it.
constexpr absl::Duration kReadLag = absl::Seconds(3);

// What the person reads when a session is ended or refused.
std::string MessageFor(const LockRequest& request) {
  switch (request.purpose) {
    case LockPurpose::kRename:
      return "This account has another name in Okta now: " + request.why + ". Log in under the new name.";
    case LockPurpose::kSuspend:
      return "This account is suspended in Okta: " + request.why + ". Ask your Okta administrator.";
    case LockPurpose::kHandover:
      return "The name of this account passes to another person in Okta (" + request.why +
             "); it waits for a Teleport administrator's approval.";
    case LockPurpose::kLeave:
    case LockPurpose::kScim:
      break;
  }
  return "This account has left the Okta app that gives access to Teleport: " + request.why +
         ". Ask your Okta administrator.";
}

LockRecord NewLock(const RunContext& ctx, const LockRequest& request, const std::string& lock_name,
                   absl::Time now) {
  LockRecord lock;
  lock.name = lock_name;
  lock.labels = {
      {std::string(labels::kOrigin), std::string(labels::kOriginOkta)},
      {std::string(labels::kOrg), ctx.org_url},
      {std::string(labels::kSource), ctx.id.Label()},
      {std::string(labels::kLockOktaUserId), request.okta_id},
      {std::string(labels::kPurpose), std::string(ToString(request.purpose))},
  };
  if (request.held) lock.labels[std::string(labels::kHeld)] = "true";
  if (!request.approval.empty()) {
    lock.labels[std::string(labels::kApproval)] = request.approval.digest;
    lock.labels[std::string(labels::kPlanned)] = std::to_string(request.approval.planned);
  }
  lock.user = request.name;
  lock.message = MessageFor(request);
  if (!request.endless) {
    // Whole seconds: not every backend of Teleport keeps more.
    lock.expires =
        absl::FromUnixSeconds(absl::ToUnixSeconds(now + kLongestCredential + ctx.options.locks.margin));
    lock.record_expires = lock.expires;
  }
  return lock;
}

bool IsOursOn(const RunContext& ctx, const LockRecord& lock, const LockRequest& request) {
  return IsOurs(lock, ctx.id) && lock.user == request.name &&
         LabelOr(lock.labels, labels::kLockOktaUserId) == request.okta_id;
}

// Does this lock, which is ours and not lifted, do what is asked for?
bool Serves(const RunContext& ctx, const LockRecord& lock, const LockRequest& request) {
  if (lock.expires < ctx.clock.Now() + kLongestCredential) return false;
  if (!request.held && IsHeld(lock)) return false;
  if (request.endless != IsEndless(lock)) return false;
  return request.approval.empty() || MarkOf(lock) == request.approval;
}

// Waits until the server shows the lock as in force and returns it as the server has it.
absl::StatusOr<LockRecord> SeeInForce(RunContext& ctx, const LockRecord& lock, absl::Duration wait) {
  const absl::Duration give_up = ctx.clock.SinceBoot() + wait;
  const int64_t polls = wait / kInForcePoll;  // the bound where a clock stands still
  for (int64_t i = 0; i < polls && ctx.clock.SinceBoot() < give_up; ++i) {
    OKTASYNC_ASSIGN_OR_RETURN(const auto shown, ctx.target->GetLocks({lock.user}, true, ctx.cancel));
    for (const LockRecord& found : shown) {
      if (found.name == lock.name && found.user == lock.user && found.expires >= lock.expires) return found;
    }
    if (!ctx.options.locks.sleep(ctx.cancel, kInForcePoll))
      return ctx.cancel.Check("waiting for a lock to come into force");
  }
  return MakeStatus(absl::StatusCode::kInternal,
                    "Teleport took the lock " + lock.name +
                        " but does not show it as in force, so the user was not deleted. Look at `tctl get "
                        "lock/" +
                        lock.name + "` and at the auth server's clock");
}

// Writes the lock and makes sure that it lives long enough by the server's clock, which dates it: a slow
// clock of ours is noticed here. Returns what stands on the server.
absl::StatusOr<LockRecord> WriteLock(RunContext& ctx, const LockRequest& request, const std::string& name) {
  const auto write = [&](const LockRecord& lock) -> absl::StatusOr<LockRecord> {
    OKTASYNC_RETURN_IF_ERROR(CheckProven(ctx, request, "the lock"));
    OKTASYNC_RETURN_IF_ERROR(ctx.target->UpsertLock(lock, ctx.cancel));
    ctx.report.Wrote();
    return ctx.target->GetLock(name, ctx.cancel);
  };
  const absl::Time now = ctx.clock.Now();
  LockRecord wanted = NewLock(ctx, request, name, now);
  auto stored = write(wanted);
  if (stored.status().code() == absl::StatusCode::kNotFound) {
    // Our clock is so slow that the record had ended before it began. Without an end it stays, and tells the
    // server's time.
    wanted.expires = wanted.record_expires = absl::InfiniteFuture();
    stored = write(wanted);
  }
  if (!stored.ok() || request.endless) return stored;
  const absl::Time server_now = stored->created_at;
  if (!IsEndless(*stored) && stored->expires >= server_now + kLongestCredential) return stored;
  ctx.report.Notice(
      "our clock is " + absl::FormatDuration(absl::Trunc(server_now - now, absl::Seconds(1))) +
      " behind the auth server's; locks are dated by the server's clock. Mend the clock of this "
      "machine (NTP)");
  return write(NewLock(ctx, request, name, server_now));
}

}  // namespace

absl::Status CheckProven(const RunContext& ctx, const LockRequest& request, const std::string& what) {
  if (ctx.clock.SinceBoot() - request.proven <= ctx.options.confirm_max_age) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    "the single read that proves it was more than " +
                        absl::FormatDuration(ctx.options.confirm_max_age) + " old when " + what +
                        " could be sent; Teleport or Okta answers slowly");
}

absl::StatusOr<PlacedLock> EnsureLock(RunContext& ctx, const LockRequest& request) {
  const auto write = [&](const std::string& name) -> absl::StatusOr<PlacedLock> {
    OKTASYNC_ASSIGN_OR_RETURN(const LockRecord stored, WriteLock(ctx, request, name));
    PlacedLock lock;
    lock.written = true;
    OKTASYNC_ASSIGN_OR_RETURN(lock.record, SeeInForce(ctx, stored, ctx.options.locks.in_force_wait));
    return lock;
  };
  const absl::Duration lag = std::min(kReadLag, ctx.options.locks.in_force_wait);

  // One of another purpose does as well: who was being renamed when he left is locked already.
  for (const LockRecord* known : ctx.locks.InForceFor(request.okta_id)) {
    if (request.endless || known->user != request.name) continue;
    if (LabelOr(known->labels, labels::kPurpose) == ToString(request.purpose)) continue;
    auto existing = ctx.target->GetLock(known->name, ctx.cancel);
    if (!existing.ok() && existing.status().code() != absl::StatusCode::kNotFound) return existing.status();
    if (!existing.ok() || !IsOursOn(ctx, *existing, request) || IsLifted(*existing)) continue;
    if (!Serves(ctx, *existing, request)) continue;
    if (auto shown = SeeInForce(ctx, *existing, lag); shown.ok()) return PlacedLock{*std::move(shown), false};
    OKTASYNC_RETURN_IF_ERROR(ctx.cancel.Check("looking for a lock in force"));
  }

  std::string lifted;
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    const std::string name = LockName(ctx.id, request.okta_id, request.name, request.purpose, attempt);
    auto existing = ctx.target->GetLock(name, ctx.cancel);
    if (existing.status().code() == absl::StatusCode::kNotFound) return write(name);
    if (!existing.ok()) return existing.status();
    const bool same_purpose = LabelOr(existing->labels, labels::kPurpose) == ToString(request.purpose);
    if (!IsOursOn(ctx, *existing, request) || !same_purpose) continue;  // somebody else's
    if (IsLifted(*existing)) {
      lifted = name;
      continue;
    }
    if (!Serves(ctx, *existing, request)) return write(name);
    if (auto shown = SeeInForce(ctx, *existing, lag); shown.ok()) return PlacedLock{*std::move(shown), false};
    OKTASYNC_RETURN_IF_ERROR(ctx.cancel.Check("looking for a lock in force"));
    // It stands there and does not work: another lock, under another name.
  }
  if (!lifted.empty()) return write(lifted);
  return MakeStatus(absl::StatusCode::kAlreadyExists,
                    "every lock name that we would use is taken by a lock that is not ours (" +
                        LockName(ctx.id, request.okta_id, request.name, request.purpose) +
                        " and its alternatives); remove those locks with tctl rm");
}

absl::StatusOr<bool> LiftLock(RunContext& ctx, const LockRecord& known) {
  auto lock = ctx.target->GetLock(known.name, ctx.cancel);
  if (lock.status().code() == absl::StatusCode::kNotFound) return false;
  if (!lock.ok()) return lock.status();
  if (!IsOurs(*lock, ctx.id) || lock->user != known.user) return false;
  if (IsLifted(*lock)) return false;  // the listing was older than our last lift
  lock->expires = lock->created_at > absl::InfinitePast() ? lock->created_at : absl::UnixEpoch();
  if (lock->record_expires == absl::InfiniteFuture()) {
    lock->record_expires = absl::FromUnixSeconds(absl::ToUnixSeconds(
        std::max(ctx.clock.Now(), lock->created_at) + ctx.options.guard.window + absl::Seconds(1)));
  }
  OKTASYNC_RETURN_IF_ERROR(ctx.target->UpsertLock(*lock, ctx.cancel));
  ctx.Reached();
  ctx.report.Wrote();
  return true;
}

void Lift(RunContext& ctx, const std::string& okta_id, const std::string& name) {
  const auto lift = [&](const LockRecord& known, const std::string& words) {
    const absl::StatusOr<bool> lifted = LiftLock(ctx, known);
    if (!lifted.ok()) {
      ctx.PersonFailed(okta_id, name, "lifting the lock", lifted.status());
      return false;
    }
    if (*lifted) ctx.report.Add(Outcome::kLifted, okta_id, name, words + known.name + " was lifted");
    return true;
  };
  for (const LockRecord* known : ctx.locks.InForceFor(okta_id)) {
    if (known->user != name) continue;  // a lock on a former name outlives the move
    if (!lift(*known, "is back in Okta; the lock ")) return;
  }
  if (!ctx.locks.NameApproved(okta_id, name)) return;
  ctx.TookName(okta_id, name);
  for (const LockRecord* known : ctx.locks.LocksOfOthers(name, okta_id)) {
    // A lock targets one spelling of a name, and only this one stands in the way.
    if (known->user != name) continue;
    if (!lift(*known, "takes over the name, as approved; the lock of its former holder ")) return;
  }
}

absl::Status LiftEndless(RunContext& ctx, const std::string& okta_id, const std::string& name) {
  for (const LockRecord* known : ctx.locks.InForceFor(okta_id)) {
    if (known->user != name || !IsEndless(*known)) continue;
    auto lock = ctx.target->GetLock(known->name, ctx.cancel);
    if (lock.status().code() == absl::StatusCode::kNotFound) continue;
    if (!lock.ok()) return lock.status();
    // The lock of this removal may be that very one, with an end by now.
    if (IsEndless(*lock)) OKTASYNC_RETURN_IF_ERROR(LiftLock(ctx, *lock).status());
  }
  return absl::OkStatus();
}

std::string Until(const LockRecord& lock) {
  return IsEndless(lock) ? "without end"
                         : "until " + absl::FormatTime(absl::RFC3339_sec, lock.expires, absl::UTCTimeZone());
}

}  // namespace oktasync::reconcile
