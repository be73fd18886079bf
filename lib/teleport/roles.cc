// Role, ping and audit event: the small calls of proto.AuthService.
#include <grpcpp/client_context.h>

#include "base/status.h"
#include "base/text.h"
#include "teleport/client_impl.h"
#include "teleport/codec.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {

absl::StatusOr<ServerInfo> GrpcClient::Ping(Cancel& cancel) {
  const ::proto::PingRequest request;
  ::proto::PingResponse response;
  OKTASYNC_RETURN_IF_ERROR(
      caller_.Run({"Ping", "", Repeat::kRead}, cancel, [&](Stubs& stubs, grpc::ClientContext* context) {
        response.Clear();
        return stubs.auth.Ping(context, request, &response);
      }));
  return ServerInfo{response.clustername(), response.serverversion()};
}

absl::StatusOr<RoleFacts> GrpcClient::GetRole(const std::string& name, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("role", name));
  ::proto::GetRoleRequest request;
  request.set_name(name);
  ::types::RoleV6 response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"GetRole", "role " + Escape(name), Repeat::kRead}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.auth.GetRole(context, request, &response);
                                       }));
  if (response.metadata().name() != name) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "GetRole of role " + Escape(name) + ": the server's answer holds another role");
  }
  return DecodeRole(response);
}

absl::Status GrpcClient::ListRoles(const std::function<absl::Status(const RoleFacts&)>& visit,
                                   Cancel& cancel) {
  constexpr int kPageSize = 500;
  constexpr int kMostPages = 1000;  // against a listing without end
  ::proto::ListRolesRequest request;
  request.set_limit(kPageSize);
  for (int page = 0; page < kMostPages; ++page) {
    ::proto::ListRolesResponse response;
    OKTASYNC_RETURN_IF_ERROR(caller_.Run({"ListRoles", "", Repeat::kRead}, cancel,
                                         [&](Stubs& stubs, grpc::ClientContext* context) {
                                           response.Clear();
                                           return stubs.auth.ListRoles(context, request, &response);
                                         }));
    for (const ::types::RoleV6& role : response.roles()) OKTASYNC_RETURN_IF_ERROR(visit(DecodeRole(role)));
    if (response.nextkey().empty()) return absl::OkStatus();
    request.set_startkey(response.nextkey());
  }
  return MakeStatus(absl::StatusCode::kDataLoss, "ListRoles: the server's list of roles did not end after " +
                                                     std::to_string(kMostPages) + " pages");
}

absl::Status GrpcClient::EmitUserSync(const UserSyncEvent& event, Cancel& cancel) {
  ::events::OneOf request;
  ::events::OktaUserSync* sync = request.mutable_oktausersync();
  // ID, time and cluster are the server's to fill.
  sync->mutable_metadata()->set_type("okta.user.sync");
  sync->mutable_metadata()->set_code(event.success ? "TOK007I" : "TOK007E");
  sync->mutable_status()->set_success(event.success);
  if (!event.success) sync->mutable_status()->set_error(event.error);
  sync->set_org_url(event.org_url);
  sync->set_app_id(event.app_id);
  sync->set_num_users_created(event.created);
  sync->set_num_users_deleted(event.deleted);
  sync->set_num_users_modified(event.modified);
  sync->set_num_users_total(event.total);
  return caller_.Run({"EmitAuditEvent", "okta.user.sync", Repeat::kWrite}, cancel,
                     [&](Stubs& stubs, grpc::ClientContext* context) {
                       google::protobuf::Empty nothing;
                       return stubs.auth.EmitAuditEvent(context, request, &nothing);
                     });
}

}  // namespace oktasync::teleport
