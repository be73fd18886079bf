// The preflight of the C interface: a config::Preflight with the host's callbacks, ended by the host's descriptor.
//
// Thread-safe: no state. Blocks.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "host_binding.h"

namespace oktasync::plugin {

// The JSON document that plugin.h describes. `config` has no problems. kInvalidArgument for an algorithm that we do
// not know, or a descriptor that is none; kCancelled once `cancel_fd` (-1: none) is readable.
absl::StatusOr<std::string> Preflight(const config::Config& config, const HostBinding& host,
                                      int32_t sign_algorithm, int32_t cancel_fd);

}  // namespace oktasync::plugin
