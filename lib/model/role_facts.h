// What we need to know of a Teleport role before we give it.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace oktasync {

struct RoleFacts {
  std::string name;
  absl::Duration max_session_ttl = absl::Hours(30);  // the server fills in 30 h when the role says nothing
};

}  // namespace oktasync
