// Host certificates of one who is a member already. Source: Teleport's lib/auth/auth_with_roles.go
// (GenerateHostCerts: same host id, same role), facts seen on an 18.0.0 auth server.
#include <grpcpp/client_context.h>

#include "base/status.h"
#include "base/text.h"
#include "teleport/client_impl.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {

absl::StatusOr<std::string> GrpcClient::GetClusterCas(Cancel& cancel) {
  ::proto::GetClusterCACertResponse response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run(
      {"GetClusterCACert", "", Repeat::kRead}, cancel, [&](Stubs& stubs, grpc::ClientContext* context) {
        response.Clear();
        return stubs.auth.GetClusterCACert(context, google::protobuf::Empty(), &response);
      }));
  return response.tlsca();
}

// Twice is as good as once: whoever gets two certificates uses the later one.
absl::StatusOr<HostCerts> GrpcClient::GenerateHostCerts(const HostCertsRequest& asked, Cancel& cancel) {
  ::proto::HostCertsRequest request;
  request.set_hostid(asked.host_id);
  request.set_nodename(asked.host_id);
  request.set_role("Okta");
  request.set_publictlskey(asked.public_key_pem);
  request.set_publicsshkey(asked.public_ssh_key);
  ::proto::Certs response;
  OKTASYNC_RETURN_IF_ERROR(
      caller_.Run({"GenerateHostCerts", "host " + Escape(asked.host_id), Repeat::kIdempotentWrite}, cancel,
                  [&](Stubs& stubs, grpc::ClientContext* context) {
                    response.Clear();
                    return stubs.auth.GenerateHostCerts(context, request, &response);
                  }));
  return CertsOf(response.tls(), {response.tlscacerts().begin(), response.tlscacerts().end()});
}

HostCerts CertsOf(const std::string& tls, const std::vector<std::string>& cas) {
  HostCerts out;
  out.cert_pem = tls;
  for (const std::string& ca : cas) {
    out.ca_pem += ca;
    if (!out.ca_pem.empty() && out.ca_pem.back() != '\n') out.ca_pem += '\n';
  }
  return out;
}

}  // namespace oktasync::teleport
