#include "history/adapters.h"

#include "base/status.h"

namespace history {

using oktasync::Cancel;
using oktasync::LockRecord;
using oktasync::MakeStatus;
using oktasync::UserRecord;

namespace {

// Longer than a lease, and than a read may be old when it is cited.
constexpr absl::Duration kSlow = absl::Seconds(90);

absl::Status Unavailable(const char* what) { return MakeStatus(absl::StatusCode::kUnavailable, what); }

}  // namespace

void Runner::Gate::Begin(int process, int run, const Fault& fault, Cancel* cancel) {
  process_ = process;
  run_ = run;
  fault_ = fault;
  cancel_ = cancel;
  calls_ = reads_ = writes_ = locks_written = app_reads = 0;
  killed_ = struck_ = false;
}

bool Runner::Gate::Strikes(Fault::Kind kind, int count) {
  if (fault_.kind != kind || fault_.n != count) return false;
  struck_ = true;
  return true;
}

absl::Status Runner::Gate::Kill() {
  killed_ = struck_ = true;
  if (cancel_ != nullptr) cancel_->Request();
  return Unavailable("the process was killed");
}

absl::Status Runner::Gate::Before(Cancel& cancel, Call call) {
  if (killed_) return Unavailable("the process was killed");
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("calling"));
  world_.clock.Advance(world_.settings.tick);
  ++calls_;
  if (Strikes(Fault::Kind::kKilledBefore, calls_)) return Kill();
  if (Strikes(Fault::Kind::kStop, calls_)) {
    cancel_->Request();
    return cancel.Check("calling");
  }
  const bool slow_meanwhile = Strikes(Fault::Kind::kSlowMeanwhile, calls_);
  // A write that is under way already cannot be called back, so it is late only where the tunnel stops it.
  if (slow_meanwhile && (call != Call::kTeleportWrite || world_.clock.SinceBoot() + kSlow >= send_until_)) {
    world_.clock.Advance(kSlow);
  }
  if (slow_meanwhile || Strikes(Fault::Kind::kMeanwhile, calls_)) meanwhile_(about);
  // The answer to a write is slow; a read is looked up late.
  if (call != Call::kTeleportWrite && Strikes(Fault::Kind::kSlow, calls_)) world_.clock.Advance(kSlow);
  if (call == Call::kTeleportRead && Strikes(Fault::Kind::kTeleportRead, ++reads_)) {
    return Unavailable("connection cut");
  }
  if (call != Call::kTeleportWrite) return absl::OkStatus();
  if (world_.clock.SinceBoot() >= send_until_) {
    return MakeStatus(absl::StatusCode::kAborted, "not sent: the lease has run out");
  }
  ++writes_;
  if (Strikes(Fault::Kind::kWriteFails, writes_)) return Unavailable("connection cut");
  if (Strikes(Fault::Kind::kWriteRefused, writes_)) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "rate limit exceeded");
  }
  return absl::OkStatus();
}

absl::Status Runner::Gate::After(Call call) {
  about.clear();
  if (call == Call::kTeleportWrite && Strikes(Fault::Kind::kSlow, calls_)) world_.clock.Advance(kSlow);
  if (Strikes(Fault::Kind::kKilledAfter, calls_)) return Kill();
  if (call == Call::kTeleportWrite && Strikes(Fault::Kind::kAnswerLost, writes_)) {
    return Unavailable("connection cut before the answer");
  }
  return absl::OkStatus();
}

Entry Runner::Gate::BeginRead(Entry::What what, const std::string& id) const {
  Entry entry;
  entry.what = what;
  entry.process = process_;
  entry.run = run_;
  entry.id = id;
  entry.began_seq = world_.seq() + 1;
  entry.began_boot = world_.clock.SinceBoot();
  return entry;
}

Entry Runner::Gate::BeginWrite(Entry::What what, const std::string& name) const {
  Entry entry;
  entry.what = what;
  entry.process = process_;
  entry.run = run_;
  entry.name = name;
  return entry;
}

absl::StatusOr<oktasync::teleport::ServerInfo> Runner::Target::Ping(Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<oktasync::teleport::ServerInfo>>(
      cancel, Gate::Call::kTeleportRead, [this] {
        return oktasync::teleport::ServerInfo{gate_.world().settings.frozen ? "" : "example.com", "18.1.0"};
      });
}

absl::Status Runner::Target::ListUsers(const std::function<absl::Status(const UserRecord&)>& visit,
                                       Cancel& cancel) {
  return gate_.Pass<absl::Status>(cancel, Gate::Call::kTeleportRead, [&]() -> absl::Status {
    World& world = gate_.world();
    world.teleport.Tick(world.ServerNow());
    for (const auto& [name, user] : world.teleport.users.Listed()) OKTASYNC_RETURN_IF_ERROR(visit(*user));
    return absl::OkStatus();
  });
}

absl::StatusOr<UserRecord> Runner::Target::GetUser(const std::string& name, Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<UserRecord>>(
      cancel, Gate::Call::kTeleportRead, [&]() -> absl::StatusOr<UserRecord> {
        OKTASYNC_ASSIGN_OR_RETURN(const UserPtr user,
                                  gate_.world().teleport.GetUser(name, gate_.world().ServerNow()));
        return *user;
      });
}

absl::StatusOr<UserRecord> Runner::Target::CreateUser(const UserRecord& user, Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<UserRecord>>(
      cancel, Gate::Call::kTeleportWrite, [&]() -> absl::StatusOr<UserRecord> {
        World& world = gate_.world();
        Entry entry = gate_.BeginWrite(Entry::What::kCreate, user.name);
        OKTASYNC_ASSIGN_OR_RETURN(entry.user_after, world.teleport.CreateUser(user, world.ServerNow()));
        UserRecord answer = *entry.user_after;
        world.Note(std::move(entry));
        return answer;
      });
}

absl::StatusOr<UserRecord> Runner::Target::UpdateUser(const UserRecord& user, Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<UserRecord>>(
      cancel, Gate::Call::kTeleportWrite, [&]() -> absl::StatusOr<UserRecord> {
        World& world = gate_.world();
        Entry entry = gate_.BeginWrite(Entry::What::kUpdate, user.name);
        entry.user_before = world.teleport.users.Find(user.name);
        if (gate_.Is(Fault::Kind::kLoginBetween) && !gate_.struck() && entry.user_before != nullptr) {
          gate_.Strike();
          world.PutForeignUser(*entry.user_before);
          entry.user_before = world.teleport.users.Find(user.name);
        }
        OKTASYNC_ASSIGN_OR_RETURN(entry.user_after, world.teleport.UpdateUser(user, world.ServerNow()));
        UserRecord answer = *entry.user_after;
        world.Note(std::move(entry));
        return answer;
      });
}

absl::Status Runner::Target::DeleteUser(const std::string& name, Cancel& cancel) {
  return gate_.Pass<absl::Status>(cancel, Gate::Call::kTeleportWrite, [&]() -> absl::Status {
    World& world = gate_.world();
    Entry entry = gate_.BeginWrite(Entry::What::kDelete, name);
    entry.user_before = world.teleport.users.Find(name);
    OKTASYNC_RETURN_IF_ERROR(world.teleport.DeleteUser(name, world.ServerNow()));
    world.Note(std::move(entry));
    return absl::OkStatus();
  });
}

absl::Status Runner::Target::UpsertLock(const LockRecord& lock, Cancel& cancel) {
  return gate_.Pass<absl::Status>(cancel, Gate::Call::kTeleportWrite, [&]() -> absl::Status {
    World& world = gate_.world();
    Entry entry = gate_.BeginWrite(Entry::What::kLock, lock.user);
    entry.lock_before = world.teleport.locks.Find(lock.name);
    if (lock.InForce(world.ServerNow())) {
      entry.dud = gate_.Strikes(Fault::Kind::kDudLock, ++gate_.locks_written);
    }
    OKTASYNC_ASSIGN_OR_RETURN(entry.lock_after,
                              world.teleport.UpsertLock(lock, world.ServerNow(), entry.dud));
    world.Note(std::move(entry));
    return absl::OkStatus();
  });
}

absl::StatusOr<LockRecord> Runner::Target::GetLock(const std::string& name, Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<LockRecord>>(
      cancel, Gate::Call::kTeleportRead, [&]() -> absl::StatusOr<LockRecord> {
        OKTASYNC_ASSIGN_OR_RETURN(const LockPtr lock,
                                  gate_.world().teleport.GetLock(name, gate_.world().ServerNow()));
        return *lock;
      });
}

absl::StatusOr<std::vector<LockRecord>> Runner::Target::GetLocks(const std::vector<std::string>& users,
                                                                 bool in_force_only, Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<std::vector<LockRecord>>>(
      cancel, Gate::Call::kTeleportRead, [&]() -> absl::StatusOr<std::vector<LockRecord>> {
        std::vector<LockRecord> found;
        World& world = gate_.world();
        for (const LockPtr& lock : world.teleport.GetLocks(users, in_force_only, world.ServerNow())) {
          found.push_back(*lock);
        }
        return found;
      });
}

absl::StatusOr<oktasync::RoleFacts> Runner::Target::GetRole(const std::string& name, Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<oktasync::RoleFacts>>(
      cancel, Gate::Call::kTeleportRead, [&] { return gate_.world().teleport.GetRole(name); });
}

absl::StatusOr<oktasync::teleport::Lease> Runner::Target::AcquireLease(const std::string& kind,
                                                                       const std::string& name,
                                                                       const std::string& /*holder*/,
                                                                       absl::Time expires, Cancel& cancel) {
  using Answer = absl::StatusOr<oktasync::teleport::Lease>;
  return gate_.Pass<Answer>(cancel, Gate::Call::kLease, [&]() -> Answer {
    World& world = gate_.world();
    auto lease = world.teleport.AcquireLease(kind, name, expires, world.ServerNow());
    if (lease.ok()) world.Note(gate_.BeginWrite(Entry::What::kLease, ""));
    return lease;
  });
}

absl::Status Runner::Target::KeepLeaseAlive(const oktasync::teleport::Lease& lease, absl::Time new_expires,
                                            Cancel& cancel) {
  return gate_.Pass<absl::Status>(cancel, Gate::Call::kLease, [&] {
    return gate_.world().teleport.KeepLeaseAlive(lease, new_expires, gate_.world().ServerNow());
  });
}

absl::Status Runner::Target::CancelLease(const oktasync::teleport::Lease& lease, Cancel& cancel) {
  return gate_.Pass<absl::Status>(cancel, Gate::Call::kLease, [&] {
    return gate_.world().teleport.CancelLease(lease, gate_.world().ServerNow());
  });
}

absl::Status Runner::Target::EmitUserSync(const oktasync::teleport::UserSyncEvent&, Cancel& cancel) {
  return gate_.Pass<absl::Status>(cancel, Gate::Call::kLease, [] { return absl::OkStatus(); });
}

}  // namespace history
