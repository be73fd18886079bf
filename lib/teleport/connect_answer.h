// What an HTTP proxy answers to CONNECT, taken byte by byte.
//
// Of http_connect.cc, which reads it from the socket. Sources: RFC 9112 section 4 (the status line), RFC 9110 sections
// 9.3.6 (any 2xx makes the tunnel) and 15.5.8 (407). It comes from whoever listens at that address, which may be no
// proxy at all. Messages hold it escaped and cut. Not thread-safe; for one answer.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace oktasync::teleport {

class ConnectAnswer {
 public:
  // The next byte, while it is not whole. kFailedPrecondition as soon as it cannot become an answer any more: it does
  // not begin like HTTP/1.1, or its header does not end.
  absl::Status Take(char c);
  // The empty line was the last that was taken; what follows is the tunnel's.
  bool whole() const { return text_.ends_with("\r\n\r\n"); }
  // Of a whole one: OK for a tunnel to `address`; kUnavailable when the proxy could not reach it, kFailedPrecondition
  // when it would not. `with_credentials`: we sent some.
  absl::Status Judge(const std::string& address, bool with_credentials) const;

 private:
  std::string text_;
};

}  // namespace oktasync::teleport
