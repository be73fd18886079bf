#include "reconcile/lease.h"

#include <unistd.h>

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "reconcile/target_filter.h"

namespace oktasync::reconcile {
namespace {

// A server whose clock is further ahead is not worked with.
constexpr absl::Duration kMostAhead = absl::Minutes(15);

std::string HolderName() {
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + "-" + std::to_string(getpid()) + "-" + RandomHex(4);
}

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
  absl::Status DeleteLock(const std::string& name, Cancel& cancel) override {
    OKTASYNC_RETURN_IF_ERROR(lease_.Check());
    return inner().DeleteLock(name, cancel);
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
  // First for no longer than the difference between the clocks that we accept: a server whose clock is further
  // ahead than that sees an end in the past and refuses. Were it asked for the whole term, the lease would run
  // out on the server while we still rely on it. An end that it accepts bounds how far ahead it is, and
  // `ahead` puts the ends that we ask for so much later that `safety` suffices again.
  absl::Duration ahead = absl::ZeroDuration();
  absl::Duration asked_at;
  absl::StatusOr<teleport::Lease> lease = absl::UnknownError("");
  for (;; ahead += options.term) {
    lease = target.AcquireLease(kLeaseKind, name, holder, clock.Now() + ahead + options.safety, cancel);
    absl::Status refused = lease.status();
    if (lease.ok()) {
      asked_at = clock.SinceBoot();
      const absl::Time expires = clock.Now() + ahead + options.term;
      refused = target.KeepLeaseAlive(*lease, expires, cancel);
      lease->expires = expires;
      if (refused.ok()) break;
      // Its end can have been so near that it passed before this came.
      if (refused.code() != absl::StatusCode::kNotFound) return Annotate(refused, "prolonging the lease");
    } else if (teleport::IsLeaseTaken(refused)) {
      return MakeStatus(
          absl::StatusCode::kAlreadyExists,
          "another oktasync holds the lease oktasync/" + name +
              " and is syncing this app; this run is left to it. If no other one runs, the lease "
              "of one that was killed ends by itself within " +
              absl::FormatDuration(ahead > absl::ZeroDuration() ? 2 * options.term : options.term));
    } else if (refused.code() != absl::StatusCode::kInvalidArgument) {
      return Annotate(refused, "taking the lease");
    }
    if (ahead < kMostAhead) continue;
    return Annotate(refused,
                    "taking the lease: the auth server's clock is ahead of ours by more than " +
                        absl::FormatDuration(ahead) +
                        ", so no lease can be relied on and nothing is written; mend the clocks (NTP)");
  }
  std::unique_ptr<LeaseKeeper> keeper(
      new LeaseKeeper(target, *std::move(lease), asked_at, ahead, options, clock, log));
  auto thread = Thread::Start("oktasync-lease", [raw = keeper.get()] { raw->KeepAlive(); });
  if (!thread.ok()) return thread.status();
  keeper->thread_ = *std::move(thread);
  return keeper;
}

LeaseKeeper::LeaseKeeper(Target& target, teleport::Lease lease, absl::Duration asked_at, absl::Duration ahead,
                         const LeaseOptions& options, const Clock& clock, LogSink& log)
    : target_(target),
      options_(options),
      clock_(clock),
      log_(log),
      server_ahead_(ahead),
      lease_(std::move(lease)) {
  Extend(asked_at);
}

LeaseKeeper::~LeaseKeeper() { LetGo(); }

void LeaseKeeper::LetGo() {
  stop_.Request();
  thread_.Join();
  target_.SendOnlyUntil(absl::InfiniteDuration());
}

void LeaseKeeper::Release(Cancel& cancel) {
  LetGo();
  if (!lost_.load()) target_.CancelLease(lease_, cancel).IgnoreError();
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
  const absl::Duration until = asked_at + options_.term - options_.safety;
  held_until_ns_.store(absl::ToInt64Nanoseconds(until));
  // Not only what is begun after that is refused: what is queued by then never leaves.
  target_.SendOnlyUntil(until);
}

void LeaseKeeper::KeepAlive() {
  absl::Duration wait = options_.term / 4;
  while (stop_.SleepFor(wait)) {
    const absl::Duration asked_at = clock_.SinceBoot();
    const absl::Time expires = clock_.Now() + server_ahead_ + options_.term;
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
    if (!Check().ok()) {
      lost_.store(true);
      log_.Write(LogLevel::kError, "reconcile",
                 "the lease has run out before it could be renewed; it is taken anew by the next run",
                 {{"lease", lease_.name}, {"error", Message(kept)}});
      return;
    }
    log_.Write(LogLevel::kWarn, "reconcile", "the lease could not be renewed; trying again",
               {{"lease", lease_.name}, {"error", Message(kept)}});
    wait = options_.term / 20;
  }
}

absl::StatusOr<LeaseKeeper*> LeaseSlot::Hold(Target& target, const std::string& name,
                                             const LeaseOptions& options, const Clock& clock, LogSink& log,
                                             Cancel& cancel) {
  if (keeper_ != nullptr && name_ == name && keeper_->Check().ok()) return keeper_.get();
  keeper_.reset();
  OKTASYNC_ASSIGN_OR_RETURN(keeper_,
                            LeaseKeeper::Acquire(target, name, HolderName(), options, clock, log, cancel));
  name_ = name;
  return keeper_.get();
}

void LeaseSlot::DropIfLost() {
  if (keeper_ != nullptr && !keeper_->Check().ok()) keeper_.reset();
}

void LeaseSlot::Release(Cancel& cancel) {
  if (keeper_ != nullptr) keeper_->Release(cancel);
  keeper_.reset();
}

std::unique_ptr<Target> UnderLease(Target& target, const LeaseKeeper& lease) {
  return std::make_unique<LeasedTarget>(target, lease);
}

}  // namespace oktasync::reconcile
