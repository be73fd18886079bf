// The host's dial: a connected socket that the tunnel then owns.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "barrier.h"
#include "base/cancel.h"
#include "base/status.h"
#include "buffers.h"
#include "host_binding.h"

namespace oktasync::plugin {
namespace {

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  int get() const { return fd_; }
  int Take() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

absl::Status CheckSocket(int fd) {
  int type = 0;
  socklen_t length = sizeof(type);
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
    return MakeStatus(absl::StatusCode::kInternal, "the host's dial gave the descriptor " +
                                                       std::to_string(fd) +
                                                       ", which is no socket: " + std::strerror(errno));
  }
  if (type != SOCK_STREAM) {
    return MakeStatus(absl::StatusCode::kInternal,
                      "the host's dial gave a socket that is no stream; TLS needs a byte stream");
  }
  return absl::OkStatus();
}

absl::StatusOr<teleport::Dialled> DialHost(const HostBinding& host, const std::string& address,
                                           absl::Duration timeout, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("connecting to " + address));
  const OwnedFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (stop.get() < 0) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      std::string("no file descriptor for a connection to Teleport: ") +
                          std::strerror(errno) +
                          "; raise the process's limit on open files (ulimit -n, LimitNOFILE)");
  }
  const Cancel::Registration registration(cancel, [fd = stop.get()] {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(fd, &one, sizeof(one));  // cannot fail on an empty eventfd
  });

  oktasync_dial_request request{};
  request.struct_size = sizeof(request);
  request.cancel_fd = stop.get();
  request.address = Borrow(address);
  request.timeout_ns = static_cast<uint64_t>(absl::ToInt64Nanoseconds(timeout));
  oktasync_connection connection{};
  connection.struct_size = sizeof(connection);
  connection.fd = -1;
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const int32_t code = host.table.dial(host.ctx, &request, &connection, &err);
  OwnedFd fd(code == OKTASYNC_OK ? connection.fd : -1);
  OKTASYNC_RETURN_IF_ERROR(FromHost("dial", code, err));
  if (fd.get() < 0) {
    return MakeStatus(absl::StatusCode::kInternal, "the host's dial said OK but gave no connection");
  }
  if ((connection.flags & ~OKTASYNC_CONNECTION_SECURED) != 0) {
    return MakeStatus(absl::StatusCode::kUnimplemented,
                      "the host's dial gave a connection with flags that this version does not know");
  }
  OKTASYNC_RETURN_IF_ERROR(CheckSocket(fd.get()));
  // A child that the host executes must not inherit the connection.
  const int flags = ::fcntl(fd.get(), F_GETFD);
  if (flags >= 0) ::fcntl(fd.get(), F_SETFD, flags | FD_CLOEXEC);
  return teleport::Dialled(fd.Take(), (connection.flags & OKTASYNC_CONNECTION_SECURED) != 0);
}

}  // namespace

teleport::Dial MakeDial(const HostBinding& host, absl::Duration timeout) {
  if (host.table.dial == nullptr) return nullptr;
  return [host, timeout](const std::string& address, Cancel& cancel) {
    return DialHost(host, address, timeout, cancel);
  };
}

}  // namespace oktasync::plugin
