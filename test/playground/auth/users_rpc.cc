#include "auth/users_rpc.h"

#include <optional>
#include <vector>

#include "auth/render.h"
#include "auth/rules.h"

namespace playground {
namespace {

using grpc::Status;
using grpc::StatusCode;

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// A page token is opaque to clients: hexadecimal of the name at which to go on.
std::string ToToken(const std::string& name) {
  static const char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c ^ 0x5a);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::optional<std::string> FromToken(const std::string& token) {
  if (token.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (size_t i = 0; i < token.size(); i += 2) {
    const int high = digit(token[i]), low = digit(token[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>((high << 4 | low) ^ 0x5a);
  }
  return out;
}

Status NoSecrets() {
  return {StatusCode::PERMISSION_DENIED, "this request can be only executed by an admin"};
}

void FillCreatedBy(types::UserV2& user, const std::string& caller, std::optional<double> now) {
  auto* by = user.mutable_spec()->mutable_createdby();
  if (!by->user().name().empty()) return;
  by->mutable_user()->set_name(caller);
  if (now) SetTime(by->mutable_time(), *now);
}

// ListUsersResponse.users, field 1: tag, length, bytes.
void AppendUser(std::string& out, const std::string& wire) {
  out += '\x0a';
  size_t left = wire.size();
  for (; left >= 0x80; left >>= 7) out += static_cast<char>(0x80 | (left & 0x7f));
  out += static_cast<char>(left);
  out += wire;
}

}  // namespace

Status UsersRpc::CheckRoles(const types::UserV2& user) {
  for (const std::string& role : user.spec().roles()) {
    if (!world_.roles.contains(role)) return {StatusCode::NOT_FOUND, "role " + role + " is not found"};
  }
  return Status::OK;
}

Status UsersRpc::GetUser(grpc::ServerContext* context, const teleport::users::v1::GetUserRequest* request,
                         teleport::users::v1::GetUserResponse* response) {
  return desk_.Serve(
      *context, {"GetUser", request->name(), "read", "user"}, [&](const Visit& visit) -> Status {
        if (request->with_secrets()) return NoSecrets();
        const std::string name = request->current_user() ? visit.caller.common_name : request->name();
        if (name.empty()) return {StatusCode::INVALID_ARGUMENT, "missing parameter Name"};
        std::shared_ptr<const types::UserV2> user;
        {
          std::lock_guard lock(world_.mutex);
          user = world_.FindUser(name);
        }
        if (!user) return {StatusCode::NOT_FOUND, "\"user\" " + Quoted(name) + " does not exist"};
        *response->mutable_user() = *user;
        return Status::OK;
      });
}

UsersRpc::UsersRpc(World& world, Desk& desk) : world_(world), desk_(desk) {
  // ListUsers puts its answer together from stored bytes. gRPC's synchronous server takes such an answer only
  // from a streamed-unary handler, which on the wire is the same call.
  constexpr int kListUsers = 1;  // its place in users_service.proto
  MarkMethodStreamed(kListUsers,
                     new grpc::internal::StreamedUnaryHandler<ListRequest, grpc::ByteBuffer>(
                         [this](grpc::ServerContext* context,
                                grpc::ServerUnaryStreamer<ListRequest, grpc::ByteBuffer>* stream) {
                           ListRequest request;
                           if (!stream->Read(&request))
                             return Status(StatusCode::INTERNAL, "the request cannot be read");
                           grpc::ByteBuffer response;
                           const Status status = List(*context, request, response);
                           if (status.ok()) stream->Write(response);
                           return status;
                         }));
}

Status UsersRpc::List(grpc::ServerContext& context, const ListRequest& request, grpc::ByteBuffer& response) {
  return desk_.Serve(context, {"ListUsers", "", "list", "user"}, [&](const Visit&) -> Status {
    if (request.with_secrets()) return NoSecrets();
    const auto start = FromToken(request.page_token());
    if (!start) return {StatusCode::INVALID_ARGUMENT, "invalid page token"};
    std::vector<LaggedMap<StoredUser>::Ptr> page;
    teleport::users::v1::ListUsersResponse rest;
    {
      std::lock_guard lock(world_.mutex);
      world_.Tick();
      const int limit = request.page_size() <= 0 || request.page_size() > world_.page_default
                            ? world_.page_default
                            : request.page_size();
      const auto& listed = world_.users.Listed();
      // 18.0.0 named the first user of the next page in the token and then went on after it.
      auto it =
          world_.border_bug && !start->empty() ? listed.upper_bound(*start) : listed.lower_bound(*start);
      const bool filtered = request.filter().searchkeywords_size() > 0;
      for (; it != listed.end(); ++it) {
        if (filtered && !Matches(request.filter(), ParseStored(*it->second).metadata())) continue;
        if (page.size() == static_cast<size_t>(limit)) {
          rest.set_next_page_token(ToToken(it->first));
          break;
        }
        page.push_back(it->second);
      }
    }
    std::string bytes;
    for (const auto& user : page) AppendUser(bytes, user->wire);
    bytes += rest.SerializeAsString();
    const grpc::Slice slice(bytes);
    response = grpc::ByteBuffer(&slice, 1);
    return Status::OK;
  });
}

Status UsersRpc::CreateUser(grpc::ServerContext* context,
                            const teleport::users::v1::CreateUserRequest* request,
                            teleport::users::v1::CreateUserResponse* response) {
  const std::string& name = request->user().metadata().name();
  return desk_.Serve(*context, {"CreateUser", name, "create", "user"}, [&](const Visit& visit) -> Status {
    types::UserV2 user = request->user();
    if (Status status = CheckOrigin(user.metadata()); !status.ok()) return status;
    if (Status status = CheckMetadata(user.metadata()); !status.ok()) return status;
    std::lock_guard lock(world_.mutex);
    if (Status status = CheckRoles(user); !status.ok()) return status;
    FillCreatedBy(user, visit.caller.common_name, world_.Now());
    if (world_.FindUser(name)) {
      return {StatusCode::ALREADY_EXISTS, "user " + Quoted(name) + " already registered"};
    }
    if (Status status = CheckUserName(name); !status.ok()) return status;
    if (!user.spec().has_localauth()) {
      user.mutable_status()->set_password_state(types::PASSWORD_STATE_UNSET);
    }
    *response->mutable_user() = world_.PutUser(std::move(user), "auth", "CreateUser");
    return Status::OK;
  });
}

Status UsersRpc::UpdateUser(grpc::ServerContext* context,
                            const teleport::users::v1::UpdateUserRequest* request,
                            teleport::users::v1::UpdateUserResponse* response) {
  const std::string& name = request->user().metadata().name();
  return desk_.Serve(*context, {"UpdateUser", name, "update", "user"}, [&](const Visit&) -> Status {
    types::UserV2 user = request->user();
    if (Status status = CheckOrigin(user.metadata()); !status.ok()) return status;
    if (Status status = CheckMetadata(user.metadata()); !status.ok()) return status;
    std::lock_guard lock(world_.mutex);
    if (Status status = CheckRoles(user); !status.ok()) return status;
    const auto stored = world_.FindUser(name);
    if (stored) {
      *user.mutable_spec()->mutable_createdby() = stored->spec().createdby();
      if (Status status = CheckStored(stored->metadata(), "update"); !status.ok()) return status;
    }
    if (Status status = CheckUserName(name); !status.ok()) return status;
    // Stale, empty, or nothing there: one and the same answer.
    if (!stored || user.metadata().revision() != stored->metadata().revision()) return StaleRevision();
    *response->mutable_user() = world_.PutUser(std::move(user), "auth", "UpdateUser");
    return Status::OK;
  });
}

Status UsersRpc::UpsertUser(grpc::ServerContext* context,
                            const teleport::users::v1::UpsertUserRequest* request,
                            teleport::users::v1::UpsertUserResponse* response) {
  const std::string& name = request->user().metadata().name();
  return desk_.Serve(*context, {"UpsertUser", name, "update", "user"}, [&](const Visit& visit) -> Status {
    types::UserV2 user = request->user();
    if (Status status = CheckMetadata(user.metadata()); !status.ok()) return status;
    std::lock_guard lock(world_.mutex);
    if (Status status = CheckRoles(user); !status.ok()) return status;
    FillCreatedBy(user, visit.caller.common_name, std::nullopt);
    if (Status status = CheckOrigin(user.metadata()); !status.ok()) return status;
    if (const auto stored = world_.FindUser(name)) {
      if (Status status = CheckStored(stored->metadata(), "update"); !status.ok()) return status;
    }
    if (Status status = CheckUserName(name); !status.ok()) return status;
    *response->mutable_user() = world_.PutUser(std::move(user), "auth", "UpsertUser");
    return Status::OK;
  });
}

Status UsersRpc::DeleteUser(grpc::ServerContext* context,
                            const teleport::users::v1::DeleteUserRequest* request, google::protobuf::Empty*) {
  const std::string& name = request->name();
  return desk_.Serve(*context, {"DeleteUser", name, "delete", "user"}, [&](const Visit&) -> Status {
    if (name.empty()) return {StatusCode::INVALID_ARGUMENT, "missing parameter Name"};
    std::lock_guard lock(world_.mutex);
    const auto stored = world_.FindUser(name);
    if (!stored) return {StatusCode::NOT_FOUND, "user " + Quoted(name) + " not found"};
    if (Status status = CheckStored(stored->metadata(), "delete"); !status.ok()) return status;
    world_.EraseUser(name, "auth", "DeleteUser");
    return Status::OK;
  });
}

}  // namespace playground
