#include "oauth/cached_source.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/exception.h"
#include "base/status.h"

namespace oktasync::oauth {
namespace {

constexpr double kRenewAt = 0.85;                            // of the lifetime
constexpr double kEndsAt = 0.98;                             // the rest is for a request on its way
constexpr absl::Duration kRenewalPause = absl::Seconds(30);  // after a renewal that failed

class CachedSource final : public TokenSource {
 public:
  CachedSource(Mint mint, const Clock& clock, LogSink& log)
      : mint_(std::move(mint)), clock_(clock), log_(log) {}

  absl::StatusOr<AccessToken> Get(Cancel& cancel) override {
    {
      std::lock_guard lock(mutex_);
      if (MayUse() && (minting_ || !RenewalIsDue())) return *token_;
    }
    // The callback takes the mutex, so that a stop between the check and the wait is not missed.
    Cancel::Registration wake(cancel, [this] {
      std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    while (minting_) {
      if (MayUse()) return *token_;
      const uint64_t awaited = mints_;
      changed_.wait(lock, [&] { return !minting_ || mints_ != awaited || cancel.requested(); });
      OKTASYNC_RETURN_IF_ERROR(cancel.Check("waiting for an access token of Okta"));
      // Its failure is ours too, unless it was stopped for a reason of its own.
      if (failed_mint_ == awaited && !absl::IsCancelled(failure_)) return failure_;
    }
    if (MayUse() && !RenewalIsDue()) return *token_;
    return MintNow(lock, cancel);
  }

  void Refused(uint64_t generation) override {
    std::lock_guard lock(mutex_);
    if (token_.has_value() && token_->generation == generation) token_.reset();
  }

 private:
  bool MayUse() const { return token_.has_value() && clock_.SinceBoot() < ends_at_; }
  bool RenewalIsDue() const { return clock_.SinceBoot() >= renew_at_; }

  absl::StatusOr<AccessToken> MintNow(std::unique_lock<std::mutex>& lock, Cancel& cancel) {
    const bool patient = !MayUse();
    const uint64_t mint = ++mints_;
    minting_ = true;
    lock.unlock();
    absl::StatusOr<MintedToken> minted = [&]() -> absl::StatusOr<MintedToken> {
      try {
        return mint_(patient, cancel);
      } catch (...) {  // above all: whoever waits must be woken
        return MakeStatus(absl::StatusCode::kResourceExhausted,
                          "cannot make an access token: " + CurrentException());
      }
    }();
    lock.lock();
    minting_ = false;
    changed_.notify_all();
    if (minted.ok()) {
      token_ = AccessToken{std::move(minted->value), ++generation_, std::move(minted->dpop)};
      renew_at_ = minted->begun + minted->lifetime * kRenewAt;
      ends_at_ = minted->begun + minted->lifetime * kEndsAt;
      return *token_;
    }
    failed_mint_ = mint;
    failure_ = minted.status();
    // Only if it was not refused meanwhile.
    if (!MayUse() || absl::IsCancelled(failure_)) return failure_;
    renew_at_ = clock_.SinceBoot() + kRenewalPause;
    const AccessToken old = *token_;
    const absl::Duration left = ends_at_ - clock_.SinceBoot();
    lock.unlock();  // never call the host under a lock
    log_.Write(LogLevel::kWarn, "oauth",
               "Okta's access token could not be renewed; the old one is used as long as it lives",
               {{"left", absl::FormatDuration(left)}, {"error", Describe(minted.status())}});
    return old;
  }

  const Mint mint_;
  const Clock& clock_;
  LogSink& log_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<AccessToken> token_;
  absl::Duration renew_at_;
  absl::Duration ends_at_;
  uint64_t generation_ = 0;
  bool minting_ = false;
  uint64_t mints_ = 0;        // begun
  uint64_t failed_mint_ = 0;  // the last one that failed, and how
  absl::Status failure_;
};

}  // namespace

std::unique_ptr<TokenSource> MakeCachedSource(Mint mint, const Clock& clock, LogSink& log) {
  return std::make_unique<CachedSource>(std::move(mint), clock, log);
}

}  // namespace oktasync::oauth
