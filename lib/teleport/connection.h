// Hands out the connection to the auth server that calls go through, and makes a new one when need be.
//
// Used by call.cc. Thread-safe; no callback of the host runs under the lock. One caller connects at a time,
// the others wait for what comes of it, each listening to its own Cancel.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "teleport/client.h"
#include "teleport/tunnel.h"

namespace oktasync::teleport {

struct Stubs;  // gRPC's, in stubs.h

// One living connection. Whoever holds it keeps it open; it is dropped when nobody does.
struct Link {
  std::shared_ptr<Tunnel> tunnel;
  std::shared_ptr<Stubs> stubs;
  std::string who;  // whom the server sees, for messages
  // Some call was answered through it: the server accepts us.
  std::atomic<bool> proved{false};
};

class Connection {
 public:
  // All must outlive the connection.
  Connection(const ClientOptions& options, const Clock& clock, LogSink& log, const SendGate& gate);

  // The present link, or a new one. Makes one attempt, or waits for the one that another caller makes; after
  // a failed attempt the next one begins later: 100 ms, doubled each time up to 5 s, with jitter.
  // kUnavailable may be tried again; kUnauthenticated, kFailedPrecondition and kInvalidArgument not.
  absl::StatusOr<std::shared_ptr<Link>> Get(Cancel& cancel);

  // `link` failed a call: the next Get makes a new one. Calls in flight on it go on until they end.
  void Retire(const std::shared_ptr<Link>& link);

  // The next Get makes a new link, with the identity source's present answer.
  void Renew();

 private:
  // Called with the lock held, and returns with it; waits without it.
  absl::Status ConnectOnce(std::unique_lock<std::mutex>& lock, Cancel& cancel);
  absl::StatusOr<std::shared_ptr<Link>> Connect(Cancel& cancel);
  absl::StatusOr<std::shared_ptr<Link>> LinkOf(absl::StatusOr<std::shared_ptr<Tunnel>> tunnel,
                                               const std::string& who);
  // Both under the lock. What Drop returns is to be destroyed without it: that joins a thread.
  void CountFailure();
  std::shared_ptr<Link> Drop();

  const ClientOptions& options_;
  const Clock& clock_;
  LogSink& log_;
  const SendGate& gate_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Link> link_;
  uint64_t identity_epoch_ = 0;
  bool connecting_ = false;
  uint64_t attempts_ = 0;      // finished ones
  absl::Status last_attempt_;  // how the last finished one ended
  int failures_ = 0;           // in a row
  Deadline next_attempt_ = Deadline::After(absl::ZeroDuration());
};

// Wait after the `failures`th failure in a row; `unit` in [0, 1) is the jitter: half to all of the full wait.
absl::Duration Backoff(int failures, double unit);

}  // namespace oktasync::teleport
