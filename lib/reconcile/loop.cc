#include "reconcile/loop.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {
namespace {

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
    next_run_ = clock_.SinceBoot() + (loop_.first_run_at_once ? absl::ZeroDuration() : JitteredInterval());
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
    if (!status_.running || status_.failed) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "the loop is not running; start it first");
    }
    for (const Wanted& wanted : queue_) {
      if (wanted.kind == kind) return wanted.run_id;  // has not begun: one run serves both
    }
    queue_.push_back({next_id_, kind});
    changed_.notify_all();
    return next_id_++;
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
    } else if (status.running) {
      status.next_run = clock_.Now() + (next_run_ - clock_.SinceBoot());
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
  };

  absl::Duration JitteredInterval() const {
    return loop_.interval * (1.0 + loop_.jitter * (2.0 * RandomUnit() - 1.0));
  }

  void Work() {
    std::unique_lock lock(mutex_);
    while (!cancel_.requested()) {
      const absl::Duration now = clock_.SinceBoot();
      Wanted wanted{0, RunKind::kSync};
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
  }

  void OneRun(const Wanted& wanted, std::unique_lock<std::mutex>& lock) {
    progress_ = std::make_shared<RunProgress>();
    status_.progress = {};
    status_.progress.run_id = wanted.run_id;
    status_.progress.kind = wanted.kind;
    const auto progress = progress_;
    lock.unlock();

    Run run(wanted.kind, options_, source_, target_, clock_, log_, cancel_, *progress, org_id_);
    auto report = std::make_shared<Report>(run.Execute());
    report->run_id = wanted.run_id;
    Tell(*report);

    lock.lock();
    // The org that answered first is the org of this process: a change is refused from then on.
    if (org_id_.empty() && report->outcome.ok()) org_id_ = report->org_id;
    status_.progress = {};
    if (report->walk_whole) status_.last_whole_walk = report->ended;
    if (wanted.kind == RunKind::kSync) {
      status_.last_run_id = wanted.run_id;
      status_.last_outcome = report->outcome;
      status_.last_ended = report->ended;
      ++status_.runs;
      next_run_ = clock_.SinceBoot() + JitteredInterval();
    }
    reports_[wanted.run_id] = report;
    while (reports_.size() > loop_.keep_reports) reports_.erase(reports_.begin());
    if (loop_.finished != nullptr) {
      lock.unlock();
      loop_.finished(*report);
      lock.lock();
    }
  }

  void Tell(const Report& report) {
    const auto count = [&](const char* what) {
      const auto it = report.counts.find(what);
      return std::to_string(it == report.counts.end() ? 0 : it->second);
    };
    const bool stopped = report.outcome.code() == absl::StatusCode::kCancelled;
    const LogLevel level = report.outcome.ok() || stopped ? LogLevel::kInfo : LogLevel::kError;
    const std::string kind = report.kind == RunKind::kPlan ? "plan" : "run";
    log_.Write(level, "reconcile", report.outcome.ok() ? kind + " finished" : kind + " stopped",
               {{"run", std::to_string(report.run_id)},
                {"outcome", Describe(report.outcome)},
                {"seen", count("seen")},
                {"unchanged", count("unchanged")},
                {"created", count("created")},
                {"updated", count("updated")},
                {"removed", count("removed")},
                {"held", std::to_string(report.held.okta_ids.size())},
                {"failed", count("failed")}});
    if (!report.held.empty()) {
      log_.Write(LogLevel::kWarn, "reconcile", "the guard holds removals",
                 {{"digest", report.held.digest}, {"reason", report.held.reason}});
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
  uint64_t next_id_ = 1;
  std::string org_id_;  // written by the loop's thread only
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
