#include "reconcile/run.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "base/timed_cancel.h"
#include "model/labels.h"
#include "reconcile/plan_target.h"

namespace oktasync::reconcile {
namespace {

// Our own clock further off than this is worth a word to the admin.
constexpr absl::Duration kClockNotice = absl::Seconds(30);
// The audit event and the lease's return, which end a run: each may take so long.
constexpr absl::Duration kLastCalls = absl::Seconds(10);
constexpr absl::Duration kLastCallsWhenStopped = absl::Milliseconds(300);

std::string HolderName() {
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + "-" + std::to_string(getpid()) + "-" + RandomHex(4);
}

}  // namespace

Run::Run(RunKind kind, const Options& options, Source& source, Target& target, CorrectedClock& clock,
         LogSink& log, Cancel& cancel, RunProgress& progress, std::string org_id)
    : kind_(kind),
      options_(options),
      clock_(clock),
      outer_(cancel),
      cancel_link_(cancel, [this] { inner_cancel_.Request(); }),
      ctx_(options, source, clock, log, inner_cancel_),
      progress_(progress),
      known_org_id_(std::move(org_id)),
      real_target_(target) {
  report_.kind = kind;
  report_.app_id = options.app_id;
}

Report Run::Execute() {
  report_.started = clock_.Now();
  absl::Status outcome = Steps();
  // The error that stopped everything explains more than the cancellation that it caused.
  if (const absl::Status failure = ctx_.failure(); !failure.ok()) outcome = failure;
  pool_.reset();
  if (kind_ == RunKind::kSync) EmitAudit(outcome);
  leased_.reset();
  if (lease_ != nullptr) {
    TimedCancel last(kLastCalls, outer_, kLastCallsWhenStopped);
    lease_->Release(last.cancel());
    lease_.reset();
  }
  Enter("");
  report_.outcome = outcome;
  report_.ended = clock_.Now();
  report_.clock_offset = clock_.offset();
  report_.rate = ctx_.source.RateWindows();
  CountRows();
  ctx_.report.Finish(&report_);
  if (plan_ != nullptr) report_.writes = static_cast<PlanTarget&>(*plan_).Take();
  return std::move(report_);
}

absl::Status Run::Steps() {
  OKTASYNC_RETURN_IF_ERROR(Checks());
  OKTASYNC_RETURN_IF_ERROR(ReadTeleport());
  pool_ = std::make_unique<WriterPool>(options_.writers, inner_cancel_);
  OKTASYNC_RETURN_IF_ERROR(Unfinished());
  const absl::Status walked = Walk();
  const absl::Status drained = pool_->Drain();  // what a walk that broke off had decided still stands
  if (!walked.ok()) return walked;
  OKTASYNC_RETURN_IF_ERROR(drained);
  OKTASYNC_RETURN_IF_ERROR(SettleWaiting());
  OKTASYNC_RETURN_IF_ERROR(TakeAway());
  OKTASYNC_RETURN_IF_ERROR(Leavers());
  return inner_cancel_.Check("finishing the run");
}

// Nothing is written before all of this holds (R8, R11, R20).
absl::Status Run::Checks() {
  Enter("checks");
  OKTASYNC_ASSIGN_OR_RETURN(const okta::Org org, ctx_.source.ReadOrg(inner_cancel_));
  report_.org_id = org.id;
  report_.org_url = org.canonical_url;
  const std::string& expected = options_.pinned_org_id.empty() ? known_org_id_ : options_.pinned_org_id;
  if (!expected.empty() && expected != org.id) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the Okta org at this address is " + Escape(org.id, 64) + ", expected " + expected +
                          "; nothing is done. If the org really changed, set okta.org_id and restart");
  }
  OKTASYNC_ASSIGN_OR_RETURN(const okta::App app, ctx_.source.ReadApp(inner_cancel_));
  OKTASYNC_RETURN_IF_ERROR(CheckApp(app));

  ctx_.id = {org.id, options_.app_id};
  ctx_.org_url = org.canonical_url;
  traits::Options mapping = options_.traits;
  mapping.source = ctx_.id;
  mapping.org_url = ctx_.org_url;
  ctx_.mapper = &mapper_.emplace(std::move(mapping));
  if (absl::AbsDuration(clock_.offset()) >= kClockNotice) {
    ctx_.report.Notice(
        "our clock is off by " + absl::FormatDuration(absl::Trunc(clock_.offset(), absl::Seconds(1))) +
        " against Okta's; the times that we send are corrected. Mend the clock of this machine "
        "(NTP)");
  }

  OKTASYNC_ASSIGN_OR_RETURN(const teleport::ServerInfo server, real_target_.Ping(inner_cancel_));
  report_.cluster = server.cluster_name;
  report_.server_version = server.version;

  if (kind_ == RunKind::kPlan) {
    plan_ = std::make_unique<PlanTarget>(real_target_, clock_);
    ctx_.target = plan_.get();
  } else {
    OKTASYNC_ASSIGN_OR_RETURN(lease_, LeaseKeeper::Acquire(real_target_, ctx_.id.LeaseName(), HolderName(),
                                                           options_.lease, clock_, ctx_.log, inner_cancel_));
    leased_ = UnderLease(real_target_, *lease_);
    ctx_.target = leased_.get();
  }
  if (const std::string& role = options_.traits.default_role; !role.empty()) {
    const auto found = real_target_.GetRole(role, inner_cancel_);
    if (found.status().code() == absl::StatusCode::kNotFound) {
      ctx_.RoleMissing(role);
    } else if (!found.ok()) {
      return Annotate(found.status(), "looking up the default role");
    }
  }
  return absl::OkStatus();
}

absl::Status Run::ReadTeleport() {
  Enter("roster");
  OKTASYNC_ASSIGN_OR_RETURN(std::vector<LockRecord> all, real_target_.GetLocks({}, false, inner_cancel_));
  OKTASYNC_ASSIGN_OR_RETURN(const std::vector<LockRecord> live,
                            real_target_.GetLocks({}, true, inner_cancel_));
  ctx_.locks = LockBook(std::move(all), live, ctx_.id, clock_.Now());

  const ConnectorRef& connector = options_.traits.connector;
  const absl::Status listed = real_target_.ListUsers(
      [&](const UserRecord& user) {
        const Holder holder = HolderOf(user, ctx_.id, ctx_.org_url, connector);
        if (holder == Holder::kOurs) {
          roster_.AddOurs(LabelOr(user.labels, labels::kOktaUserId), user.name, traits::DigestOf(user));
        } else {
          roster_.AddOther(user.name, holder);
        }
        return absl::OkStatus();
      },
      inner_cancel_);
  OKTASYNC_RETURN_IF_ERROR(Annotate(listed, "listing Teleport's users"));
  roster_.Seal();
  progress_.expected.store(roster_.size());
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
    const Leaver leaver{std::string(roster_.okta_id(i)), std::string(roster_.name(i))};
    const LockRecord* lock = ctx_.locks.LeaveLock(leaver.okta_id, leaver.name);
    if (lock == nullptr) continue;
    const bool counted = !IsHeld(*lock) && ctx_.locks.CountedSince(leaver.okta_id, window);
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, i, leaver, counted, confirmer, &mutex, &decided] {
      const Verdict verdict = confirmer->Read(leaver.okta_id);
      if (verdict.kind == Verdict::Kind::kPresent) {
        Return(ctx_, leaver.okta_id, leaver.name, i, taken_);
      } else if (verdict.kind == Verdict::Kind::kGone && counted) {
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
    progress_.written.store(ctx_.report.written());
  }
  report_.walk_whole = true;
  return absl::OkStatus();
}

// Nearly every row of nearly every run, and half the cost of a whole decision.
bool Run::Unchanged(const AppUser& row, Roster::Range known) const {
  if (row.presence() != Presence::kPresent || known.last - known.first != 1) return false;
  if (roster_.name(known.first) != row.user_name) return false;
  if (ctx_.locks.LeaveLock(row.id, row.user_name) != nullptr) return false;
  if (ctx_.locks.QuarantineOf(row.user_name, row.id) != nullptr) return false;
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
  Decision decision = DecideRow(row, desired, roster_, ctx_.locks, claims_);
  const std::string id(row.id);

  using Action = Decision::Action;
  // What was left out of a profile is worth a line when something is done about the person, not in every run.
  if (decision.action == Action::kUpdate || decision.action == Action::kCreate) {
    for (const traits::Finding& finding : findings) {
      ctx_.report.Add(Outcome::kNotice, id, row.user_name, traits::Describe(finding));
    }
  }
  if (known.last - known.first > 1) {
    ctx_.report.Add(Outcome::kRenamed, id, row.user_name,
                    "several Teleport users carry this Okta id (an unfinished rename); those of another name "
                    "are left as they are");
  }
  switch (decision.action) {
    case Action::kNothing:
      if (row.presence() == Presence::kPresent) ++unchanged_;
      return absl::OkStatus();
    case Action::kReport:
      if (decision.outcome == Outcome::kRenamed) renamed_.insert(decision.entry);
      ctx_.report.Add(decision.outcome, id, row.user_name, std::move(decision.reason));
      return absl::OkStatus();
    case Action::kWaits:
      waiting_.push_back({id, desired->name, decision.entry});
      return absl::OkStatus();
    case Action::kCreate:
      return pool_->Push([this, user = *std::move(desired)] { Create(ctx_, user); });
    case Action::kUpdate:
      return pool_->Push(
          [this, user = *std::move(desired), entry = decision.entry] { Update(ctx_, user, entry, taken_); });
    case Action::kReturn:
      return pool_->Push([this, id, entry = decision.entry] {
        Return(ctx_, id, entry == Roster::kNone ? std::string_view() : roster_.name(entry), entry, taken_);
      });
  }
  return absl::OkStatus();
}

absl::Status Run::SettleWaiting() {
  for (const Waiting& waiting : waiting_) {
    Decision decision = DecideWaiting(waiting.name, roster_.okta_id(waiting.holder), Leaves(waiting.holder),
                                      renamed_.contains(waiting.holder));
    ctx_.report.Add(decision.outcome, waiting.okta_id, waiting.name, std::move(decision.reason));
  }
  return absl::OkStatus();
}

// The second half of R12: what would be taken from too many stays.
absl::Status Run::TakeAway() {
  Enter("taking away");
  const uint64_t limit = GuardLimit(roster_.size(), 0, options_.guard);
  TakenBook::Ruling ruling = taken_.Rule(limit);
  for (std::string& notice : ruling.notices) ctx_.report.Notice(std::move(notice));
  if (ctx_.role_missing()) return absl::OkStatus();
  for (auto& [entry, taken] : ruling.allowed) {
    OKTASYNC_RETURN_IF_ERROR(
        pool_->Push([this, id = std::string(roster_.okta_id(entry)), name = std::string(roster_.name(entry)),
                     taken = std::move(taken)] { Take(ctx_, id, name, taken); }));
  }
  return pool_->Drain();
}

void Run::Enter(const std::string& stage) {
  const absl::Duration now = clock_.SinceBoot();
  std::lock_guard lock(progress_.mutex);
  if (!progress_.stage.empty()) report_.stages.push_back({progress_.stage, now - stage_began_});
  progress_.stage = stage;
  progress_.written.store(ctx_.report.written());
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

void Run::MarkAll(Roster::Range range, Roster::Mark mark) {
  for (Roster::Index i = range.first; i < range.last; ++i) roster_.SetMark(i, mark);
}

// The audit log of Teleport shows each run; a failure to write it stops nothing (R21).
void Run::EmitAudit(const absl::Status& outcome) {
  if (report_.org_id.empty() || report_.cluster.empty()) return;  // neither side was reached
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
  TimedCancel last(kLastCalls, outer_, kLastCallsWhenStopped);
  const absl::Status emitted = real_target_.EmitUserSync(event, last.cancel());
  if (!emitted.ok()) {
    ctx_.report.Notice("the audit event of this run could not be written: " + Message(emitted));
  }
}

}  // namespace oktasync::reconcile
