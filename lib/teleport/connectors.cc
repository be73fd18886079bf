// How people log in: SAML connectors, without their secrets. The open-source edition has none.
#include <grpcpp/client_context.h>

#include "base/status.h"
#include "base/text.h"
#include "teleport/client_impl.h"
#include "teleport/codec.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {

absl::StatusOr<SamlConnector> GrpcClient::GetSamlConnector(const std::string& name, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("SAML connector", name));
  ::types::ResourceWithSecretsRequest request;
  request.set_name(name);
  ::types::SAMLConnectorV2 response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"GetSAMLConnector", "SAML connector " + Escape(name), Repeat::kRead},
                                       cancel, [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.auth.GetSAMLConnector(context, request, &response);
                                       }));
  if (response.metadata().name() != name) {
    return MakeStatus(absl::StatusCode::kDataLoss, "GetSAMLConnector of " + Escape(name) +
                                                       ": the server's answer holds another connector");
  }
  return DecodeSamlConnector(response);
}

absl::StatusOr<std::vector<SamlConnector>> GrpcClient::GetSamlConnectors(Cancel& cancel) {
  const ::types::ResourcesWithSecretsRequest request;
  ::types::SAMLConnectorV2List response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"GetSAMLConnectors", "", Repeat::kRead}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.auth.GetSAMLConnectors(context, request, &response);
                                       }));
  std::vector<SamlConnector> connectors;
  for (const ::types::SAMLConnectorV2& connector : response.samlconnectors()) {
    connectors.push_back(DecodeSamlConnector(connector));
  }
  return connectors;
}

}  // namespace oktasync::teleport
