// Where the control socket of a configuration is: the same for the daemon and for those who ask it.
//
// /run/oktasync/NAME-DIGEST.sock, or $XDG_RUNTIME_DIR/oktasync/… for a user who may not make the first one.
// NAME is the configuration file's, DIGEST is over its whole path, so several daemons live side by side.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "control_socket.h"
#include "options.h"

namespace oktasync::host {

// "oktasync-1a2b3c4d.sock". The file need not be there.
std::string SocketName(const std::string& config_file);

// In the order in which they are tried; only --socket's when there is one.
std::vector<std::string> SocketPlaces(const Options& options);

// For a daemon: the first place where it can be made. kAlreadyExists as soon as a live one is found.
absl::StatusOr<ControlSocket> OpenControlSocket(const Options& options);

// The place where a daemon accepts connections; "" when there is none. kPermissionDenied: a place is closed to
// this user, so nobody can tell; kInvalidArgument: --socket names what cannot be a socket.
absl::StatusOr<std::string> FindDaemon(const Options& options);

}  // namespace oktasync::host
