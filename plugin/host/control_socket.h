// The unix socket on which a daemon listens, and who may be on the other end of one.
//
// A socket is owned by who holds the lock on the file beside it (PATH.lock), so two daemons that start at the
// same moment cannot both have it, and the socket of a dead one is replaced without a guess: the kernel lets
// its lock go. The mode is 0600 from the moment the socket exists; who connects is asked for his uid besides.
// Not thread-safe, but for what works on descriptors.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"

namespace oktasync::host {

// What is found at a path.
enum class Presence {
  kNobody,     // nothing, or the socket of a process that is gone
  kLive,       // somebody accepts connections
  kForbidden,  // this user may not connect, or another one, who is not root, serves it
  kOther,      // not a socket, or a path that cannot be one
};
Presence LookAt(const std::string& path);

// The uid of the process that connected, or accepted. Of the moment when it did.
absl::StatusOr<uid_t> PeerUid(int fd);

class ControlSocket {
 public:
  // kAlreadyExists: a live daemon serves there; kInvalidArgument: the path cannot be a socket's, or is
  // something else; kPermissionDenied, kNotFound, kUnavailable: it cannot be made there.
  static absl::StatusOr<ControlSocket> Listen(const std::string& path);
  ControlSocket(ControlSocket&& other) noexcept;
  ControlSocket& operator=(ControlSocket&&) = delete;
  ~ControlSocket() { Close(); }

  int fd() const { return fd_; }  // non-blocking
  const std::string& path() const { return path_; }
  // Takes the socket away from the file system, and the lock after it. Idempotent.
  void Close();

 private:
  ControlSocket() = default;
  absl::Status TakeLock();
  absl::Status Bind();

  std::string path_;
  int lock_ = -1;
  int fd_ = -1;
  bool bound_ = false;
};

}  // namespace oktasync::host
