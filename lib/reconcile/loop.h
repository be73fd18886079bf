// The continuous reconciliation loop: one thread that runs at an interval, on request, and until stopped.
//
// Thread-safe, except that Start, Stop and the destructor are for one caller. A request while a run is under
// way is served by one more run after it; several such requests share it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/log.h"
#include "reconcile/options.h"
#include "reconcile/report.h"
#include "reconcile/source.h"
#include "reconcile/target.h"

namespace oktasync::reconcile {

// Where a run is, for a progress bar.
struct Progress {
  uint64_t run_id = 0;  // 0: no run is under way
  RunKind kind = RunKind::kSync;
  std::string stage;
  uint64_t seen = 0;      // people read from Okta so far
  uint64_t expected = 0;  // about how many there will be: the roster; 0 when not known
  uint64_t written = 0;   // writes to Teleport so far
  // What reading those that are still expected takes at the least by Okta's rate window; nullopt: not known.
  std::optional<absl::Duration> left = std::nullopt;
  // So much longer nothing is asked of Okta, because of its rate window; zero: it is asked.
  absl::Duration rate_wait = absl::ZeroDuration();
};

struct LoopStatus {
  bool running = false;  // the loop's thread is up
  bool failed = false;   // the loop's thread died of an error of ours; `last_error` says of what
  Progress progress;
  uint64_t last_run_id = 0;  // of the last finished sync, 0 for none
  absl::Status last_outcome;
  absl::Time last_ended = absl::InfinitePast();
  absl::Time last_whole_walk = absl::InfinitePast();
  absl::Time next_run = absl::InfiniteFuture();
  std::string standby;  // why runs are left to another runner; "" when this one runs
  std::string alarm;  // no whole walk for too long (R23): what that means and what to do; "" when all is well
  std::vector<HeldSet> held;         // of the last finished sync
  std::vector<std::string> to_mend;  // LoopOptions::to_mend, as of the last run
  std::string last_error;
  uint64_t runs = 0;
};

class Loop {
 public:
  virtual ~Loop() = default;
  virtual absl::Status Start() = 0;
  // Cancels the run under way, joins the thread: within a second. Idempotent.
  virtual void Stop() = 0;
  // The id under which the report will be found. kFailedPrecondition when the loop is not running.
  virtual absl::StatusOr<uint64_t> Request(RunKind kind) = 0;
  // Lets a held set through (R14) and asks for a sync that carries it out; the answer is that run's id. `digest`
  // names a set that a run of this process has shown; or, with `plan_json`, one of a saved plan, where "" will do
  // if it has only one. Nothing is remembered across a restart.
  // Errors: kNotFound, kInvalidArgument, kFailedPrecondition (too old, or not running).
  virtual absl::StatusOr<uint64_t> Approve(std::string_view digest, std::string_view plan_json) = 0;
  // What a run would decide about one person, by Okta user id or by the name of a Teleport user, as the JSON of
  // explain.h. Blocking: reads both sides, on the calling thread; ended by Stop.
  virtual absl::StatusOr<std::string> Explain(const std::string& query) = 0;
  virtual LoopStatus status() const = 0;
  // kNotFound: never heard of, or forgotten; kUnavailable: not finished yet.
  virtual absl::StatusOr<std::shared_ptr<const Report>> ReportOf(uint64_t run_id) const = 0;
};

std::unique_ptr<Loop> MakeLoop(LoopOptions loop, Options options, Source& source, Target& target,
                               CorrectedClock& clock, LogSink& log);

}  // namespace oktasync::reconcile
