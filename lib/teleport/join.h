// Becoming a member of a cluster with a join token: a host certificate with the system role Okta.
//
// The token is a secret that anybody could use, so it only ever travels to a server that has proved itself:
//   directly   the auth server's port. First a connection that trusts nobody and says nothing but GetClusterCACert;
//              the CA that comes back must have a pinned public key; then a second connection, whose server is
//              proved by that CA; and there the token goes.
//   by proxy   the proxy's port, whose web certificate must be for its host name and from the system's store (or
//              from CAs that are given).
// Source: Teleport's lib/auth/join, facts seen on an 18.0.0 server ("Joining"). Used by lib/config/join.h. Blocking;
// thread-safe; nothing is kept.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/secret.h"
#include "teleport/client.h"
#include "teleport/identity.h"

namespace oktasync::teleport {

struct JoinOptions {
  std::string address;  // host:port
  bool proxy = false;   // of the proxy
  // "sha256:<hex>" as tctl prints it; one or, during a rotation, several. Needed without a proxy; with one the
  // cluster's CA must have one of them too, if any are given.
  std::vector<std::string> ca_pins;
  std::string web_ca_pem;  // trusted for the proxy instead of the system's store; "" for that
  Secret token;
  std::string node_name = "oktasync";  // shown in Teleport's audit log
  absl::Duration connect_timeout = absl::Seconds(15);
  absl::Duration call_timeout = absl::Seconds(30);
  ProxyEnvironment proxy_environment;
};

// kInvalidArgument for a token or pin that is none; kUnauthenticated for a server that does not prove itself;
// kPermissionDenied for a token that is wrong, expired or for another role; each says what to do.
absl::StatusOr<Identity> Join(const JoinOptions& options, const Clock& clock, Cancel& cancel);

// "" or what is wrong with a pin.
std::string CheckPin(std::string_view pin);

}  // namespace oktasync::teleport
