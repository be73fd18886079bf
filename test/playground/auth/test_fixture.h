// A running auth service in a temporary folder and a client of role Okta, for the fake's own tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "auth/auth_service.h"
#include "auth/test_client.h"
#include "grpcpp/client_context.h"
#include "teleport/legacy/client/proto/authservice.grpc.pb.h"
#include "teleport/users/v1/users_service.grpc.pb.h"

namespace playground {

inline std::string MakeFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "playground-auth-XXXXXX").string();
  return mkdtemp(path.data());
}

struct Fixture {
  explicit Fixture(AuthOptions options = {}) : folder(MakeFolder()) {
    options.dir = folder;
    service = std::make_unique<AuthService>(std::move(options), record, kill);
    service->Start();
    Connect("identity");
  }
  ~Fixture() {
    users.reset();
    auth.reset();
    client.reset();
    service->Stop();
    std::filesystem::remove_all(folder);
  }

  // Options for a client with the identity of this file name; "" for none.
  TestClientOptions With(const std::string& identity) const {
    TestClientOptions out;
    out.address = service->address();
    out.ca_file = folder + "/host-ca.pem";
    if (!identity.empty()) {
      out.key_file = folder + "/" + identity + ".key";
      out.certificate_file = folder + "/" + identity + ".crt";
    }
    return out;
  }

  void Connect(const std::string& identity) { Connect(With(identity)); }
  void Connect(const TestClientOptions& options) {
    users.reset();
    auth.reset();
    client = std::make_unique<TestClient>(options);
    if (client->channel() == nullptr) return;
    users = teleport::users::v1::UsersService::NewStub(client->channel());
    auth = proto::AuthService::NewStub(client->channel());
  }

  // Calls stub->*method with a context of its own and 10 s to live.
  template <class Stub, class Method, class Request, class Response>
  grpc::Status Call(Stub& stub, Method method, const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    return ((*stub).*method)(&context, request, response);
  }

  grpc::Status Ping(proto::PingResponse* response) {
    return Call(auth, &proto::AuthService::Stub::Ping, proto::PingRequest(), response);
  }

  grpc::Status Create(const types::UserV2& user, types::UserV2* out = nullptr) {
    teleport::users::v1::CreateUserRequest request;
    *request.mutable_user() = user;
    teleport::users::v1::CreateUserResponse response;
    const grpc::Status status =
        Call(users, &teleport::users::v1::UsersService::Stub::CreateUser, request, &response);
    if (out != nullptr) *out = response.user();
    return status;
  }
  grpc::Status Update(const types::UserV2& user, types::UserV2* out = nullptr) {
    teleport::users::v1::UpdateUserRequest request;
    *request.mutable_user() = user;
    teleport::users::v1::UpdateUserResponse response;
    const grpc::Status status =
        Call(users, &teleport::users::v1::UsersService::Stub::UpdateUser, request, &response);
    if (out != nullptr) *out = response.user();
    return status;
  }
  grpc::Status Upsert(const types::UserV2& user) {
    teleport::users::v1::UpsertUserRequest request;
    *request.mutable_user() = user;
    teleport::users::v1::UpsertUserResponse response;
    return Call(users, &teleport::users::v1::UsersService::Stub::UpsertUser, request, &response);
  }
  grpc::Status Get(const std::string& name, types::UserV2* out = nullptr) {
    teleport::users::v1::GetUserRequest request;
    request.set_name(name);
    teleport::users::v1::GetUserResponse response;
    const grpc::Status status =
        Call(users, &teleport::users::v1::UsersService::Stub::GetUser, request, &response);
    if (out != nullptr) *out = response.user();
    return status;
  }
  grpc::Status Delete(const std::string& name) {
    teleport::users::v1::DeleteUserRequest request;
    request.set_name(name);
    google::protobuf::Empty response;
    return Call(users, &teleport::users::v1::UsersService::Stub::DeleteUser, request, &response);
  }
  // All names, page by page.
  std::vector<std::string> List(int page_size) {
    std::vector<std::string> names;
    teleport::users::v1::ListUsersRequest request;
    request.set_page_size(page_size);
    for (;;) {
      teleport::users::v1::ListUsersResponse response;
      const grpc::Status status =
          Call(users, &teleport::users::v1::UsersService::Stub::ListUsers, request, &response);
      if (!status.ok()) return {"error: " + status.error_message()};
      for (const auto& user : response.users()) names.push_back(user.metadata().name());
      if (response.next_page_token().empty()) return names;
      request.set_page_token(response.next_page_token());
    }
  }

  grpc::Status UpsertLock(const types::LockV2& lock) {
    google::protobuf::Empty response;
    return Call(auth, &proto::AuthService::Stub::UpsertLock, lock, &response);
  }
  grpc::Status GetLock(const std::string& name, types::LockV2* out) {
    proto::GetLockRequest request;
    request.set_name(name);
    return Call(auth, &proto::AuthService::Stub::GetLock, request, out);
  }
  grpc::Status DeleteLock(const std::string& name) {
    proto::DeleteLockRequest request;
    request.set_name(name);
    google::protobuf::Empty response;
    return Call(auth, &proto::AuthService::Stub::DeleteLock, request, &response);
  }
  // Names of the locks on this user; on anybody when it is "".
  std::vector<std::string> Locks(const std::string& user, bool in_force_only) {
    proto::GetLocksRequest request;
    if (!user.empty()) request.add_targets()->set_user(user);
    request.set_inforceonly(in_force_only);
    proto::GetLocksResponse response;
    const grpc::Status status = Call(auth, &proto::AuthService::Stub::GetLocks, request, &response);
    if (!status.ok()) return {"error: " + status.error_message()};
    std::vector<std::string> names;
    for (const auto& lock : response.locks()) names.push_back(lock.metadata().name());
    return names;
  }

  Record record;
  KillSwitch kill{record};
  std::string folder;
  std::unique_ptr<AuthService> service;
  std::unique_ptr<TestClient> client;
  std::unique_ptr<teleport::users::v1::UsersService::Stub> users;
  std::unique_ptr<proto::AuthService::Stub> auth;
};

inline types::UserV2 OktaUser(const std::string& name) {
  types::UserV2 user;
  user.set_kind("user");
  user.set_version("v2");
  user.mutable_metadata()->set_name(name);
  (*user.mutable_metadata()->mutable_labels())["teleport.dev/origin"] = "okta";
  return user;
}

inline types::LockV2 OktaLock(const std::string& name, const std::string& user) {
  types::LockV2 lock;
  lock.set_kind("lock");
  lock.set_version("v2");
  lock.mutable_metadata()->set_name(name);
  (*lock.mutable_metadata()->mutable_labels())["teleport.dev/origin"] = "okta";
  lock.mutable_spec()->mutable_target()->set_user(user);
  return lock;
}

inline double EpochNow() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace playground
