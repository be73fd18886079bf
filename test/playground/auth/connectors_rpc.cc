// The calls of AuthRpc about SAML connectors (facts/teleport-api.md 0.2, 3.5). Without any, as on the open-source
// edition, the words are the same as for one that is missing. Secrets are never given.
#include "auth/auth_rpc.h"

namespace playground {

using grpc::Status;
using grpc::StatusCode;

Status AuthRpc::GetSAMLConnector(grpc::ServerContext* context,
                                 const types::ResourceWithSecretsRequest* request,
                                 types::SAMLConnectorV2* response) {
  return desk_.Serve(
      *context, {"GetSAMLConnector", request->name(), "read", "saml"}, [&](const Visit&) -> Status {
        if (request->withsecrets()) return {StatusCode::PERMISSION_DENIED, "access denied"};
        if (request->name().empty()) return {StatusCode::INVALID_ARGUMENT, "missing parameter Name"};
        std::lock_guard lock(world_.mutex);
        const auto connector = world_.saml_connectors.find(request->name());
        if (connector == world_.saml_connectors.end()) {
          return {StatusCode::NOT_FOUND, "SAML connector \"" + request->name() + "\" is not configured"};
        }
        *response = connector->second;
        return Status::OK;
      });
}

Status AuthRpc::GetSAMLConnectors(grpc::ServerContext* context,
                                  const types::ResourcesWithSecretsRequest* request,
                                  types::SAMLConnectorV2List* response) {
  return desk_.Serve(*context, {"GetSAMLConnectors", "", "list", "saml"}, [&](const Visit&) -> Status {
    if (request->withsecrets()) return {StatusCode::PERMISSION_DENIED, "access denied"};
    std::lock_guard lock(world_.mutex);
    for (const auto& [name, connector] : world_.saml_connectors) *response->add_samlconnectors() = connector;
    return Status::OK;
  });
}

}  // namespace playground
