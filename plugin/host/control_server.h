// Serves a control socket: a few threads that each take a connection, hear one request, answer it and close.
//
// Nothing here can hold up a sync or a stop: slow and silent clients are cut by deadlines, there are never more
// than `workers` of them, and BeginStop cuts all at once. Only root and our own uid are answered, whatever the
// file's mode has become. The destructor waits for calls into Operations, so stop the instance before it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "control_api.h"
#include "control_socket.h"

namespace oktasync::host {

struct ServerOptions {
  int workers = 8;
  std::chrono::milliseconds request{10'000};  // for the whole request to arrive
  std::chrono::milliseconds stalled{10'000};  // for a reader to take anything at all of an answer
};

class ControlServer {
 public:
  // `operations` outlives it.
  static absl::StatusOr<std::unique_ptr<ControlServer>> Start(ControlSocket socket, Operations& operations,
                                                              DaemonFacts facts, ServerOptions options = {});
  virtual ~ControlServer() = default;
  virtual const std::string& path() const = 0;
  // No new connections, and none of the old ones is heard or answered any further. Does not wait.
  virtual void BeginStop() = 0;
};

}  // namespace oktasync::host
