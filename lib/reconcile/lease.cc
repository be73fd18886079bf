#include "reconcile/lease.h"

#include <utility>

#include "base/status.h"
#include "base/timed_cancel.h"
#include "reconcile/target_filter.h"

namespace oktasync::reconcile {
namespace {

class LeasedTarget final : public TargetFilter {
 public:
  LeasedTarget(Target& target, const LeaseKeeper& lease) : TargetFilter(target), lease_(lease) {}

  absl::StatusOr<UserRecord> CreateUser(const UserRecord& user, Cancel& cancel) override {
    OKTASYNC_RETURN_IF_ERROR(lease_.Check());
    return inner().CreateUser(user, cancel);
  }
  absl::StatusOr<UserRecord> UpdateUser(const UserRecord& user, Cancel& cancel) override {
    OKTASYNC_RETURN_IF_ERROR(lease_.Check());
    return inner().UpdateUser(user, cancel);
  }
  absl::Status DeleteUser(const std::string& name, Cancel& cancel) override {
    OKTASYNC_RETURN_IF_ERROR(lease_.Check());
    return inner().DeleteUser(name, cancel);
  }
  absl::Status UpsertLock(const LockRecord& lock, Cancel& cancel) override {
    OKTASYNC_RETURN_IF_ERROR(lease_.Check());
    return inner().UpsertLock(lock, cancel);
  }

 private:
  const LeaseKeeper& lease_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LeaseKeeper>> LeaseKeeper::Acquire(Target& target, const std::string& name,
                                                                  const std::string& holder,
                                                                  const LeaseOptions& options,
                                                                  const Clock& clock, LogSink& log,
                                                                  Cancel& cancel) {
  const absl::Duration asked_at = clock.SinceBoot();
  auto lease = target.AcquireLease(kLeaseKind, name, holder, clock.Now() + options.term, cancel);
  if (!lease.ok()) {
    if (!teleport::IsLeaseTaken(lease.status())) return Annotate(lease.status(), "taking the lease");
    return MakeStatus(absl::StatusCode::kUnavailable,
                      "another oktasync holds the lease oktasync/" + name +
                          " and is syncing this app; this run is left to it. If no other one runs, the lease "
                          "of one that was killed ends by itself within " +
                          absl::FormatDuration(options.term));
  }
  std::unique_ptr<LeaseKeeper> keeper(
      new LeaseKeeper(target, *std::move(lease), asked_at, options, clock, log));
  auto thread = Thread::Start("oktasync-lease", [raw = keeper.get()] { raw->KeepAlive(); });
  if (!thread.ok()) return thread.status();
  keeper->thread_ = *std::move(thread);
  return keeper;
}

LeaseKeeper::LeaseKeeper(Target& target, teleport::Lease lease, absl::Duration asked_at,
                         const LeaseOptions& options, const Clock& clock, LogSink& log)
    : target_(target), options_(options), clock_(clock), log_(log), lease_(std::move(lease)) {
  Extend(asked_at);
}

LeaseKeeper::~LeaseKeeper() {
  stop_.Request();
  thread_.Join();
  if (lost_.load()) return;
  // Briefly, so that stopping stays quick when Teleport hangs; the lease then runs out by itself.
  TimedCancel brief(absl::Milliseconds(300));
  target_.CancelLease(lease_, brief.cancel()).IgnoreError();
}

absl::Status LeaseKeeper::Check() const {
  const bool held = !lost_.load() && absl::ToInt64Nanoseconds(clock_.SinceBoot()) < held_until_ns_.load();
  if (held) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kAborted,
                    "the lease " + lease_.kind + "/" + lease_.name +
                        " has run out or was lost, so another oktasync may be running by now; nothing more "
                        "is written in this run");
}

void LeaseKeeper::Extend(absl::Duration asked_at) {
  held_until_ns_.store(absl::ToInt64Nanoseconds(asked_at + options_.term - options_.safety));
}

void LeaseKeeper::KeepAlive() {
  absl::Duration wait = options_.term / 4;
  while (stop_.SleepFor(wait)) {
    const absl::Duration asked_at = clock_.SinceBoot();
    const absl::Time expires = clock_.Now() + options_.term;
    const absl::Status kept = target_.KeepLeaseAlive(lease_, expires, stop_);
    if (kept.ok()) {
      lease_.expires = expires;
      Extend(asked_at);
      wait = options_.term / 4;
      continue;
    }
    if (stop_.requested()) return;
    if (kept.code() == absl::StatusCode::kNotFound) {
      lost_.store(true);
      log_.Write(LogLevel::kError, "reconcile", "the lease was lost; nothing more is written in this run",
                 {{"lease", lease_.name}, {"error", Message(kept)}});
      return;
    }
    log_.Write(LogLevel::kWarn, "reconcile", "the lease could not be renewed; trying again",
               {{"lease", lease_.name}, {"error", Message(kept)}});
    wait = options_.term / 20;
  }
}

std::unique_ptr<Target> UnderLease(Target& target, const LeaseKeeper& lease) {
  return std::make_unique<LeasedTarget>(target, lease);
}

}  // namespace oktasync::reconcile
