// The rooms put together from a Config: what the plugin loads, and what a fork links.
//
//   auto parsed = config::Parse(json);
//   auto service = config::Service::Make(parsed.config, host);
//   (*service)->loop().Start();
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "jose/signer.h"
#include "reconcile/loop.h"
#include "teleport/client.h"

namespace oktasync::config {

// What the host brings. log and clock must outlive the service.
struct Host {
  LogSink* log = nullptr;                      // null: nowhere
  const Clock* clock = nullptr;                // null: the system's
  std::shared_ptr<const jose::Signer> signer;  // null: config's key files
  teleport::IdentitySource identity;           // null: config's identity files
  teleport::Dial dial;                         // null: TCP
};

// The host's identity, or else the one of the configuration's files; null when the host secures its connections
// itself. Reads nothing yet. kFailedPrecondition when there is none.
absl::StatusOr<teleport::IdentitySource> ChooseIdentity(const Config& config, const Host& host);

class Service {
 public:
  // Reads the key files, makes threads for HTTP, connects to nothing yet. kFailedPrecondition or
  // kInvalidArgument with the path of the configuration entry that is to blame.
  static absl::StatusOr<std::unique_ptr<Service>> Make(Config config, Host host);
  virtual ~Service() = default;
  virtual reconcile::Loop& loop() = 0;
  // The host has renewed the identity: connect anew.
  virtual void IdentityChanged() = 0;
};

}  // namespace oktasync::config
