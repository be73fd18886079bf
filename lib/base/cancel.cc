#include "base/cancel.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/status.h"

namespace oktasync {

void Cancel::Request() {
  std::unique_lock lock(mutex_);
  if (requested_) return;
  requested_ = true;
  changed_.notify_all();
  while (!callbacks_.empty()) {
    auto node = callbacks_.extract(callbacks_.begin());
    running_ = node.key();
    lock.unlock();
    node.mapped()();
    lock.lock();
    running_ = 0;
    changed_.notify_all();
  }
}

bool Cancel::requested() const {
  std::lock_guard lock(mutex_);
  return requested_;
}

bool Cancel::SleepFor(absl::Duration duration) const {
  // wait_for adds to the present time and would overflow: "for ever" would end at once.
  constexpr absl::Duration kForEver = absl::Hours(24 * 365 * 10);
  std::unique_lock lock(mutex_);
  if (duration >= kForEver) {
    changed_.wait(lock, [this] { return requested_; });
    return false;
  }
  return !changed_.wait_for(lock, absl::ToChronoNanoseconds(duration), [this] { return requested_; });
}

absl::Status Cancel::Check(std::string_view what) const {
  if (!requested()) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kCancelled, "stopped while " + std::string(what));
}

Cancel::Registration::Registration(Cancel& cancel, std::function<void()> callback) : cancel_(cancel) {
  {
    std::lock_guard lock(cancel_.mutex_);
    id_ = cancel_.next_id_++;
    if (!cancel_.requested_) {
      cancel_.callbacks_.emplace(id_, std::move(callback));
      return;
    }
  }
  callback();
}

Cancel::Registration::~Registration() {
  std::unique_lock lock(cancel_.mutex_);
  cancel_.callbacks_.erase(id_);
  cancel_.changed_.wait(lock, [this] { return cancel_.running_ != id_; });
}

}  // namespace oktasync
