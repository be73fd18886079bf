// The preflight (enroll/preflight.h) of a configuration: what the plugin's `preflight` and `oktasync doctor` show.
//
// Where Service::Make would fail because a key, a CA or an identity cannot be used, that is a check that failed.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "config/config.h"
#include "config/service.h"
#include "enroll/check.h"

namespace oktasync::config {

// Blocks; ends soon after Cancel::Request, with kCancelled. `config` has no problems.
absl::StatusOr<std::vector<enroll::Check>> Preflight(const Config& config, const Host& host, Cancel& cancel);

}  // namespace oktasync::config
