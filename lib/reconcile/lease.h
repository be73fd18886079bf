// One runner per source (rule R20): a semaphore lease of Teleport's, held as long as the loop lives, kept alive
// by a thread, and asked before every write.
//
// Whether it is held is judged by CLOCK_BOOTTIME, which counts a suspended machine's sleep, and from before
// each renewal was sent: a process that was paused past its lease finds it gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "reconcile/options.h"
#include "reconcile/target.h"

namespace oktasync::reconcile {

class LeaseKeeper {
 public:
  // kAlreadyExists when another runner holds it: the message says so. `clock` gives the corrected time, for
  // the lease's end is an absolute time in the server's eyes.
  static absl::StatusOr<std::unique_ptr<LeaseKeeper>> Acquire(Target& target, const std::string& name,
                                                              const std::string& holder,
                                                              const LeaseOptions& options, const Clock& clock,
                                                              LogSink& log, Cancel& cancel);
  // Ends the thread; a lease that was not released runs out by itself.
  ~LeaseKeeper();
  // Ends the thread and gives the lease back, as long as `cancel` lets it.
  void Release(Cancel& cancel);

  // OK, or kAborted: the lease has run out or was lost.
  absl::Status Check() const;

  // How much later than by our clock the lease's end is put, because the server's clock is ahead of ours: by
  // `safety` more than this at most. Zero as long as it is ahead by less than `safety`, or behind, which only
  // lets the lease of somebody who was killed stand longer. Up to a term more than needed.
  absl::Duration server_ahead() const { return server_ahead_; }

 private:
  LeaseKeeper(Target& target, teleport::Lease lease, absl::Duration asked_at, absl::Duration ahead,
              const LeaseOptions& options, const Clock& clock, LogSink& log);
  void KeepAlive();
  void LetGo();
  void Extend(absl::Duration asked_at);

  Target& target_;
  const LeaseOptions options_;
  const Clock& clock_;
  LogSink& log_;
  const absl::Duration server_ahead_;
  teleport::Lease lease_;               // the thread's own after Acquire
  std::atomic<int64_t> held_until_ns_;  // SinceBoot
  std::atomic<bool> lost_{false};
  Cancel stop_;
  Thread thread_;
};

// The lease that outlives a run: taken by the first, kept between them, given back in the end. While another
// runner has it, each run finds that out anew. Thread-compatible: for the loop's thread.
class LeaseSlot {
 public:
  // What Acquire says, unless the lease is held already.
  absl::StatusOr<LeaseKeeper*> Hold(Target& target, const std::string& name, const LeaseOptions& options,
                                    const Clock& clock, LogSink& log, Cancel& cancel);
  // Lets go of a lease that has run out, so that things may be read again. Not during a run: what it has under
  // way must not be sent after all.
  void DropIfLost();
  void Release(Cancel& cancel);

 private:
  std::unique_ptr<LeaseKeeper> keeper_;
  std::string name_;
};

// The target that a run writes through: every write asks the lease first.
std::unique_ptr<Target> UnderLease(Target& target, const LeaseKeeper& lease);

}  // namespace oktasync::reconcile
