#include "reconcile/removal.h"

#include <utility>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/roster.h"

namespace oktasync::reconcile {
namespace {

constexpr int kOutcomeReads = 3;

absl::Status DeleteUser(RunContext& ctx, const LockRequest& request, const PlacedLock& lock) {
  const std::string& name = request.name;
  absl::Status last;
  for (int i = 0; i < kOutcomeReads; ++i) {
    // A lock that was there already rests on an earlier read; then it is the deletion that cites this one.
    if (!lock.written) OKTASYNC_RETURN_IF_ERROR(CheckProven(ctx, request, "the deletion"));
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

std::optional<LockRecord> LockAndDelete(RunContext& ctx, const LockRequest& request) {
  auto lock = EnsureLock(ctx, request);
  if (!lock.ok()) {
    ctx.PersonFailed(request.okta_id, request.name, "locking", lock.status());
    return std::nullopt;
  }
  absl::Status done = LiftEndless(ctx, request.okta_id, request.name);
  if (done.ok()) done = DeleteUser(ctx, request, *lock);
  if (!done.ok()) {
    ctx.report.Add(Outcome::kLocked, request.okta_id, request.name,
                   "locked, not yet deleted: " + request.why);
    ctx.PersonFailed(request.okta_id, request.name, "deleting", done);
    return std::nullopt;
  }
  ctx.Reached();
  ctx.report.Wrote();
  return lock->record;
}

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
  LockRequest request{leaver.okta_id, leaver.name};
  request.why = verdict.words;
  request.approval = leaver.approval;
  request.proven = verdict.begun;
  if (const std::optional<LockRecord> lock = LockAndDelete(ctx, request)) {
    ctx.report.Add(Outcome::kRemoved, leaver.okta_id, leaver.name,
                   verdict.words + "; locked " + Until(*lock) + ", then deleted");
  }
}

bool LockHeld(RunContext& ctx, Confirmer& confirmer, const Leaver& leaver) {
  Verdict verdict = confirmer.ReadUserAlone(leaver.okta_id);
  if (!verdict.deactivated) return false;
  if (!StillOurs(ctx, leaver)) return false;
  LockRequest request{leaver.okta_id, leaver.name};
  request.why = verdict.words;
  request.held = true;
  request.proven = verdict.begun;
  auto lock = EnsureLock(ctx, request);
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

}  // namespace oktasync::reconcile
