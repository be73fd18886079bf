// The gRPC stubs of one channel. Included by .cc files only: grpcpp is heavy.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>

#include "teleport/legacy/client/proto/authservice.grpc.pb.h"
#include "teleport/users/v1/users_service.grpc.pb.h"

namespace oktasync::teleport {

struct Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : auth(channel), users(channel), generic(channel) {}

  ::proto::AuthService::Stub auth;
  ::teleport::users::v1::UsersService::Stub users;
  grpc::GenericStub generic;
};

}  // namespace oktasync::teleport
