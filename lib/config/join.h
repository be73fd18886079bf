// Joins the cluster of a configuration, and keeps the identity in the file that the configuration names.
//
// For the plugin's join and for a fork's own command. Blocks for the network and the file; safe on any thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/secret.h"
#include "config/config.h"

namespace oktasync::config {

struct JoinRequest {
  Secret token;                      // blanks around it are cut
  std::vector<std::string> ca_pins;  // "sha256:<hex>"; needed unless teleport.proxy is set
  std::string proxy_ca_file;         // PEM, trusted for the proxy; "" for the system's store
  bool force = false;                // replaces an identity that is there
};

struct Joined {
  std::string host_id;
  std::string cluster;
  std::string role;
  absl::Time valid_until;
  std::string file;
};

// kAlreadyExists when the file is there and `force` is not; kFailedPrecondition when the configuration names none;
// teleport::Join's errors. On failure nothing is changed.
absl::StatusOr<Joined> JoinCluster(const Config& config, const JoinRequest& request, const Clock& clock,
                                   Cancel& cancel);

}  // namespace oktasync::config
