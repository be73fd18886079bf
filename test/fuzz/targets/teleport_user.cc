// A Teleport user, from the wire to our record and back: what we know survives, and so does what we do not.
#include <string>

#include "check.h"
#include "teleport/codec.h"
#include "teleport/legacy/types/types.pb.h"

namespace {

void CheckSame(const oktasync::UserRecord& a, const oktasync::UserRecord& b) {
  FUZZ_CHECK(a.name == b.name && a.revision == b.revision && a.labels == b.labels && a.roles == b.roles);
  FUZZ_CHECK(a.traits == b.traits && a.connector == b.connector && a.created_by_user == b.created_by_user);
  FUZZ_CHECK(a.expires == b.expires);
}

// What is left of a message without the fields that we know.
std::string Unknown(types::UserV2 user) {
  user.clear_kind();
  user.clear_subkind();
  user.clear_version();
  user.clear_metadata();
  user.clear_spec();
  user.clear_status();
  return user.SerializeAsString();
}

std::string Unknown(types::UserSpecV2 spec) {
  spec.clear_oidcidentities();
  spec.clear_samlidentities();
  spec.clear_githubidentities();
  spec.clear_roles();
  spec.clear_traits();
  spec.clear_status();
  spec.clear_expires();
  spec.clear_createdby();
  spec.clear_localauth();
  spec.clear_trusteddeviceids();
  return spec.SerializeAsString();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  types::UserV2 user;
  if (!user.ParseFromArray(data, static_cast<int>(size))) return 0;
  const oktasync::UserRecord record = teleport::DecodeUser(user);
  for (const auto& [key, values] : record.traits) FUZZ_CHECK(!values.empty());
  types::UserV2 written;
  FUZZ_CHECK(teleport::EncodeUser(record, absl::FromUnixSeconds(1'800'000'000), &written).ok());
  CheckSame(record, teleport::DecodeUser(written));
  FUZZ_CHECK(Unknown(written) == Unknown(user));
  FUZZ_CHECK(Unknown(written.spec()) == Unknown(user.spec()));
  // And over the wire.
  types::UserV2 read;
  FUZZ_CHECK(read.ParseFromString(written.SerializeAsString()));
  CheckSame(record, teleport::DecodeUser(read));
  return 0;
}
