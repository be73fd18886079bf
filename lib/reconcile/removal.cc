#include "reconcile/removal.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/roster.h"

namespace oktasync::reconcile {
namespace {

constexpr int kNameAttempts = 12;
constexpr int kOutcomeReads = 3;
constexpr absl::Duration kInForcePoll = absl::Milliseconds(50);
// By so much Teleport's listings lag its writes at most; a lock that was there before shows within it.
constexpr absl::Duration kReadLag = absl::Seconds(3);

LockRecord NewLeaveLock(const RunContext& ctx, const Leaver& leaver, const std::string& lock_name,
                        const std::string& why, bool held, absl::Time now) {
  LockRecord lock;
  lock.name = lock_name;
  lock.labels = {
      {std::string(labels::kOrigin), std::string(labels::kOriginOkta)},
      {std::string(labels::kOrg), ctx.org_url},
      {std::string(labels::kSource), ctx.id.Label()},
      {std::string(labels::kLockOktaUserId), leaver.okta_id},
      {std::string(labels::kPurpose), std::string(ToString(LockPurpose::kLeave))},
  };
  if (held) lock.labels[std::string(labels::kHeld)] = "true";
  lock.user = leaver.name;
  lock.message = "This account has left the Okta app that gives access to Teleport: " + why +
                 ". Ask your Okta administrator.";
  // Whole seconds: not every backend of Teleport keeps more.
  lock.expires =
      absl::FromUnixSeconds(absl::ToUnixSeconds(now + kLongestCredential + ctx.options.locks.margin));
  lock.record_expires = lock.expires;
  return lock;
}

bool IsThisLock(const RunContext& ctx, const LockRecord& lock, const Leaver& leaver) {
  return IsOurs(lock, ctx.id) && lock.user == leaver.name &&
         LabelOr(lock.labels, labels::kLockOktaUserId) == leaver.okta_id &&
         LabelOr(lock.labels, labels::kPurpose) == ToString(LockPurpose::kLeave);
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
    if (!ctx.cancel.SleepFor(kInForcePoll)) return ctx.cancel.Check("waiting for a lock to come into force");
  }
  return MakeStatus(absl::StatusCode::kInternal,
                    "Teleport took the lock " + lock.name +
                        " but does not show it as in force, so the user was not deleted. Look at `tctl get "
                        "lock/" +
                        lock.name + "` and at the auth server's clock");
}

// Writes the lock and makes sure that it lives long enough by the server's clock, which dates it: a slow
// clock of ours is noticed here. Returns what stands on the server.
absl::StatusOr<LockRecord> WriteLock(RunContext& ctx, const Leaver& leaver, const std::string& name,
                                     const std::string& why, bool held) {
  const auto write = [&](const LockRecord& lock) -> absl::StatusOr<LockRecord> {
    OKTASYNC_RETURN_IF_ERROR(ctx.target->UpsertLock(lock, ctx.cancel));
    ctx.report.Wrote();
    return ctx.target->GetLock(name, ctx.cancel);
  };
  const absl::Time now = ctx.clock.Now();
  LockRecord wanted = NewLeaveLock(ctx, leaver, name, why, held, now);
  auto stored = write(wanted);
  if (stored.status().code() == absl::StatusCode::kNotFound) {
    // Our clock is so slow that the record had ended before it began. Without an end it stays, and tells the
    // server's time.
    wanted.expires = wanted.record_expires = absl::InfiniteFuture();
    stored = write(wanted);
  }
  if (!stored.ok()) return stored;
  const absl::Time server_now = stored->created_at;
  const bool endless = stored->expires == absl::InfiniteFuture();
  if (!endless && stored->expires >= server_now + kLongestCredential) return stored;
  ctx.report.Notice(
      "our clock is " + absl::FormatDuration(absl::Trunc(server_now - now, absl::Seconds(1))) +
      " behind the auth server's; locks are dated by the server's clock. Mend the clock of this "
      "machine (NTP)");
  return write(NewLeaveLock(ctx, leaver, name, why, held, server_now));
}

struct Lock {
  LockRecord record;  // as the server shows it, in force
  bool written = false;
};

// The leave lock of this person in force, written only if need be (R10): a lock of ours that is in force
// and outlives every credential is left as it is. A lifted lock is the guard's memory of an earlier leave, so
// it is left, too, and the next name taken.
absl::StatusOr<Lock> EnsureLeaveLock(RunContext& ctx, const Leaver& leaver, const std::string& why,
                                     bool held) {
  const auto write = [&](const std::string& name) -> absl::StatusOr<Lock> {
    OKTASYNC_ASSIGN_OR_RETURN(const LockRecord stored, WriteLock(ctx, leaver, name, why, held));
    Lock lock;
    lock.written = true;
    OKTASYNC_ASSIGN_OR_RETURN(lock.record, SeeInForce(ctx, stored, ctx.options.locks.in_force_wait));
    return lock;
  };
  std::string lifted;
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    const std::string name = LockName(ctx.id, leaver.okta_id, leaver.name, LockPurpose::kLeave, attempt);
    auto existing = ctx.target->GetLock(name, ctx.cancel);
    if (existing.status().code() == absl::StatusCode::kNotFound) return write(name);
    if (!existing.ok()) return existing.status();
    if (!IsThisLock(ctx, *existing, leaver)) continue;  // somebody else's
    if (IsLifted(*existing)) {
      lifted = name;
      continue;
    }
    const bool lasts = existing->expires >= ctx.clock.Now() + kLongestCredential;
    if (!lasts || (!held && IsHeld(*existing))) return write(name);
    const absl::Duration lag = std::min(kReadLag, ctx.options.locks.in_force_wait);
    if (auto shown = SeeInForce(ctx, *existing, lag); shown.ok()) return Lock{*std::move(shown), false};
    OKTASYNC_RETURN_IF_ERROR(ctx.cancel.Check("looking for a lock in force"));
    // It stands there and does not work: another lock, under another name.
  }
  if (!lifted.empty()) return write(lifted);
  return MakeStatus(absl::StatusCode::kAlreadyExists,
                    "every lock name that we would use is taken by a lock that is not ours (" +
                        LockName(ctx.id, leaver.okta_id, leaver.name, LockPurpose::kLeave) +
                        " and its alternatives); remove those locks with tctl rm");
}

// Whether the stored user is still the one that we mean to remove. If not, the report has the reason.
bool StillOurs(RunContext& ctx, const Leaver& leaver) {
  auto stored = ctx.target->GetUser(leaver.name, ctx.cancel);
  if (stored.status().code() == absl::StatusCode::kNotFound) {
    ctx.report.Add(Outcome::kNotice, leaver.okta_id, leaver.name,
                   "was to be removed, but the Teleport user no longer exists; a lock can only be placed on "
                   "an existing user, so certificates issued before live until they expire");
    return false;
  }
  if (!stored.ok()) {
    ctx.PersonFailed(leaver.okta_id, leaver.name, "reading the user before its removal", stored.status());
    return false;
  }
  const Holder holder = HolderOf(*stored, ctx.id, ctx.org_url, ctx.options.traits.connector);
  if (holder != Holder::kOurs || LabelOr(stored->labels, labels::kOktaUserId) != leaver.okta_id) {
    ctx.report.Add(Outcome::kConflict, leaver.okta_id, leaver.name,
                   "was to be removed, but the Teleport user of that name is no longer ours; it is left as "
                   "it is");
    return false;
  }
  return true;
}

absl::Status Delete(RunContext& ctx, const std::string& name) {
  absl::Status last;
  for (int i = 0; i < kOutcomeReads; ++i) {
    last = ctx.target->DeleteUser(name, ctx.cancel);
    if (last.ok() || last.code() == absl::StatusCode::kNotFound) return absl::OkStatus();
    const bool unknown =
        last.code() == absl::StatusCode::kUnavailable || last.code() == absl::StatusCode::kDeadlineExceeded;
    if (!unknown) return last;
    // The server may have done it all the same: look before trying again.
    auto stored = ctx.target->GetUser(name, ctx.cancel);
    if (stored.status().code() == absl::StatusCode::kNotFound) return absl::OkStatus();
  }
  return last;
}

// Reads again when the read is too old to be cited by the lock that is about to be sent.
void Refresh(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver, Verdict* verdict) {
  if (ctx.clock.SinceBoot() - verdict->begun > ctx.options.confirm_max_age) {
    *verdict = confirmer.Read(leaver.okta_id);
  }
}

void ReportKept(RunContext& ctx, const Leaver& leaver, const Verdict& verdict) {
  std::string reason;
  switch (verdict.kind) {
    case Verdict::Kind::kPresent:
      reason = "a single read says present: ";
      break;
    case Verdict::Kind::kSuspended:
      reason = "a single read says suspended: ";
      break;
    default:
      reason = "a single read did not prove that the person left: ";
      break;
  }
  ctx.report.Add(Outcome::kKept, leaver.okta_id, leaver.name, reason + verdict.words);
}

}  // namespace

void Remove(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver) {
  Verdict verdict = confirmer.Read(leaver.okta_id);
  if (verdict.kind == Verdict::Kind::kGone) {
    if (!StillOurs(ctx, leaver)) return;
    Refresh(ctx, confirmer, leaver, &verdict);
  }
  if (verdict.kind != Verdict::Kind::kGone) {
    ReportKept(ctx, leaver, verdict);
    return;
  }
  auto lock = EnsureLeaveLock(ctx, leaver, verdict.words, false);
  if (!lock.ok()) {
    ctx.PersonFailed(leaver.okta_id, leaver.name, "locking", lock.status());
    return;
  }
  if (const absl::Status deleted = Delete(ctx, leaver.name); !deleted.ok()) {
    ctx.report.Add(Outcome::kLocked, leaver.okta_id, leaver.name,
                   "locked, not yet deleted: " + verdict.words);
    ctx.PersonFailed(leaver.okta_id, leaver.name, "deleting", deleted);
    return;
  }
  ctx.Reached();
  ctx.report.Wrote();
  ctx.report.Add(Outcome::kRemoved, leaver.okta_id, leaver.name,
                 verdict.words + "; locked until " +
                     absl::FormatTime(absl::RFC3339_sec, lock->record.expires, absl::UTCTimeZone()) +
                     ", then deleted");
}

bool LockHeld(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver) {
  Verdict verdict = confirmer.ReadUserAlone(leaver.okta_id);
  if (!verdict.deactivated) return false;
  if (!StillOurs(ctx, leaver)) return false;
  auto lock = EnsureLeaveLock(ctx, leaver, verdict.words, true);
  if (!lock.ok()) {
    ctx.PersonFailed(leaver.okta_id, leaver.name, "locking", lock.status());
    return false;
  }
  ctx.Reached();
  if (lock->written) {
    ctx.report.Add(Outcome::kLocked, leaver.okta_id, leaver.name,
                   verdict.words + "; locked at once, the deletion is held by the guard");
  }
  return true;
}

void Lift(RunContext& ctx, const std::string& okta_id, const std::string& name) {
  for (const LockRecord* known : ctx.locks.InForceFor(okta_id)) {
    if (known->user != name) continue;  // a lock on a former name outlives the move
    const std::string_view purpose = LabelOr(known->labels, labels::kPurpose);
    if (purpose != ToString(LockPurpose::kLeave) && purpose != ToString(LockPurpose::kScim)) continue;

    auto lock = ctx.target->GetLock(known->name, ctx.cancel);
    if (lock.status().code() == absl::StatusCode::kNotFound) continue;
    if (!lock.ok()) {
      ctx.PersonFailed(okta_id, name, "reading the lock to lift", lock.status());
      return;
    }
    if (!IsOurs(*lock, ctx.id) || lock->user != name) continue;
    if (IsLifted(*lock)) continue;  // the listing was older than our last lift
    // A moment that has passed by the server's own clock. The record itself stays until it expires.
    lock->expires = lock->created_at > absl::InfinitePast() ? lock->created_at : absl::UnixEpoch();
    if (lock->record_expires == absl::InfiniteFuture()) {
      lock->record_expires = ctx.clock.Now() + ctx.options.guard.window;
    }
    if (const absl::Status lifted = ctx.target->UpsertLock(*lock, ctx.cancel); !lifted.ok()) {
      ctx.PersonFailed(okta_id, name, "lifting the lock", lifted);
      return;
    }
    ctx.Reached();
    ctx.report.Wrote();
    ctx.report.Add(Outcome::kLifted, okta_id, name,
                   "is back in Okta; the lock " + lock->name + " was lifted");
  }
}

}  // namespace oktasync::reconcile
