// The HTTPS client: one libcurl multi handle on one thread.
//
// TLS 1.2 or newer, verified always, against the system's store or a CA file of the configuration; redirects
// are never followed (the answer 3xx is handed back as it is); proxies of the environment (https_proxy,
// no_proxy) are honoured; SSLKEYLOGFILE is not. HTTP/2 when the server offers it. Bodies, header counts
// and header sizes are bounded.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "http/message.h"

namespace oktasync::http {

struct ClientOptions {
  std::string ca_file;  // PEM; "" for the system's store
  absl::Duration connect_timeout = absl::Seconds(15);
  // No byte for so long ends the request. Not a limit on its whole length: Okta's lists of large apps are
  // slow.
  absl::Duration idle_timeout = absl::Seconds(60);
  // A bound for the whole exchange all the same, against a server that drips bytes for ever.
  absl::Duration total_timeout = absl::Minutes(10);
  std::string user_agent = "oktasync/0.1.0";
};

// Thread-safe. Send blocks the caller; many callers may wait at once.
class Client {
 public:
  virtual ~Client() = default;
  // One exchange, no retries. Any HTTP status is an answer. Errors: kUnavailable (DNS, connect, reset, cut or
  // truncated body), kDeadlineExceeded, kFailedPrecondition (certificate or host name not accepted, CA file
  // unreadable), kDataLoss (body or headers over the limit, broken encoding), kCancelled within a second of
  // Cancel::Request. A body without Content-Length or chunks ends where the connection ends: libcurl cannot
  // tell whether it was cut there, so the reader of the body must (JSON that is cut does not parse).
  virtual absl::StatusOr<Response> Send(const Request& request, Cancel& cancel) = 0;
};

// kFailedPrecondition when the CA file cannot be used, kResourceExhausted when no thread can be made.
absl::StatusOr<std::unique_ptr<Client>> MakeCurlClient(ClientOptions options);

}  // namespace oktasync::http
