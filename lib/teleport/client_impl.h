// The client of client.h over gRPC. Its calls are in users.cc, locks.cc, leases.cc and roles.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "teleport/call.h"
#include "teleport/client.h"
#include "teleport/send_gate.h"

namespace oktasync::teleport {

class GrpcClient final : public Client {
 public:
  GrpcClient(ClientOptions options, const Clock& clock, LogSink& log)
      : options_(std::move(options)), clock_(clock), gate_(clock), caller_(options_, clock, log, gate_) {}

  absl::StatusOr<ServerInfo> Ping(Cancel& cancel) override;

  absl::Status ListUsers(const std::function<absl::Status(const UserRecord&)>& visit,
                         Cancel& cancel) override;
  absl::StatusOr<UserRecord> GetUser(const std::string& name, Cancel& cancel) override;
  absl::StatusOr<UserRecord> CreateUser(const UserRecord& user, Cancel& cancel) override;
  absl::StatusOr<UserRecord> UpdateUser(const UserRecord& user, Cancel& cancel) override;
  absl::Status DeleteUser(const std::string& name, Cancel& cancel) override;

  absl::Status UpsertLock(const LockRecord& lock, Cancel& cancel) override;
  absl::Status DeleteLock(const std::string& name, Cancel& cancel) override;
  absl::StatusOr<LockRecord> GetLock(const std::string& name, Cancel& cancel) override;
  absl::StatusOr<std::vector<LockRecord>> GetLocks(const std::vector<std::string>& users, bool in_force_only,
                                                   Cancel& cancel) override;

  absl::StatusOr<RoleFacts> GetRole(const std::string& name, Cancel& cancel) override;
  absl::Status ListRoles(const std::function<absl::Status(const RoleFacts&)>& visit, Cancel& cancel) override;

  absl::StatusOr<SamlConnector> GetSamlConnector(const std::string& name, Cancel& cancel) override;
  absl::StatusOr<std::vector<SamlConnector>> GetSamlConnectors(Cancel& cancel) override;

  absl::StatusOr<Lease> AcquireLease(const std::string& kind, const std::string& name,
                                     const std::string& holder, absl::Time expires, Cancel& cancel) override;
  absl::Status KeepLeaseAlive(const Lease& lease, absl::Time new_expires, Cancel& cancel) override;
  absl::Status CancelLease(const Lease& lease, Cancel& cancel) override;
  absl::StatusOr<std::vector<LeaseHolder>> GetLeaseHolders(const std::string& kind, const std::string& name,
                                                           Cancel& cancel) override;

  absl::StatusOr<std::string> GetClusterCas(Cancel& cancel) override;
  absl::StatusOr<HostCerts> GenerateHostCerts(const HostCertsRequest& request, Cancel& cancel) override;

  absl::Status EmitUserSync(const UserSyncEvent& event, Cancel& cancel) override;

  void SendOnlyUntil(absl::Duration since_boot) override {
    if (gate_.OpenUntil(since_boot)) caller_.Renew();
  }
  void IdentityChanged() override { caller_.Renew(); }

 private:
  const ClientOptions options_;
  const Clock& clock_;
  SendGate gate_;
  Caller caller_;
};

// What a server issued, from its parts.
HostCerts CertsOf(const std::string& tls, const std::vector<std::string>& cas);

// Starts gRPC, once for the process. kResourceExhausted.
absl::Status KeepGrpc();

// Names that would reach another resource than they say: kInvalidArgument for "" and for one with a slash,
// which the server takes as a path. Everything else is the server's to judge.
absl::Status CheckName(std::string_view kind, std::string_view name);

}  // namespace oktasync::teleport
