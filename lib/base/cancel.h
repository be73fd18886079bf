// A request to stop that every wait in the house listens to.
//
// Thread-safe. One Cancel belongs to one run or one instance; who waits holds a reference and never
// outlives it. Once requested it stays requested.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace oktasync {

class Cancel {
 public:
  Cancel() = default;
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;

  // Wakes every sleeper and runs every registered callback, on this thread.
  void Request();
  bool requested() const;

  // Sleeps; false when woken by Request (or requested before).
  bool SleepFor(absl::Duration duration) const;

  // OK, or kCancelled with `what` named: "stopped while <what>".
  absl::Status Check(std::string_view what) const;

  // Keeps `callback` registered as long as it lives. The destructor waits for a callback that is running,
  // so the callback must not take a lock that the destructor's caller holds.
  class Registration {
   public:
    Registration(Cancel& cancel, std::function<void()> callback);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Cancel& cancel_;
    uint64_t id_;
  };

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool requested_ = false;
  uint64_t next_id_ = 1;
  uint64_t running_ = 0;  // id of the callback being run, 0 for none
  std::map<uint64_t, std::function<void()>> callbacks_;
};

}  // namespace oktasync
