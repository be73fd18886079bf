// Lets bytes out only while the lease holds (DESIGN rule R20).
//
// A process that was paused past its lease wakes up with calls half way: in gRPC's queues, in the socketpair,
// in the pump's buffer. None of that may reach Teleport, where another runner may be at work by now. So the
// pump asks here before each write, by the clock that counts a suspended machine's sleep. A connection enters with
// a pass that ends when the gate closes: one that lived through that is not used again, for what is still queued
// in it was meant under the old lease.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "base/clock.h"

namespace oktasync::teleport {

class SendGate {
 public:
  // `clock` must outlive the gate. Open to begin with.
  explicit SendGate(const Clock& clock) : clock_(clock) {}

  // By Clock::SinceBoot(); InfiniteDuration: open. True when it had closed, so that the passes have ended.
  bool OpenUntil(absl::Duration since_boot) {
    const bool had_closed = Closed();
    if (had_closed) term_.fetch_add(1);
    until_ns_.store(absl::ToInt64Nanoseconds(since_boot));
    return had_closed;
  }
  bool Closed() const {
    const int64_t until = until_ns_.load();
    return until != kNever && absl::ToInt64Nanoseconds(clock_.SinceBoot()) >= until;
  }

  class Pass {
   public:
    Pass() = default;  // never ends
    bool Ended() const { return gate_ != nullptr && (gate_->term_.load() != term_ || gate_->Closed()); }

   private:
    friend class SendGate;
    Pass(const SendGate& gate, uint64_t term) : gate_(&gate), term_(term) {}

    const SendGate* gate_ = nullptr;
    uint64_t term_ = 0;
  };
  // The gate must outlive it.
  Pass Enter() const { return Pass(*this, term_.load()); }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();  // what infinity converts to

  const Clock& clock_;
  std::atomic<int64_t> until_ns_{kNever};
  std::atomic<uint64_t> term_{0};  // how often it was opened after it had closed
};

}  // namespace oktasync::teleport
