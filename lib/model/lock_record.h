// A Teleport lock as we read and write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "model/user_record.h"

namespace oktasync {

// Why we locked somebody (label oktasync/purpose, rule R10).
enum class LockPurpose { kLeave, kRename, kSuspend, kHandover, kScim };
std::string_view ToString(LockPurpose purpose);
std::optional<LockPurpose> ParseLockPurpose(std::string_view text);

// types.LockV2 as far as we look into it.
struct LockRecord {
  std::string name;
  Labels labels;
  std::string user;       // spec.target.user; "" when the lock targets something else
  bool user_only = true;  // spec.target has no other target beside `user`
  std::string message;
  // When it stops being in force (InfiniteFuture: never), and when the record itself is forgotten.
  absl::Time expires = absl::InfiniteFuture();
  absl::Time record_expires = absl::InfiniteFuture();
  absl::Time created_at = absl::InfinitePast();  // InfinitePast: left to the server
  std::string created_by;
  std::string revision;

  bool InForce(absl::Time now) const { return expires > now; }
};

}  // namespace oktasync
