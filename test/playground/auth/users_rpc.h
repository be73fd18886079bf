// teleport.users.v1.UsersService with the checks, in the order and words of the real one
// (facts/teleport-api.md 0.2 "Users", 2, 6.2, 6.4). Thread-safe, as gRPC demands.
#pragma once

#include "auth/desk.h"
#include "auth/world.h"
#include "grpcpp/support/byte_buffer.h"
#include "teleport/users/v1/users_service.grpc.pb.h"

namespace playground {

class UsersRpc final : public teleport::users::v1::UsersService::Service {
 public:
  UsersRpc(World& world, Desk& desk);

  grpc::Status GetUser(grpc::ServerContext* context, const teleport::users::v1::GetUserRequest* request,
                       teleport::users::v1::GetUserResponse* response) override;
  grpc::Status CreateUser(grpc::ServerContext* context, const teleport::users::v1::CreateUserRequest* request,
                          teleport::users::v1::CreateUserResponse* response) override;
  grpc::Status UpdateUser(grpc::ServerContext* context, const teleport::users::v1::UpdateUserRequest* request,
                          teleport::users::v1::UpdateUserResponse* response) override;
  grpc::Status UpsertUser(grpc::ServerContext* context, const teleport::users::v1::UpsertUserRequest* request,
                          teleport::users::v1::UpsertUserResponse* response) override;
  grpc::Status DeleteUser(grpc::ServerContext* context, const teleport::users::v1::DeleteUserRequest* request,
                          google::protobuf::Empty* response) override;

 private:
  using ListRequest = teleport::users::v1::ListUsersRequest;

  // ListUsers; `response` gets the bytes of a ListUsersResponse.
  grpc::Status List(grpc::ServerContext& context, const ListRequest& request, grpc::ByteBuffer& response);
  // Every role must exist. Under the world's mutex.
  grpc::Status CheckRoles(const types::UserV2& user);

  World& world_;
  Desk& desk_;
};

}  // namespace playground
