#include "instance.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>
#include <utility>

#include "base/status.h"

namespace oktasync::plugin {
namespace {

constexpr uint64_t kDefaultPiece = uint64_t{1} << 20;
constexpr size_t kKnownRuns = 64;
// "Never" as an interval of the loop: InfiniteDuration does not survive arithmetic with jitter.
constexpr absl::Duration kNever = absl::Hours(24 * 3650);

absl::Status NotRunning(std::string_view what) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    std::string(what) + " needs a running instance: it was not started, or is stopped");
}

}  // namespace

class Instance::Use {
 public:
  // Null when the service is gone or about to go.
  static std::optional<Use> Of(Instance& instance) {
    std::lock_guard lock(instance.mutex_);
    if (instance.closed_ || instance.service_ == nullptr) return std::nullopt;
    ++instance.uses_;
    return Use(instance);
  }
  ~Use() {
    if (instance_ == nullptr) return;
    // Notified under the mutex: the instance may be gone as soon as it is released.
    std::lock_guard lock(instance_->mutex_);
    if (--instance_->uses_ == 0) instance_->changed_.notify_all();
  }
  Use(Use&& other) noexcept : instance_(std::exchange(other.instance_, nullptr)) {}
  Use& operator=(Use&&) = delete;
  config::Service* operator->() const { return instance_->service_.get(); }

 private:
  explicit Use(Instance& instance) : instance_(&instance) {}
  Instance* instance_;
};

absl::StatusOr<std::unique_ptr<Instance>> Instance::Create(config::Config config, const HostBinding& host,
                                                           int32_t sign_algorithm, bool on_request) {
  std::unique_ptr<Instance> instance(new Instance(host, on_request));
  instance->clock_ = MakeClock(host);

  config::Host services;
  services.log = &instance->log_;
  services.clock = instance->clock_.get();
  services.identity = MakeIdentitySource(host);
  services.dial = MakeDial(host, config.teleport.connect_timeout);
  OKTASYNC_ASSIGN_OR_RETURN(services.signer, MakeSigner(host, sign_algorithm, config.key_id));

  if (on_request) {
    config.loop.first_run_at_once = false;
    config.loop.interval = kNever;
    config.loop.jitter = 0;
  }
  config.loop.finished = [self = instance.get()](const reconcile::Report& report) {
    self->RunFinished(report);
  };

  absl::StatusOr<std::unique_ptr<config::Service>> service =
      config::Service::Make(std::move(config), std::move(services));
  instance->log_.Drain();
  if (!service.ok()) return service.status();
  instance->service_ = *std::move(service);
  return instance;
}

Instance::~Instance() {
  // Only instances that were never started get here with a service.
  service_.reset();
}

absl::Status Instance::Start() {
  {
    std::lock_guard lock(mutex_);
    if (state_ != State::kCreated) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        "an instance runs once, and this one was started or stopped before; create another");
    }
    state_ = State::kRunning;
  }
  const auto undo = [this](const absl::Status& status) {
    std::lock_guard lock(mutex_);
    state_ = State::kCreated;
    return status;
  };
  if (const absl::Status started = log_.Start(); !started.ok()) return undo(started);
  // The state, not a lock, keeps Stop away: both are for one caller at a time.
  if (const absl::Status started = service_->loop().Start(); !started.ok()) return undo(started);
  return absl::OkStatus();
}

absl::Status Instance::Stop(uint64_t timeout_ns) {
  std::unique_lock lock(mutex_);
  if (state_ != State::kStopping && state_ != State::kStopped) {
    state_ = State::kStopping;
    taking_down_ = true;
    lock.unlock();
    StartStopper();
    lock.lock();
  }
  const auto settled = [this] { return state_ == State::kStopped || !taking_down_; };
  // An hour at a time: now + timeout must not overflow.
  const auto longest = std::chrono::nanoseconds(std::chrono::hours(1));
  const auto timeout =
      timeout_ns > static_cast<uint64_t>(longest.count()) ? longest : std::chrono::nanoseconds(timeout_ns);
  if (!changed_.wait_for(lock, timeout, settled)) {
    return MakeStatus(
        absl::StatusCode::kDeadlineExceeded,
        "still stopping: a callback of the host, or the network, has not returned yet; call stop "
        "again and do not destroy the instance before it says OK");
  }
  const bool stopped = state_ == State::kStopped;
  lock.unlock();
  stopper_.Join();
  // Without a thread the deadline cannot be kept, but stopping matters more.
  if (!stopped) TakeDown();
  return absl::OkStatus();
}

void Instance::StartStopper() {
  const auto nobody = [this] {
    std::lock_guard lock(mutex_);
    taking_down_ = false;
    changed_.notify_all();
  };
  try {
    absl::StatusOr<Thread> stopper = Thread::Start(
        "oktasync-stop", [this] { TakeDown(); }, [nobody](const std::string&) { nobody(); });
    if (stopper.ok()) {
      stopper_ = *std::move(stopper);
      return;
    }
  } catch (const std::bad_alloc&) {
    // As without a thread.
  }
  nobody();
}

bool Instance::MayDestroy() const {
  std::lock_guard lock(mutex_);
  return state_ == State::kCreated || state_ == State::kStopped;
}

// May be called again when an exception has ended it half-way.
void Instance::TakeDown() {
  if (service_ != nullptr) service_->loop().Stop();
  std::unique_ptr<config::Service> service;
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.wait(lock, [this] { return uses_ == 0; });
    service = std::move(service_);
  }
  try {
    if (service != nullptr) KeepReports(service->loop());
  } catch (...) {
    // Then there are no reports; the instance must be stopped all the same.
  }
  service.reset();  // ends the rooms' threads and connections
  log_.Drain();     // of an instance that was never started
  log_.Close();
  std::lock_guard lock(mutex_);
  state_ = State::kStopped;
  changed_.notify_all();
}

void Instance::KeepReports(reconcile::Loop& loop) {
  const reconcile::LoopStatus status = loop.status();
  std::lock_guard lock(mutex_);
  final_status_ = status;
  final_status_.running = false;
  final_status_.progress = {};
  if (status.last_run_id != 0) known_runs_.push_back(status.last_run_id);
  for (const uint64_t run : known_runs_) {
    if (auto report = loop.ReportOf(run); report.ok()) kept_[run] = *std::move(report);
  }
}

void Instance::Remember(uint64_t run_id) {
  std::lock_guard lock(mutex_);
  if (std::find(known_runs_.begin(), known_runs_.end(), run_id) != known_runs_.end()) return;
  known_runs_.push_back(run_id);
  if (known_runs_.size() > kKnownRuns) known_runs_.pop_front();
}

void Instance::RunFinished(const reconcile::Report& report) {
  try {
    Remember(report.run_id);
    if (report.kind != reconcile::RunKind::kSync) return;
    const absl::Status sent = SendAuditEvent(host_, kUserSyncEvent, UserSyncDocument(report));
    if (sent.ok()) return;
    log_.Write(LogLevel::kWarn, "plugin", "the host did not take the audit event of a run",
               {{"run_id", std::to_string(report.run_id)}, {"error", oktasync::Describe(sent)}});
  } catch (...) {
    // The run itself is done; what is lost is the host's copy of its event, and that is counted.
  }
  std::lock_guard lock(mutex_);
  ++audit_events_failed_;
}

absl::StatusOr<uint64_t> Instance::Request(reconcile::RunKind kind) {
  const std::string_view what = kind == reconcile::RunKind::kPlan ? "plan" : "sync_now";
  {
    std::lock_guard lock(mutex_);
    if (state_ != State::kRunning) return NotRunning(what);
  }
  const std::optional<Use> use = Use::Of(*this);
  if (!use) return NotRunning(what);
  OKTASYNC_ASSIGN_OR_RETURN(const uint64_t run_id, (*use)->loop().Request(kind));
  Remember(run_id);
  return run_id;
}

absl::StatusOr<uint64_t> Instance::Approve(std::string_view digest, std::string_view plan_json) {
  const std::optional<Use> use = Use::Of(*this);
  if (!use) return NotRunning("approve");
  OKTASYNC_ASSIGN_OR_RETURN(const uint64_t run_id, (*use)->loop().Approve(digest, plan_json));
  Remember(run_id);
  return run_id;
}

absl::StatusOr<std::string> Instance::Explain(std::string_view who) {
  {
    std::lock_guard lock(mutex_);
    if (state_ != State::kRunning) return NotRunning("explain");
  }
  const std::optional<Use> use = Use::Of(*this);
  if (!use) return NotRunning("explain");
  return (*use)->loop().Explain(std::string(who));
}

std::string Instance::Status() {
  reconcile::LoopStatus loop;
  bool live = false;
  if (const std::optional<Use> use = Use::Of(*this)) {
    loop = (*use)->loop().status();
    live = true;
  }
  InstanceFacts facts;
  facts.on_request = on_request_;
  facts.log_lines_dropped = log_.dropped();
  {
    std::lock_guard lock(mutex_);
    static constexpr std::string_view kNames[] = {"created", "running", "stopping", "stopped"};
    facts.state = kNames[static_cast<size_t>(state_)];
    facts.last_error = last_error_;
    facts.audit_events_failed = audit_events_failed_;
    if (!live) loop = final_status_;
  }
  return StatusDocument(loop, facts);
}

absl::StatusOr<std::shared_ptr<const reconcile::Report>> Instance::Find(uint64_t run_id) {
  if (const std::optional<Use> use = Use::Of(*this)) return (*use)->loop().ReportOf(run_id);
  std::lock_guard lock(mutex_);
  const auto it = kept_.find(run_id);
  if (it != kept_.end()) return it->second;
  return MakeStatus(absl::StatusCode::kNotFound,
                    "no report of run " + std::to_string(run_id) +
                        ": it was never asked for, was stopped before it began, or is forgotten");
}

absl::StatusOr<std::shared_ptr<const std::string>> Instance::Render(uint64_t run_id) {
  {
    std::lock_guard lock(mutex_);
    if (rendered_run_ == run_id && rendered_ != nullptr) return rendered_;
  }
  OKTASYNC_ASSIGN_OR_RETURN(const std::shared_ptr<const reconcile::Report> report, Find(run_id));
  auto text = std::make_shared<const std::string>(ReportDocument(*report));
  std::lock_guard lock(mutex_);
  rendered_run_ = run_id;
  rendered_ = text;
  return text;
}

absl::StatusOr<Instance::Piece> Instance::Report(uint64_t run_id, uint64_t offset, uint64_t max_bytes) {
  OKTASYNC_ASSIGN_OR_RETURN(std::shared_ptr<const std::string> document, Render(run_id));
  if (offset > document->size()) {
    return MakeStatus(absl::StatusCode::kOutOfRange, "offset " + std::to_string(offset) +
                                                         " is beyond the report's " +
                                                         std::to_string(document->size()) + " bytes");
  }
  const uint64_t limit = max_bytes == 0 ? kDefaultPiece : max_bytes;
  Piece piece{document, std::string_view(*document).substr(offset, limit)};
  if (offset + piece.text.size() == document->size()) {
    // Read to the end: a report of a big import is not kept twice.
    std::lock_guard lock(mutex_);
    if (rendered_ == document) rendered_.reset();
  }
  return piece;
}

absl::Status Instance::IdentityChanged() {
  const std::optional<Use> use = Use::Of(*this);
  if (!use) return NotRunning("identity_changed");
  (*use)->IdentityChanged();
  return absl::OkStatus();
}

}  // namespace oktasync::plugin
