// One instance of the C interface: a config::Service, the host's callbacks, and the way from created to
// stopped.
//
// Thread-safe, except that Start, Stop and the destructor are for one caller at a time (plugin.h, rule 6).
// An instance runs once: created, running, stopping, stopped.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/thread.h"
#include "config/service.h"
#include "documents.h"
#include "host_binding.h"
#include "log_relay.h"
#include "reconcile/report.h"

namespace oktasync::plugin {

class Instance {
 public:
  // `config` has no problems. Reads files and asks the host for the identity; connects to nothing.
  static absl::StatusOr<std::unique_ptr<Instance>> Create(config::Config config, const HostBinding& host,
                                                          int32_t sign_algorithm, bool on_request);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  absl::Status Start();
  // kDeadlineExceeded: still running.
  absl::Status Stop(uint64_t timeout_ns);
  bool MayDestroy() const;

  absl::StatusOr<uint64_t> Request(reconcile::RunKind kind);
  absl::StatusOr<uint64_t> Approve(std::string_view digest, std::string_view plan_json);
  absl::StatusOr<std::string> Explain(std::string_view who);
  std::string Status();

  struct Piece {
    std::shared_ptr<const std::string> document;
    std::string_view text;  // within *document
  };
  // kNotFound, kUnavailable, kOutOfRange as plugin.h says. `max_bytes` 0: one MiB.
  absl::StatusOr<Piece> Report(uint64_t run_id, uint64_t offset, uint64_t max_bytes);

  absl::Status IdentityChanged();

 private:
  enum class State { kCreated, kRunning, kStopping, kStopped };
  // The service, kept from being taken down for as long as this lives; not a lock.
  class Use;

  Instance(const HostBinding& host, bool on_request)
      : host_(host), on_request_(on_request), log_(host.table, host.ctx) {}

  void RunFinished(const reconcile::Report& report);
  void StartStopper();
  void TakeDown();
  void KeepReports(reconcile::Loop& loop);
  absl::StatusOr<std::shared_ptr<const reconcile::Report>> Find(uint64_t run_id);
  absl::StatusOr<std::shared_ptr<const std::string>> Render(uint64_t run_id);
  void Remember(uint64_t run_id);

  const HostBinding host_;
  const bool on_request_;
  LogRelay log_;                  // outlives service_
  std::unique_ptr<Clock> clock_;  // the host's, or null; outlives service_

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kCreated;
  std::unique_ptr<config::Service> service_;  // null once stopped
  uint64_t uses_ = 0;                         // calls into service_ that are under way
  bool closed_ = false;                       // no new ones
  bool taking_down_ = false;                  // a thread is at it
  std::deque<uint64_t> known_runs_;           // whose reports are worth keeping when the service goes
  uint64_t audit_events_failed_ = 0;
  std::string last_error_;

  // What status and report answer from once service_ is gone.
  reconcile::LoopStatus final_status_;
  std::map<uint64_t, std::shared_ptr<const reconcile::Report>> kept_;

  // The document that is being read in pieces.
  uint64_t rendered_run_ = 0;
  std::shared_ptr<const std::string> rendered_;

  Thread stopper_;
};

}  // namespace oktasync::plugin
