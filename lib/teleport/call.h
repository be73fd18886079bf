// One call to the auth server: connection, deadline, stop, repeats, and errors in words.
//
// Used by the files of the single calls (users.cc, locks.cc, leases.cc, roles.cc). Thread-safe; blocks.
#pragma once

#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "teleport/client.h"
#include "teleport/connection.h"

namespace grpc {
class ClientContext;
}

namespace oktasync::teleport {

// What may be done when the outcome of a try is not known: the connection broke, or the deadline passed.
enum class Repeat {
  kRead,             // try again
  kIdempotentWrite,  // try again: twice is the same as once
  kWrite,            // tell the caller, who reads before he decides
};

struct Call {
  std::string_view name;  // Teleport's
  std::string subject;    // "user ada@example.com", escaped; "" for none
  Repeat repeat;
};

class Caller {
 public:
  // All must outlive the caller.
  Caller(const ClientOptions& options, const Clock& clock, LogSink& log, const SendGate& gate);

  // One try. The answer goes where the function says; it must start from a clean one.
  using Try = std::function<grpc::Status(Stubs&, grpc::ClientContext*)>;

  // Whatever a call may be, it is repeated when no connection could be made (it never left) or when the
  // server was too busy to look at it. `tries` (may be null) says how many tries left this process.
  absl::Status Run(const Call& call, Cancel& cancel, const Try& try_once, int* tries = nullptr);

  void Renew() { connection_.Renew(); }

 private:
  absl::Status TryOnce(const Call& call, Cancel& cancel, const std::shared_ptr<Link>& link,
                       const Try& try_once);

  const ClientOptions& options_;
  LogSink& log_;
  Connection connection_;
};

}  // namespace oktasync::teleport
