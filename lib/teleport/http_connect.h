// Through an HTTP proxy: CONNECT.
//
// Used by tunnel.cc for every TCP connection that is ours to make and that the environment sends through a proxy
// (http_proxy.h). Sources: RFC 9110 section 9.3.6 (CONNECT), RFC 7617 (Basic). Credentials never appear in a message.
// Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "teleport/fd.h"
#include "teleport/http_proxy.h"

namespace oktasync::teleport {

// A stream to `address` (host:port) through the proxy, which resolves the name. The socket is non-blocking. Blocking;
// kUnavailable, kFailedPrecondition (the proxy refuses, or wants other credentials), kCancelled.
absl::StatusOr<UniqueFd> ConnectThroughProxy(const HttpProxy& proxy, const std::string& address,
                                             const Deadline& deadline, Cancel& cancel);

}  // namespace oktasync::teleport
