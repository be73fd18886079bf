// oktasync-conformance-peer: takes messages through our generated code, for the Go module beside it.
//
// What: reads a message's full name and bytes, parses them with the generated type of that name, serialises
// it again and answers; until standard input ends. Exit code 0 then, 1 when a frame is cut short.
// Who uses it: test/conformance/wire/peer.go. Threads: one. It keeps nothing between two frames.
// Frames, lengths as 4 bytes, most significant first:
//   request   length, full name, length, bytes
//   answer    1 byte (1 done, 0 refused), length, bytes or the reason
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "google/protobuf/message_lite.h"
#include "teleport/legacy/client/proto/authservice.pb.h"
#include "teleport/legacy/types/events/events.pb.h"
#include "teleport/legacy/types/types.pb.h"
#include "teleport/legacy/types/wrappers/wrappers.pb.h"
#include "teleport/users/v1/users_service.pb.h"

namespace {

using google::protobuf::MessageLite;
using Types = std::map<std::string, std::function<std::unique_ptr<MessageLite>()>>;

template <class... Messages>
void Add(Types& types) {
  (types.emplace(Messages().GetTypeName(), [] { return std::make_unique<Messages>(); }), ...);
}

// Lite code has no list of its messages, so here it is. The Go side fails on a message of proto/ that is not
// in it, and a message that left proto/ does not compile.
Types AllTypes() {
  Types types;
  Add<wrappers::StringValues, wrappers::LabelValues>(types);

  namespace t = ::types;
  Add<t::Metadata, t::UserV2, t::UserSpecV2, t::UserStatusV2, t::ExternalIdentity, t::LoginStatus,
      t::CreatedBy, t::UserRef, t::ConnectorRef, t::LocalAuthSecrets, t::MFADevice, t::WebauthnLocalAuth,
      t::UserFilter>(types);
  Add<t::LockV2, t::LockSpecV2, t::LockTarget>(types);
  Add<t::AcquireSemaphoreRequest, t::SemaphoreLease, t::SemaphoreFilter, t::SemaphoreV3, t::SemaphoreSpecV3,
      t::SemaphoreLeaseRef>(types);
  Add<t::RoleV6, t::RoleSpecV6, t::RoleOptions, t::RoleConditions, t::Rule, t::AccessRequestConditions,
      t::ImpersonateConditions, t::AccessReviewConditions, t::RoleFilter>(types);

  Add<t::RegisterUsingTokenRequest>(types);

  Add<t::SAMLConnectorV2, t::SAMLConnectorV2List, t::SAMLConnectorSpecV2, t::ResourceWithSecretsRequest,
      t::ResourcesWithSecretsRequest>(types);

  Add<events::Metadata, events::Status, events::ServerMetadata, events::OktaUserSync, events::OktaSyncFailure,
      events::OneOf>(types);

  Add<proto::PingRequest, proto::PingResponse, proto::Features, proto::GetLockRequest, proto::GetLocksRequest,
      proto::GetLocksResponse, proto::DeleteLockRequest, proto::Semaphores, proto::GetRoleRequest,
      proto::ListRolesRequest, proto::ListRolesResponse, proto::Certs, proto::HostCertsRequest,
      proto::GetClusterCACertResponse>(types);

  namespace u = teleport::users::v1;
  Add<u::GetUserRequest, u::GetUserResponse, u::ListUsersRequest, u::ListUsersResponse, u::CreateUserRequest,
      u::CreateUserResponse, u::UpdateUserRequest, u::UpdateUserResponse, u::UpsertUserRequest,
      u::UpsertUserResponse, u::DeleteUserRequest>(types);
  return types;
}

bool ReadBytes(char* out, size_t size) { return std::fread(out, 1, size, stdin) == size; }

// nullopt at the end of the input, or in the middle of a frame.
std::optional<std::string> ReadBlock() {
  unsigned char head[4];
  if (!ReadBytes(reinterpret_cast<char*>(head), sizeof head)) return std::nullopt;
  const uint32_t size = uint32_t{head[0]} << 24 | uint32_t{head[1]} << 16 | uint32_t{head[2]} << 8 | head[3];
  constexpr uint32_t kLimit = 64u << 20;
  if (size > kLimit) return std::nullopt;
  std::string block(size, '\0');
  if (!ReadBytes(block.data(), block.size())) return std::nullopt;
  return block;
}

void Answer(bool done, const std::string& block) {
  const auto size = static_cast<uint32_t>(block.size());
  const unsigned char head[5] = {done, static_cast<unsigned char>(size >> 24),
                                 static_cast<unsigned char>(size >> 16),
                                 static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size)};
  std::fwrite(head, 1, sizeof head, stdout);
  std::fwrite(block.data(), 1, block.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

int main() {
  const Types types = AllTypes();
  for (;;) {
    const int first = std::fgetc(stdin);
    if (first == EOF) return 0;
    std::ungetc(first, stdin);
    const auto name = ReadBlock();
    const auto bytes = name ? ReadBlock() : std::nullopt;
    if (!bytes) {
      std::fprintf(stderr, "oktasync-conformance-peer: the input ended in the middle of a frame\n");
      return 1;
    }
    const auto type = types.find(*name);
    if (type == types.end()) {
      Answer(false, "no message " + *name + ": add it to AllTypes in test/conformance/peer.cc");
      continue;
    }
    const auto message = type->second();
    if (message->ParseFromString(*bytes)) {
      Answer(true, message->SerializeAsString());
    } else {
      Answer(false, "bytes that the generated code of " + *name + " does not parse");
    }
  }
}
