// The calls about users: teleport.users.v1.UsersService.
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/byte_buffer.h>

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "teleport/client_impl.h"
#include "teleport/codec.h"
#include "teleport/listing.h"
#include "teleport/stubs.h"
#include "teleport/user_page.h"

namespace oktasync::teleport {
namespace {

namespace users_v1 = ::teleport::users::v1;

constexpr char kListUsers[] = "/teleport.users.v1.UsersService/ListUsers";

// ListUsers with the answer left encoded (user_page.h).
grpc::Status ListUsersRaw(Stubs& stubs, grpc::ClientContext* context,
                          const users_v1::ListUsersRequest& request, std::string* answer) {
  const std::string encoded = request.SerializeAsString();
  const grpc::Slice request_slice(encoded);
  const grpc::ByteBuffer request_buffer(&request_slice, 1);
  grpc::ByteBuffer answer_buffer;
  grpc::Status status;
  grpc::CompletionQueue queue;
  const auto call = stubs.generic.PrepareUnaryCall(context, kListUsers, request_buffer, &queue);
  call->StartCall();
  call->Finish(&answer_buffer, &status, &answer_buffer);
  void* tag = nullptr;
  bool good = false;
  queue.Next(&tag, &good);  // comes at the deadline at the latest
  queue.Shutdown();
  while (queue.Next(&tag, &good)) {
  }
  if (!status.ok()) return status;
  grpc::Slice slice;
  if (!answer_buffer.Valid() || !answer_buffer.DumpToSingleSlice(&slice).ok()) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the answer could not be taken from gRPC");
  }
  answer->assign(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return status;
}

// What the server stored and returned; the name guards against an answer that belongs to something else.
absl::StatusOr<UserRecord> Stored(std::string_view call, const std::string& name, bool present,
                                  const ::types::UserV2& user) {
  if (present && user.metadata().name() == name) return DecodeUser(user);
  return MakeStatus(absl::StatusCode::kDataLoss,
                    std::string(call) + " of user " + Escape(name) + ": the server's answer holds " +
                        (present ? "user " + Escape(user.metadata().name()) : std::string("no user")));
}

}  // namespace

absl::Status GrpcClient::ListUsers(const std::function<absl::Status(const UserRecord&)>& visit,
                                   Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(const ServerInfo server, Ping(cancel));
  const ReadPage read = [&](int page_size, const std::string& token,
                            const Wanted& wanted) -> absl::StatusOr<ListedPage> {
    users_v1::ListUsersRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    std::string answer;
    OKTASYNC_RETURN_IF_ERROR(caller_.Run({"ListUsers", "", Repeat::kRead}, cancel,
                                         [&](Stubs& stubs, grpc::ClientContext* context) {
                                           return ListUsersRaw(stubs, context, request, &answer);
                                         }));
    return ReadUserPage(answer, wanted, visit);
  };
  return ReadListing(options_.list_page_size, LosesUsersAtBorders(server.version), read);
}

absl::StatusOr<UserRecord> GrpcClient::GetUser(const std::string& name, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("user", name));
  users_v1::GetUserRequest request;
  request.set_name(name);
  users_v1::GetUserResponse response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"GetUser", "user " + Escape(name), Repeat::kRead}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.users.GetUser(context, request, &response);
                                       }));
  return Stored("GetUser", name, response.has_user(), response.user());
}

absl::StatusOr<UserRecord> GrpcClient::CreateUser(const UserRecord& user, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("user", user.name));
  users_v1::CreateUserRequest request;
  OKTASYNC_RETURN_IF_ERROR(EncodeUser(user, clock_.Now(), request.mutable_user()));
  users_v1::CreateUserResponse response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"CreateUser", "user " + Escape(user.name), Repeat::kWrite}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.users.CreateUser(context, request, &response);
                                       }));
  return Stored("CreateUser", user.name, response.has_user(), response.user());
}

absl::StatusOr<UserRecord> GrpcClient::UpdateUser(const UserRecord& user, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("user", user.name));
  users_v1::UpdateUserRequest request;
  OKTASYNC_RETURN_IF_ERROR(EncodeUser(user, clock_.Now(), request.mutable_user()));
  users_v1::UpdateUserResponse response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"UpdateUser", "user " + Escape(user.name), Repeat::kWrite}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.users.UpdateUser(context, request, &response);
                                       }));
  return Stored("UpdateUser", user.name, response.has_user(), response.user());
}

absl::Status GrpcClient::DeleteUser(const std::string& name, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("user", name));
  users_v1::DeleteUserRequest request;
  request.set_name(name);
  return caller_.Run({"DeleteUser", "user " + Escape(name), Repeat::kWrite}, cancel,
                     [&](Stubs& stubs, grpc::ClientContext* context) {
                       google::protobuf::Empty nothing;
                       return stubs.users.DeleteUser(context, request, &nothing);
                     });
}

}  // namespace oktasync::teleport
