// The product's two interfaces over a world: what Runner hands to the product. For runner.cc and adapters.cc.
//
// Every outgoing call of a process passes the Gate, where the run's fault strikes and the clock moves.
#pragma once

#include "history/runner.h"

namespace history {

class Runner::Gate {
 public:
  enum class Call { kOkta, kTeleportRead, kTeleportWrite, kLease };

  Gate(World& world, std::function<void(const std::string&)> meanwhile)
      : world_(world), meanwhile_(std::move(meanwhile)) {}

  void Begin(int process, int run, const Fault& fault, oktasync::Cancel* cancel);
  void set_cancel(oktasync::Cancel* cancel) { cancel_ = cancel; }

  World& world() { return world_; }
  int process() const { return process_; }
  int run() const { return run_; }
  bool killed() const { return killed_; }
  bool struck() const { return struck_; }
  int calls() const { return calls_; }
  void SendOnlyUntil(absl::Duration since_boot) { send_until_ = since_boot; }

  // Does `work` if the process lives and nothing goes wrong before, and hands on its answer if nothing goes
  // wrong after.
  template <class Result, class Work>
  Result Pass(oktasync::Cancel& cancel, Call call, Work work) {
    if (absl::Status before = Before(cancel, call); !before.ok()) return before;
    Result result = work();
    if (absl::Status after = After(call); !after.ok()) return after;
    return result;
  }

  // Whether the fault of this kind strikes now; `count` is how often it could have, from 1.
  bool Strikes(Fault::Kind kind, int count);
  bool Is(Fault::Kind kind) const { return fault_.kind == kind; }
  int n() const { return fault_.n; }
  void Strike() { struck_ = true; }

  // A read that is about to be sent; gives the entry what came before.
  Entry BeginRead(Entry::What what, const std::string& id = {}) const;
  Entry BeginWrite(Entry::What what, const std::string& name) const;

  std::string about;  // who is read singly in the call under way
  int locks_written = 0;
  int app_reads = 0;

 private:
  absl::Status Before(oktasync::Cancel& cancel, Call call);
  absl::Status After(Call call);
  absl::Status Kill();

  World& world_;
  std::function<void(const std::string&)> meanwhile_;
  Fault fault_;
  oktasync::Cancel* cancel_ = nullptr;  // of the run under way
  int process_ = 0;
  int run_ = 0;
  int calls_ = 0;
  int reads_ = 0;   // of Teleport
  int writes_ = 0;  // to Teleport
  bool killed_ = false;
  bool struck_ = false;
  absl::Duration send_until_ = absl::InfiniteDuration();
};

class Runner::Source final : public oktasync::okta::Client {
 public:
  explicit Source(Gate& gate) : gate_(gate) {}

  absl::StatusOr<oktasync::okta::Org> ReadOrg(oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::okta::App> ReadApp(oktasync::Cancel& cancel) override;
  std::unique_ptr<oktasync::okta::AppUserWalk> WalkAppUsers(oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::okta::UserRead> ReadUser(const std::string& id, oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::okta::AssignmentRead> ReadAssignment(const std::string& id,
                                                                oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::okta::Group> FindGroup(const std::string& name_or_id,
                                                  oktasync::Cancel& cancel) override;
  absl::Status ListGroupMembers(const std::string& group_id,
                                const std::function<absl::Status(std::string_view okta_id)>& visit,
                                oktasync::Cancel& cancel) override;
  std::vector<oktasync::okta::RateWindow> RateWindows() const override { return {}; }

 private:
  absl::Status FaultOf(const std::string& id);

  Gate& gate_;
};

class Runner::Target final : public oktasync::teleport::Client {
 public:
  explicit Target(Gate& gate) : gate_(gate) {}

  absl::StatusOr<oktasync::teleport::ServerInfo> Ping(oktasync::Cancel& cancel) override;
  absl::Status ListUsers(const std::function<absl::Status(const oktasync::UserRecord&)>& visit,
                         oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::UserRecord> GetUser(const std::string& name, oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::UserRecord> CreateUser(const oktasync::UserRecord& user,
                                                  oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::UserRecord> UpdateUser(const oktasync::UserRecord& user,
                                                  oktasync::Cancel& cancel) override;
  absl::Status DeleteUser(const std::string& name, oktasync::Cancel& cancel) override;
  absl::Status UpsertLock(const oktasync::LockRecord& lock, oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::LockRecord> GetLock(const std::string& name, oktasync::Cancel& cancel) override;
  absl::StatusOr<std::vector<oktasync::LockRecord>> GetLocks(const std::vector<std::string>& users,
                                                             bool in_force_only,
                                                             oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::RoleFacts> GetRole(const std::string& name, oktasync::Cancel& cancel) override;
  absl::StatusOr<oktasync::teleport::Lease> AcquireLease(const std::string& kind, const std::string& name,
                                                         const std::string& holder, absl::Time expires,
                                                         oktasync::Cancel& cancel) override;
  absl::Status KeepLeaseAlive(const oktasync::teleport::Lease& lease, absl::Time new_expires,
                              oktasync::Cancel& cancel) override;
  absl::Status CancelLease(const oktasync::teleport::Lease& lease, oktasync::Cancel& cancel) override;
  absl::Status EmitUserSync(const oktasync::teleport::UserSyncEvent& event,
                            oktasync::Cancel& cancel) override;
  void SendOnlyUntil(absl::Duration since_boot) override { gate_.SendOnlyUntil(since_boot); }
  void IdentityChanged() override {}

 private:
  Gate& gate_;
};

}  // namespace history
