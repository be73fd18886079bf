// The join of the C interface: config::JoinCluster with what crosses the border. Thread-safe: no state. Blocks.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "oktasync/plugin.h"

namespace oktasync::plugin {

// kInvalidArgument for options that no host may give: pins that are nowhere, flags that are not known.
absl::Status CheckJoinOptions(const oktasync_join_options& options);

// The JSON document that plugin.h describes. `config` has no problems, `options` passed CheckJoinOptions.
absl::StatusOr<std::string> JoinCluster(const config::Config& config, const oktasync_join_options& options);

}  // namespace oktasync::plugin
