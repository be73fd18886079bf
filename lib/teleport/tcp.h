// A TCP connection by name, over IPv6 or IPv4, whichever answers first.
//
// Source: RFC 8305 (Happy Eyeballs), the part about connecting: addresses of both families in turn, a new
// attempt each 250 ms, first one wins. Used by teleport/tunnel.h. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "teleport/fd.h"
#include "teleport/resolve.h"

namespace oktasync::teleport {

// `address` is host:port. The socket is non-blocking and close-on-exec. Blocking; kCancelled, or kUnavailable
// with each address that was tried and why it failed.
absl::StatusOr<UniqueFd> ConnectTcp(const std::string& address, const Deadline& deadline, Cancel& cancel);

// The two families in turn, beginning with the first one's.
std::vector<SocketAddress> InterleaveFamilies(std::vector<SocketAddress> addresses);

}  // namespace oktasync::teleport
