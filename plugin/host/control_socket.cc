#include "control_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::host {
namespace {

constexpr int kBacklog = 16;
constexpr int kLockTries = 16;

absl::Status Cannot(const std::string& path, const std::string& what, int error) {
  absl::StatusCode code = absl::StatusCode::kUnavailable;
  if (error == EACCES || error == EPERM || error == EROFS) code = absl::StatusCode::kPermissionDenied;
  if (error == ENOENT || error == ENOTDIR) code = absl::StatusCode::kNotFound;
  return MakeStatus(
      code, "the control socket " + Escape(path) + " cannot be made: " + what + ": " + std::strerror(error));
}

std::optional<sockaddr_un> Address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path) || path.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

std::string HolderOf(int lock) {
  char pid[24] = "";
  const ssize_t size = ::pread(lock, pid, sizeof(pid) - 1, 0);
  const std::string text(pid, size > 0 ? static_cast<size_t>(size) : 0);
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return number ? " (process " + text + ")" : std::string();
}

absl::Status Taken(const std::string& path, const std::string& holder) {
  return MakeStatus(absl::StatusCode::kAlreadyExists,
                    "another `oktasync run`" + holder + " is at work here and serves " + Escape(path) +
                        "; stop it first, or give this one a socket of its own with --socket");
}

}  // namespace

Presence LookAt(const std::string& path) {
  const std::optional<sockaddr_un> address = Address(path);
  if (!address) return Presence::kOther;
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode)) return Presence::kOther;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Presence::kOther;
  const int result = ::connect(fd, Generic(*address), sizeof(*address));
  const int error = errno;
  const absl::StatusOr<uid_t> peer = PeerUid(fd);
  ::close(fd);
  // Nobody but root asks the daemon of another user; and who is no root must not take somebody's word for it.
  const bool foreign = peer.ok() && *peer != ::geteuid() && *peer != 0 && ::geteuid() != 0;
  if (result == 0 && foreign) return Presence::kForbidden;
  // EAGAIN: so many wait already that no more may.
  if (result == 0 || error == EAGAIN || error == EINPROGRESS) return Presence::kLive;
  if (error == ECONNREFUSED || error == ENOENT || error == ENOTDIR) return Presence::kNobody;
  return error == EACCES || error == EPERM ? Presence::kForbidden : Presence::kOther;
}

absl::StatusOr<uid_t> PeerUid(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof(peer)) return peer.uid;
  return MakeStatus(absl::StatusCode::kUnavailable,
                    std::string("the kernel does not say who is connected: ") + std::strerror(errno));
}

absl::StatusOr<ControlSocket> ControlSocket::Listen(const std::string& path) {
  if (!Address(path)) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      Escape(path) + " cannot be the path of a socket: expected 1 to " +
                          std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  }
  ControlSocket made;
  made.path_ = path;
  OKTASYNC_RETURN_IF_ERROR(made.TakeLock());
  OKTASYNC_RETURN_IF_ERROR(made.Bind());
  return made;
}

ControlSocket::ControlSocket(ControlSocket&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      fd_(std::exchange(other.fd_, -1)),
      bound_(std::exchange(other.bound_, false)) {}

absl::Status ControlSocket::TakeLock() {
  const std::string file = path_ + ".lock";
  for (int i = 0; i < kLockTries; ++i) {
    lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ < 0) {
      const int error = errno;
      const bool closed = error == EACCES || error == EPERM;
      return Cannot(path_,
                    std::string(closed ? "another user has its place, or may write there alone; " : "") +
                        "its lock file " + Escape(file),
                    error);
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      const absl::Status refused =
          errno == EWOULDBLOCK ? Taken(path_, HolderOf(lock_)) : Cannot(path_, "its lock file", errno);
      ::close(std::exchange(lock_, -1));
      return refused;
    }
    // Whoever ended in between has taken the file away under which we locked.
    struct stat locked {};
    struct stat there {};
    if (::fstat(lock_, &locked) == 0 && ::stat(file.c_str(), &there) == 0 && locked.st_ino == there.st_ino &&
        locked.st_dev == there.st_dev) {
      const std::string pid = std::to_string(::getpid());
      if (::ftruncate(lock_, 0) == 0) {
        // For the words of a refusal alone.
        [[maybe_unused]] const ssize_t written = ::pwrite(lock_, pid.data(), pid.size(), 0);
      }
      return absl::OkStatus();
    }
    ::close(std::exchange(lock_, -1));
  }
  return MakeStatus(absl::StatusCode::kUnavailable,
                    "the control socket " + Escape(path_) +
                        " cannot be made: its lock file is replaced again and again by somebody else");
}

absl::Status ControlSocket::Bind() {
  switch (LookAt(path_)) {
    case Presence::kLive:  // by something that knows nothing of our lock
      return Taken(path_, "");
    case Presence::kOther:
      return MakeStatus(absl::StatusCode::kInvalidArgument,
                        Escape(path_) +
                            " is there and is no socket that could be ours; take it away, or name another "
                            "path with --socket");
    case Presence::kForbidden:
      return Cannot(path_, "a socket of somebody else is there", EACCES);
    case Presence::kNobody:
      break;
  }
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    return Cannot(path_, "what a dead process has left there cannot be taken away", errno);
  }
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return Cannot(path_, "no socket", errno);
  // Linux makes the file with the mode of the descriptor (less the umask), so there is no moment at which
  // others could connect.
  if (::fchmod(fd_, 0600) != 0) return Cannot(path_, "its mode", errno);
  const sockaddr_un address = *Address(path_);
  if (::bind(fd_, Generic(address), sizeof(address)) != 0) return Cannot(path_, "bind", errno);
  bound_ = true;
  struct stat made {};
  if (::lstat(path_.c_str(), &made) != 0) return Cannot(path_, "looking at it", errno);
  if (!S_ISSOCK(made.st_mode) || (made.st_mode & 0177) != 0 || made.st_uid != ::geteuid()) {
    return MakeStatus(absl::StatusCode::kPermissionDenied,
                      "the control socket " + Escape(path_) +
                          " cannot be made: this file system gives it another owner or mode than 0600");
  }
  if (::listen(fd_, kBacklog) != 0) return Cannot(path_, "listen", errno);
  return absl::OkStatus();
}

void ControlSocket::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (lock_ < 0) return;
  if (std::exchange(bound_, false)) ::unlink(path_.c_str());
  ::unlink((path_ + ".lock").c_str());
  ::close(std::exchange(lock_, -1));
}

}  // namespace oktasync::host
