// "host:port" to socket addresses, without letting a slow resolver hold anybody up.
//
// getaddrinfo can block for half a minute and cannot be interrupted. It runs on a thread of its own; who
// waits leaves when stopped or late, and the thread's end is awaited by a later lookup. Thread-safe.
// Used by teleport/tcp.h.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "teleport/fd.h"

namespace oktasync::teleport {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  int family() const { return storage.ss_family; }
  // "192.0.2.1:3025", "[2001:db8::1]:3025".
  std::string Text() const;
};

// "host:port", "[v6]:port"; kInvalidArgument otherwise.
absl::StatusOr<std::pair<std::string, std::string>> SplitAddress(const std::string& address);

// getaddrinfo's shape; tests put a slow one in its place.
using LookupFunction = std::function<int(const char*, const char*, const addrinfo*, addrinfo**)>;

// In the resolver's order (RFC 6724), at least one. kUnavailable when the name is not found or the resolver
// does not answer, kResourceExhausted when too many earlier lookups still hang.
absl::StatusOr<std::vector<SocketAddress>> Resolve(const std::string& host, const std::string& port,
                                                   const Deadline& deadline, Cancel& cancel,
                                                   LookupFunction lookup = getaddrinfo);

}  // namespace oktasync::teleport
