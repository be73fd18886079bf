// proto.JoinService, and the two calls of proto.AuthService about host certificates: what they check, in the words
// and codes of the real one (facts/teleport-api.md 0.2 "Joining", 4.4). Thread-safe, as gRPC demands.
#pragma once

#include "auth/desk.h"
#include "auth/host_ca.h"
#include "auth/world.h"
#include "teleport/legacy/client/proto/authservice.grpc.pb.h"
#include "teleport/legacy/client/proto/joinservice.grpc.pb.h"

namespace playground {

class JoinRpc final : public proto::JoinService::Service {
 public:
  JoinRpc(World& world, Desk& desk, const HostCa& ca) : world_(world), desk_(desk), ca_(ca) {}

  grpc::Status RegisterUsingToken(grpc::ServerContext* context,
                                  const types::RegisterUsingTokenRequest* request,
                                  proto::Certs* response) override;

 private:
  World& world_;
  Desk& desk_;
  const HostCa& ca_;
};

// Of AuthRpc::GenerateHostCerts. `caller` has a certificate.
grpc::Status ReissueHostCerts(World& world, const HostCa& ca, const PeerIdentity& caller,
                              const proto::HostCertsRequest& request, proto::Certs* response);

}  // namespace playground
