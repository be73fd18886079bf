#include "reconcile/run.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "reconcile/plan_target.h"

namespace oktasync::reconcile {

Run::Run(RunKind kind, const Options& options, Source& source, Target& target, CorrectedClock& clock,
         LogSink& log, Cancel& cancel, RunProgress& progress, LeaseSlot& lease, RunInput input)
    : kind_(kind),
      options_(options),
      clock_(clock),
      outer_(cancel),
      cancel_link_(cancel, [this] { inner_cancel_.Request(); }),
      ctx_(options_, source, clock, log, inner_cancel_, progress.written),
      progress_(progress),
      input_(std::move(input)),
      real_target_(target),
      lease_(lease) {
  report_.kind = kind;
  report_.app_id = options.app_id;
}

Report Run::Execute() {
  report_.started = clock_.Uncorrected();
  absl::Status outcome = Steps();
  // The error that stopped everything explains more than the cancellation that it caused.
  if (const absl::Status failure = ctx_.failure(); !failure.ok()) outcome = failure;
  pool_.reset();
  if (kind_ == RunKind::kSync) EmitAudit(outcome);
  leased_.reset();
  Enter("");
  report_.outcome = outcome;
  report_.ended = clock_.Uncorrected();
  report_.clock_offset = clock_.offset();
  report_.rate = ctx_.source.RateWindows();
  report_.swept = swept_;
  CountRows();
  ctx_.report.Finish(&report_);
  if (plan_ != nullptr) report_.writes = static_cast<PlanTarget&>(*plan_).Take();
  return std::move(report_);
}

absl::Status Run::Steps() {
  absl::Status walked = CheckOrg();
  // People can be looked up singly where the source is known, whatever else cannot be told (R23).
  const bool source_known = !ctx_.id.org_id.empty() && !ctx_.id.app_id.empty();
  if (!walked.ok() && (!input_.overdue || !source_known || options_.cleanup)) return walked;
  if (options_.cleanup) {
    OKTASYNC_RETURN_IF_ERROR(CheckTeleport());
    OKTASYNC_RETURN_IF_ERROR(ReadTeleport());
    pool_ = std::make_unique<WriterPool>(options_.writers, inner_cancel_);
    OKTASYNC_RETURN_IF_ERROR(Cleanup());
    return Finished();
  }
  if (walked.ok()) walked = CheckApp();
  if (!walked.ok() && !input_.overdue) return walked;
  OKTASYNC_RETURN_IF_ERROR(CheckTeleport());
  OKTASYNC_RETURN_IF_ERROR(ReadTeleport());
  pool_ = std::make_unique<WriterPool>(options_.writers, inner_cancel_);
  absl::Status drained;
  if (walked.ok()) walked = CheckRoles();
  if (!walked.ok() && !input_.overdue) return walked;
  if (walked.ok()) {
    OKTASYNC_RETURN_IF_ERROR(Unfinished());
    walked = Walk();
    drained = pool_->Drain();  // what a walk that broke off had decided still stands
  }
  if (!walked.ok()) {
    if (input_.overdue && !inner_cancel_.requested()) OKTASYNC_RETURN_IF_ERROR(Sweep());
    return walked;
  }
  OKTASYNC_RETURN_IF_ERROR(drained);
  SettleNames();
  OKTASYNC_RETURN_IF_ERROR(TakeAway());
  OKTASYNC_RETURN_IF_ERROR(Leavers());
  return Finished();
}

// A name in quarantine was let through, and then the guard or a handover held whoever was to have it. Spent now,
// that approval and the one of the other set would never meet.
bool Run::Waits(const Approval& approval) const {
  if (approval.kind != HeldKind::kQuarantine) return false;
  for (const HeldSet& set : report_.held) {
    for (const HeldItem& item : set.items) {
      if (set.digest != approval.digest && approval.Covers(item)) return true;
    }
  }
  return false;
}

// Each approval holds for one run that came to its end (R14).
absl::Status Run::Finished() {
  OKTASYNC_RETURN_IF_ERROR(inner_cancel_.Check("finishing the run"));
  for (const Approval& approval : ctx_.approvals.list()) {
    if (!Waits(approval)) report_.approvals_over.push_back(approval.digest);
  }
  return absl::OkStatus();
}

// R16: a user of ours under a leave lock of his own id is a job that a crash, or an error, left half done.
// Present lifts; gone deletes, if the guard has counted him already. All else is for the walk.
absl::Status Run::Unfinished() {
  Enter("unfinished");
  const absl::Time window = clock_.Now() - options_.guard.window;
  auto confirmer = std::make_shared<Confirmer>(ctx_);
  std::mutex mutex;
  std::vector<Roster::Index> decided;
  for (Roster::Index i = 0; i < roster_.size(); ++i) {
    const Leaver leaver{std::string(roster_.okta_id(i)), std::string(roster_.name(i)), {}};
    const LockRecord* lock = ctx_.locks.LeaveLock(leaver.okta_id, leaver.name);
    if (lock == nullptr) continue;
    const bool counted = !IsHeld(*lock) && ctx_.locks.CountedSince(leaver.okta_id, leaver.name, window);
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, i, leaver, lock, counted, confirmer, &mutex, &decided] {
      const Verdict verdict = confirmer->Read(leaver.okta_id);
      if (verdict.kind == Verdict::Kind::kPresent) {
        if (!Return(ctx_, leaver.okta_id, leaver.name, i, taken_)) return;
      } else if (verdict.kind == Verdict::Kind::kGone && counted && StillLocked(*lock)) {
        Remove(ctx_, *confirmer, leaver);
      } else {
        return;
      }
      std::lock_guard lock_decided(mutex);
      decided.push_back(i);
    }));
  }
  OKTASYNC_RETURN_IF_ERROR(pool_->Drain());
  for (Roster::Index i : decided) roster_.SetMark(i, Roster::kDone);
  return inner_cancel_.Check("finishing what an earlier run began");
}

// A listing may show a lock that was lifted a moment ago, of a removal that is over.
bool Run::StillLocked(const LockRecord& lock) {
  const auto now = ctx_.target->GetLock(lock.name, inner_cancel_);
  return now.ok() && !IsLifted(*now);
}

absl::Status Run::Walk() {
  Enter("walk");
  const std::unique_ptr<okta::AppUserWalk> walk = ctx_.source.WalkAppUsers(inner_cancel_);
  for (;;) {
    auto page = walk->Next();
    if (!page.ok())
      return Annotate(page.status(), "reading Okta's list of the app's users (nobody is removed)");
    if (*page == nullptr) break;
    ++pages_;
    for (const AppUser& row : (*page)->users) {
      progress_.seen.fetch_add(1, std::memory_order_relaxed);
      OKTASYNC_RETURN_IF_ERROR(Row(row));
    }
  }
  report_.walk_whole = true;
  return absl::OkStatus();
}

// Nearly every row of nearly every run, and half the cost of a whole decision.
bool Run::Unchanged(const AppUser& row, Roster::Range known) const {
  if (row.presence() != Presence::kPresent || known.last - known.first != 1) return false;
  if (roster_.name(known.first) != row.user_name) return false;
  if (ctx_.locks.OwnLock(row.id, row.user_name) != nullptr) return false;
  if (!ctx_.locks.LocksOfOthers(row.user_name, row.id).empty()) return false;
  const auto digest = ctx_.mapper->MapDigest(row, nullptr);
  return digest.ok() && *digest == roster_.digest(known.first);
}

absl::Status Run::Row(const AppUser& row) {
  const Roster::Range known = roster_.Find(row.id);
  if (!known.empty()) {
    if (roster_.Has(known.first, Roster::kSeen)) return absl::OkStatus();  // a row that shifted between pages
    MarkAll(known, Roster::kSeen);
    if (row.presence() == Presence::kGone) MarkAll(known, Roster::kGoneRow);
  } else if (row.presence() != Presence::kGone && !newcomers_.emplace(row.id).second) {
    return absl::OkStatus();
  }
  ++rows_[static_cast<size_t>(row.presence())];
  if (!known.empty() && roster_.Has(known.first, Roster::kDone)) return absl::OkStatus();
  if (Unchanged(row, known)) {
    ++unchanged_;
    return absl::OkStatus();
  }

  absl::StatusOr<DesiredUser> desired = MakeStatus(absl::StatusCode::kUnknown, "not looked at");
  std::vector<traits::Finding> findings;
  if (row.presence() == Presence::kPresent) desired = ctx_.mapper->Map(row, &findings);
  const DecideOptions how{options_.adopt, options_.lock_suspended};
  Decision decision = DecideRow(row, desired, roster_, ctx_.locks, how, claims_);
  const std::string id(row.id);

  using Action = Decision::Action;
  // What was left out of a profile is worth a line when something is done about the person, not in every run.
  if (decision.action == Action::kUpdate || decision.action == Action::kCreate) {
    for (const traits::Finding& finding : findings) {
      ctx_.report.Add(Outcome::kNotice, id, row.user_name, traits::Describe(finding));
    }
  }
  if (row.presence() == Presence::kPresent && desired.ok() && decision.action != Action::kMoves &&
      known.last - known.first > 1) {
    movers_.push_back({id, desired->name, known, true});  // an unfinished rename
  }
  switch (decision.action) {
    case Action::kNothing:
      if (row.presence() == Presence::kPresent) ++unchanged_;
      return absl::OkStatus();
    case Action::kReport:
      if (decision.outcome == Outcome::kQuarantined &&
          ctx_.locks.QuarantineOf(desired->name, id) != nullptr) {
        HoldName(id, decision.entry, desired->name, decision.reason);
      }
      ctx_.report.Add(decision.outcome, id, row.user_name, std::move(decision.reason));
      return absl::OkStatus();
    case Action::kMoves:
      movers_.push_back({id, desired->name, known, false});
      return absl::OkStatus();
    case Action::kSuspend:
      return Suspend(id, known);
    case Action::kCreate:
      return pool_->Push([this, user = *std::move(desired)] { Create(ctx_, user); });
    case Action::kAdopt:
      return pool_->Push(
          [this, user = *std::move(desired), name = std::move(decision.name)] { Adopt(ctx_, user, name); });
    case Action::kUpdate:
      return pool_->Push(
          [this, user = *std::move(desired), entry = decision.entry] { Update(ctx_, user, entry, taken_); });
    case Action::kReturn:
      return pool_->Push([this, id, name = desired->name, entry = decision.entry] {
        Return(ctx_, id, name, entry, taken_);
      });
  }
  return absl::OkStatus();
}

// R15. A suspension can be undone and takes no proof; the lock is lifted after a single read.
absl::Status Run::Suspend(const std::string& okta_id, Roster::Range known) {
  for (Roster::Index i = known.first; i < known.last; ++i) {
    LockRequest request{okta_id, std::string(roster_.name(i))};
    if (ctx_.locks.LocksOut(okta_id, request.name)) continue;
    request.purpose = LockPurpose::kSuspend;
    request.why = "listed as suspended";
    request.endless = true;
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, request] {
      if (!StillOurs(ctx_, {request.okta_id, request.name, {}})) return;
      const auto lock = EnsureLock(ctx_, request);
      if (!lock.ok()) {
        ctx_.PersonFailed(request.okta_id, request.name, "locking", lock.status());
        return;
      }
      ctx_.Reached();
      ctx_.report.Add(Outcome::kLocked, request.okta_id, request.name,
                      "suspended in Okta; locked until that ends");
    }));
  }
  return absl::OkStatus();
}

// The second half of R12: what would be taken from too many stays.
absl::Status Run::TakeAway() {
  Enter("taking away");
  const uint64_t limit = GuardLimit(roster_.size(), 0, options_.guard);
  TakenBook::Ruling ruling = taken_.Rule(limit, roster_, ctx_.approvals);
  for (const std::string& digest : ruling.used) ctx_.report.Used(digest);
  for (const auto& [digest, users] : ruling.spent) {
    ctx_.TellSpent(digest, std::to_string(users) + (users == 1 ? " user who has" : " users who have") +
                               " what it takes again since");
  }
  for (HeldSet& set : ruling.held) Hold(std::move(set));
  for (auto& [entry, allowed] : ruling.allowed) {
    OKTASYNC_RETURN_IF_ERROR(
        pool_->Push([this, id = std::string(roster_.okta_id(entry)), name = std::string(roster_.name(entry)),
                     allowed = std::move(allowed)] { Take(ctx_, id, name, allowed); }));
  }
  return pool_->Drain();
}

void Run::MarkAll(Roster::Range range, Roster::Mark mark) {
  for (Roster::Index i = range.first; i < range.last; ++i) roster_.SetMark(i, mark);
}

}  // namespace oktasync::reconcile
