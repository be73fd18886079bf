#include "reconcile/loop.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "base/timed_cancel.h"
#include "nlohmann/json.hpp"
#include "reconcile/lease.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {
namespace {

// How long giving the lease back may take.
constexpr absl::Duration kLeaseReturn = absl::Seconds(10);
constexpr absl::Duration kLeaseReturnWhenStopped = absl::Milliseconds(300);

class LoopImpl final : public Loop {
 public:
  LoopImpl(LoopOptions loop, Options options, Source& source, Target& target, CorrectedClock& clock,
           LogSink& log)
      : loop_(loop),
        options_(std::move(options)),
        source_(source),
        target_(target),
        clock_(clock),
        log_(log) {}

  ~LoopImpl() override { Stop(); }

  absl::Status Start() override {
    std::lock_guard lock(mutex_);
    if (cancel_.requested()) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "the loop was stopped; make a new one");
    }
    if (status_.running) return absl::OkStatus();
    whole_walk_at_ = clock_.SinceBoot();
    next_run_ =
        clock_.SinceBoot() + (loop_.first_run_at_once ? absl::ZeroDuration() : Jittered(loop_.interval));
    auto thread = Thread::Start(
        "oktasync-run", [this] { Work(); }, [this](const std::string& what) { Died(what); });
    if (!thread.ok()) return thread.status();
    thread_ = *std::move(thread);
    status_.running = true;
    return absl::OkStatus();
  }

  void Stop() override {
    cancel_.Request();
    {
      std::lock_guard lock(mutex_);
      changed_.notify_all();
    }
    thread_.Join();
    std::lock_guard lock(mutex_);
    status_.running = false;
  }

  absl::StatusOr<uint64_t> Request(RunKind kind) override {
    std::lock_guard lock(mutex_);
    return RequestLocked(kind);
  }

  absl::StatusOr<uint64_t> Approve(std::string_view digest, std::string_view plan_json) override {
    std::lock_guard lock(mutex_);
    absl::StatusOr<Approval> approval =
        plan_json.empty() ? ShownSet(digest) : ApprovalFromPlan(plan_json, digest);
    if (!approval.ok()) return approval.status();
    OKTASYNC_RETURN_IF_ERROR(CheckAge(*approval, clock_.Uncorrected()));
    OKTASYNC_RETURN_IF_ERROR(CheckSource(*approval));
    OKTASYNC_RETURN_IF_ERROR(CheckKind(*approval));
    if (spent_.contains(SpentKey(*approval))) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        "the approval of " + approval->digest +
                            " was carried out already, and holds once; look at the last report");
    }
    OKTASYNC_ASSIGN_OR_RETURN(const uint64_t run_id, RequestLocked(RunKind::kSync));
    std::erase_if(approvals_, [&](const Approval& known) { return known.digest == approval->digest; });
    approvals_.push_back(*std::move(approval));
    return run_id;
  }

  absl::StatusOr<std::string> Explain(const std::string& query) override {
    RunInput input;
    {
      std::lock_guard lock(mutex_);
      Remember(&input);
    }
    RunProgress progress;
    LeaseSlot no_lease;
    Run run(RunKind::kPlan, options_, source_, target_, clock_, log_, cancel_, progress, no_lease,
            std::move(input));
    OKTASYNC_ASSIGN_OR_RETURN(Explanation explanation, run.Explain(query));
    {
      std::lock_guard lock(mutex_);
      for (const HeldSet& set : status_.held) {
        if (std::any_of(set.items.begin(), set.items.end(),
                        [&](const HeldItem& item) { return item.okta_id == explanation.okta_id; })) {
          explanation.sentences.push_back("The last sync held this person in the set " + set.digest +
                                          ", which waits for an approval: " + set.reason + ".");
        }
      }
    }
    return DumpJson(ToJson(explanation));
  }

  LoopStatus status() const override {
    std::lock_guard lock(mutex_);
    LoopStatus status = status_;
    if (status.progress.run_id != 0) {
      std::lock_guard progress_lock(progress_->mutex);
      status.progress.stage = progress_->stage;
      status.progress.seen = progress_->seen.load();
      status.progress.expected = progress_->expected.load();
      status.progress.written = progress_->written.load();
      const Progress& now = status.progress;
      status.progress.rate_wait = source_.RateWait();
      if (now.expected > now.seen) status.progress.left = source_.TimeForPeople(now.expected - now.seen);
    } else if (status.running) {
      status.next_run = clock_.Uncorrected() + (next_run_ - clock_.SinceBoot());
    }
    return status;
  }

  absl::StatusOr<std::shared_ptr<const Report>> ReportOf(uint64_t run_id) const override {
    std::lock_guard lock(mutex_);
    const auto it = reports_.find(run_id);
    if (it != reports_.end()) return it->second;
    const bool waits = run_id == status_.progress.run_id ||
                       std::any_of(queue_.begin(), queue_.end(),
                                   [&](const Wanted& wanted) { return wanted.run_id == run_id; });
    if (run_id != 0 && waits) {
      return MakeStatus(absl::StatusCode::kUnavailable,
                        "run " + std::to_string(run_id) + " has not finished yet");
    }
    return MakeStatus(absl::StatusCode::kNotFound, "no report of run " + std::to_string(run_id) +
                                                       ": there was no such run, or its report is "
                                                       "older than the " +
                                                       std::to_string(loop_.keep_reports) + " that are kept");
  }

 private:
  struct Wanted {
    uint64_t run_id;
    RunKind kind;
    bool asked;  // by somebody, not by the interval
  };

  // With mutex_ held.
  absl::StatusOr<uint64_t> RequestLocked(RunKind kind) {
    if (!status_.running || status_.failed) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "the loop is not running; start it first");
    }
    for (const Wanted& wanted : queue_) {
      if (wanted.kind == kind) return wanted.run_id;  // has not begun: one run serves both
    }
    queue_.push_back({next_id_, kind, true});
    changed_.notify_all();
    return next_id_++;
  }

  // A sync removes nobody by an approved cleanup, nor the other way round.
  absl::Status CheckKind(const Approval& approval) const {
    if ((approval.kind == HeldKind::kCleanup) == options_.cleanup) return absl::OkStatus();
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        options_.cleanup
            ? "the set " + approval.digest + " is of a sync, and this is a cleanup: it lets nothing through"
            : "the set " + approval.digest +
                  " is of a cleanup, which a sync does not carry out: stop all hosts of this sync, and run "
                  "`oktasync cleanup --approve " +
                  approval.digest + "`");
  }

  // With mutex_ held. The org is known once a run has seen it; until then the run itself refuses.
  absl::Status CheckSource(const Approval& approval) const {
    const std::string known = org_id_.empty() ? options_.pinned_org_id : org_id_;
    const size_t slash = approval.source.find('/');
    const bool same_org = known.empty() || approval.source.substr(0, slash) == known;
    const std::string& app = options_.app_id.empty() ? found_.app_id : options_.app_id;
    if (same_org && (app.empty() || approval.source.substr(slash + 1) == app)) return absl::OkStatus();
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the plan is for another org or app (" + Escape(approval.source, 128) +
                          "); this sync is for app " + app + (known.empty() ? "" : " of org " + known) +
                          ". Make a plan here, look at it, and approve that");
  }

  static std::string SpentKey(const Approval& approval) {
    return approval.digest + "/" + std::to_string(absl::ToUnixSeconds(approval.planned));
  }

  // With mutex_ held: the newest report that shows this set.
  absl::StatusOr<Approval> ShownSet(std::string_view digest) const {
    for (auto it = reports_.rbegin(); it != reports_.rend(); ++it) {
      const Report& report = *it->second;
      for (const HeldSet& set : report.held) {
        if (set.digest == digest) {
          return ApprovalOf(set, SourceId{report.org_id, report.app_id}.Label(), report.ended);
        }
      }
    }
    return MakeStatus(absl::StatusCode::kNotFound,
                      "no run of this process has shown a held set " + Escape(digest, 64) +
                          "; give the saved plan that shows it, or look at the last report");
  }

  absl::Duration Jittered(absl::Duration pause) const {
    return pause * (1.0 + loop_.jitter * (2.0 * RandomUnit() - 1.0));
  }

  // From a sync to the next one. With mutex_ held.
  absl::Duration Pause() const {
    if (failures_ == 0) return loop_.interval;
    constexpr int kMostDoublings = 20;
    return std::min(loop_.interval, loop_.retry * (int64_t{1} << std::min(failures_ - 1, kMostDoublings)));
  }

  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      lock.unlock();
      lease_.DropIfLost();
      lock.lock();
      // Asked under the lock that is held until the wait, or a stop in between would wake nobody.
      if (cancel_.requested()) break;
      const absl::Duration now = clock_.SinceBoot();
      Wanted wanted{0, RunKind::kSync, false};
      if (!queue_.empty()) {
        wanted = queue_.front();
        queue_.pop_front();
      } else if (now >= next_run_) {
        wanted.run_id = next_id_++;
      } else {
        // At most a minute at a time, for the condition's clock does not count a suspended machine's sleep.
        const absl::Duration wait = std::min(next_run_ - now, absl::Minutes(1));
        changed_.wait_for(lock, absl::ToChronoNanoseconds(wait));
        continue;
      }
      OneRun(wanted, lock);
    }
    lock.unlock();
    TimedCancel last(kLeaseReturn, cancel_, kLeaseReturnWhenStopped);
    lease_.Release(last.cancel());
  }

  // With mutex_ held.
  void Remember(RunInput* input) const {
    input->org_id = org_id_;
    input->app_id = found_.app_id;
    input->connector = found_.connector;
  }

  // With mutex_ held.
  RunInput InputFor(RunKind kind) {
    RunInput input;
    Remember(&input);
    input.overdue = clock_.SinceBoot() - whole_walk_at_ > options_.alarm_after;
    if (kind == RunKind::kSync) {
      std::erase_if(approvals_,
                    [&](const Approval& approval) { return !CheckAge(approval, clock_.Uncorrected()).ok(); });
      input.approvals = approvals_;
    }
    return input;
  }

  void OneRun(const Wanted& wanted, std::unique_lock<std::mutex>& lock) {
    progress_ = std::make_shared<RunProgress>();
    status_.progress = {};
    status_.progress.run_id = wanted.run_id;
    status_.progress.kind = wanted.kind;
    const auto progress = progress_;
    RunInput input = InputFor(wanted.kind);
    lock.unlock();

    if (loop_.before_run) loop_.before_run(cancel_);
    Run run(wanted.kind, options_, source_, target_, clock_, log_, cancel_, *progress, lease_,
            std::move(input));
    auto report = std::make_shared<Report>(run.Execute());
    report->run_id = wanted.run_id;
    std::vector<std::string> to_mend;
    if (loop_.to_mend) to_mend = loop_.to_mend();
    report->notices.insert(report->notices.end(), to_mend.begin(), to_mend.end());
    // A run that only found another runner at work says so once.
    const bool idle = report->standby && !wanted.asked;
    if (!idle || status_.standby.empty()) Tell(*report);

    lock.lock();
    // The org that answered first is the org of this process: a change is refused from then on.
    if (org_id_.empty() && report->outcome.ok()) org_id_ = report->org_id;
    // So with the app, and already when it was found: what the run did then is marked with it.
    if (!run.found().app_id.empty()) found_.app_id = run.found().app_id;
    if (!run.found().connector.empty()) found_.connector = run.found().connector;
    status_.progress = {};
    status_.to_mend = std::move(to_mend);
    if (report->walk_whole) {
      status_.last_whole_walk = report->ended;
      whole_walk_at_ = clock_.SinceBoot();
    }
    SetAlarm(*report);
    for (const Approval& approval : approvals_) {
      const auto& over = report->approvals_over;
      if (std::find(over.begin(), over.end(), approval.digest) != over.end())
        spent_.insert(SpentKey(approval));
    }
    std::erase_if(approvals_, [&](const Approval& approval) {
      // What was approved before the org was known, and is for another: this report has said so.
      const bool foreign = !org_id_.empty() && !CheckSource(approval).ok();
      return foreign || spent_.contains(SpentKey(approval));
    });
    if (wanted.kind == RunKind::kSync) {
      status_.standby = report->standby ? Message(report->outcome) : std::string();
      failures_ = report->outcome.ok() || report->standby ? 0 : failures_ + 1;
      next_run_ = clock_.SinceBoot() + (report->standby ? options_.lease.term / 4 : Jittered(Pause()));
    }
    if (idle) return;
    if (wanted.kind == RunKind::kSync) {
      status_.last_run_id = wanted.run_id;
      status_.last_outcome = report->outcome;
      status_.last_ended = report->ended;
      status_.held = report->held;
      ++status_.runs;
    }
    reports_[wanted.run_id] = report;
    while (reports_.size() > loop_.keep_reports) reports_.erase(reports_.begin());
    if (loop_.finished != nullptr) {
      lock.unlock();
      loop_.finished(*report);
      lock.lock();
    }
  }

  // With mutex_ held. The other runner of a standby has an alarm of its own.
  void SetAlarm(const Report& report) {
    const absl::Duration since = clock_.SinceBoot() - whole_walk_at_;
    if (report.standby || since <= options_.alarm_after) {
      status_.alarm.clear();
      return;
    }
    status_.alarm =
        "no whole list of the app's users has been seen for " +
        absl::FormatDuration(absl::Trunc(since, absl::Seconds(1))) +
        ", so people who were unassigned in Okta may still have access" +
        (report.swept ? "; who is deactivated or deleted there is looked up singly. The reason: "
                      : ", and so may those who were deactivated or deleted, for they could not be "
                        "looked up singly either. The reason: ") +
        Message(report.outcome);
    log_.Write(LogLevel::kError, "reconcile", status_.alarm);
  }

  void Tell(const Report& report) {
    const auto count = [&](const char* what) {
      const auto it = report.counts.find(what);
      return std::to_string(it == report.counts.end() ? 0 : it->second);
    };
    const bool stopped = report.outcome.code() == absl::StatusCode::kCancelled;
    const LogLevel level =
        report.outcome.ok() || stopped || report.standby ? LogLevel::kInfo : LogLevel::kError;
    const std::string kind = report.kind == RunKind::kPlan ? "plan" : "run";
    log_.Write(level, "reconcile", report.outcome.ok() ? kind + " finished" : kind + " stopped",
               {{"run", std::to_string(report.run_id)},
                {"outcome", Describe(report.outcome)},
                {"seen", count("seen")},
                {"unchanged", count("unchanged")},
                {"created", count("created")},
                {"updated", count("updated")},
                {"removed", count("removed")},
                {"held", std::to_string(report.held.size())},
                {"failed", count("failed")}});
    for (const HeldSet& set : report.held) {
      log_.Write(LogLevel::kWarn, "reconcile", "waits for an approval",
                 {{"kind", std::string(ToString(set.kind))},
                  {"digest", set.digest},
                  {"people", std::to_string(set.items.size())},
                  {"reason", set.reason}});
    }
    for (const std::string& notice : report.notices) log_.Write(LogLevel::kWarn, "reconcile", notice);
  }

  void Died(const std::string& what) {
    {
      std::lock_guard lock(mutex_);
      status_.failed = true;
      status_.progress = {};
      queue_.clear();  // their reports will never come
      status_.last_error = what;
    }
    log_.Write(LogLevel::kError, "reconcile",
               "the loop's thread died of an exception; create the instance anew", {{"error", what}});
  }

  const LoopOptions loop_;
  const Options options_;
  Source& source_;
  Target& target_;
  CorrectedClock& clock_;
  LogSink& log_;

  Cancel cancel_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  LoopStatus status_;
  std::deque<Wanted> queue_;
  absl::Duration next_run_;  // SinceBoot
  int failures_ = 0;         // of syncs, in a row
  uint64_t next_id_ = 1;
  std::string org_id_;
  Found found_;
  absl::Duration whole_walk_at_;  // SinceBoot, of the last whole walk; before it, of the start
  std::vector<Approval> approvals_;
  std::set<std::string> spent_;  // approvals that were carried out
  LeaseSlot lease_;              // the loop's thread's own
  std::shared_ptr<RunProgress> progress_ = std::make_shared<RunProgress>();
  std::map<uint64_t, std::shared_ptr<const Report>> reports_;
  Thread thread_;
};

}  // namespace

std::unique_ptr<Loop> MakeLoop(LoopOptions loop, Options options, Source& source, Target& target,
                               CorrectedClock& clock, LogSink& log) {
  return std::make_unique<LoopImpl>(loop, std::move(options), source, target, clock, log);
}

}  // namespace oktasync::reconcile
