// proto.AuthService as far as an Okta user sync uses it: ping, host certificates, locks, roles, semaphores, audit events, with
// the checks and words of the real one (facts/teleport-api.md 0.2, 1, 3.2-3.4, 3.7, 6). Thread-safe, as gRPC
// demands.
#pragma once

#include "auth/desk.h"
#include "auth/host_ca.h"
#include "auth/world.h"
#include "teleport/legacy/client/proto/authservice.grpc.pb.h"

namespace playground {

class AuthRpc final : public proto::AuthService::Service {
 public:
  AuthRpc(World& world, Desk& desk, const HostCa& ca) : world_(world), desk_(desk), ca_(ca) {}

  grpc::Status Ping(grpc::ServerContext* context, const proto::PingRequest* request,
                    proto::PingResponse* response) override;

  grpc::Status GetClusterCACert(grpc::ServerContext* context, const google::protobuf::Empty* request,
                                proto::GetClusterCACertResponse* response) override;
  grpc::Status GenerateHostCerts(grpc::ServerContext* context, const proto::HostCertsRequest* request,
                                 proto::Certs* response) override;

  grpc::Status UpsertLock(grpc::ServerContext* context, const types::LockV2* request,
                          google::protobuf::Empty* response) override;
  grpc::Status GetLock(grpc::ServerContext* context, const proto::GetLockRequest* request,
                       types::LockV2* response) override;
  grpc::Status GetLocks(grpc::ServerContext* context, const proto::GetLocksRequest* request,
                        proto::GetLocksResponse* response) override;
  grpc::Status DeleteLock(grpc::ServerContext* context, const proto::DeleteLockRequest* request,
                          google::protobuf::Empty* response) override;

  grpc::Status GetRole(grpc::ServerContext* context, const proto::GetRoleRequest* request,
                       types::RoleV6* response) override;
  grpc::Status ListRoles(grpc::ServerContext* context, const proto::ListRolesRequest* request,
                         proto::ListRolesResponse* response) override;

  grpc::Status GetSAMLConnector(grpc::ServerContext* context,
                                const types::ResourceWithSecretsRequest* request,
                                types::SAMLConnectorV2* response) override;
  grpc::Status GetSAMLConnectors(grpc::ServerContext* context,
                                 const types::ResourcesWithSecretsRequest* request,
                                 types::SAMLConnectorV2List* response) override;

  grpc::Status AcquireSemaphore(grpc::ServerContext* context, const types::AcquireSemaphoreRequest* request,
                                types::SemaphoreLease* response) override;
  grpc::Status KeepAliveSemaphoreLease(grpc::ServerContext* context, const types::SemaphoreLease* request,
                                       google::protobuf::Empty* response) override;
  grpc::Status CancelSemaphoreLease(grpc::ServerContext* context, const types::SemaphoreLease* request,
                                    google::protobuf::Empty* response) override;
  grpc::Status GetSemaphores(grpc::ServerContext* context, const types::SemaphoreFilter* request,
                             proto::Semaphores* response) override;

  grpc::Status EmitAuditEvent(grpc::ServerContext* context, const events::OneOf* request,
                              google::protobuf::Empty* response) override;

 private:
  World& world_;
  Desk& desk_;
  const HostCa& ca_;
};

}  // namespace playground
