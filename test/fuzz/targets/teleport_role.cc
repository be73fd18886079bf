// A Teleport role, and what it lets its holder do.
#include "check.h"
#include "model/role_facts.h"
#include "teleport/codec.h"
#include "teleport/legacy/types/types.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  types::RoleV6 role;
  if (!role.ParseFromArray(data, static_cast<int>(size))) return 0;
  const oktasync::RoleFacts facts = oktasync::teleport::DecodeRole(role);
  FUZZ_CHECK(facts.name == role.metadata().name());
  FUZZ_CHECK(facts.max_session_ttl > absl::ZeroDuration());
  FUZZ_CHECK(facts.rules.size() == static_cast<size_t>(role.spec().allow().rules_size()));
  FUZZ_CHECK(facts.logins.size() == static_cast<size_t>(role.spec().allow().logins_size()));
  return 0;
}
