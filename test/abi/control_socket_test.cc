// The control socket itself: its mode, its lock, what is refused and what is replaced; and where it is.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/status.h"
#include "control_socket.h"
#include "socket_path.h"

namespace oktasync::host {
namespace {

using Catch::Matchers::Contains;

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "oktasync-socket-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

mode_t ModeOf(const std::string& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

// A socket as somebody leaves it who knows nothing of our lock; alive until it is closed.
int Foreign(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(fd, 1) == 0);
  return fd;
}

TEST_CASE("socket: mode 0600 whatever the umask, and nothing is left behind") {
  const Folder folder;
  const std::string path = folder / "a.sock";
  const mode_t umask = ::umask(0);
  {
    const auto socket = ControlSocket::Listen(path);
    ::umask(umask);
    REQUIRE(socket.ok());
    CHECK(ModeOf(path) == 0600);
    CHECK(ModeOf(path + ".lock") == 0600);
    CHECK(LookAt(path) == Presence::kLive);
  }
  CHECK(LookAt(path) == Presence::kNobody);
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(path + ".lock"));
}

TEST_CASE("socket: a second daemon is refused and told which process is in its way; the first is unharmed") {
  const Folder folder;
  const std::string path = folder / "a.sock";
  const auto first = ControlSocket::Listen(path);
  REQUIRE(first.ok());
  const auto second = ControlSocket::Listen(path);
  REQUIRE(second.status().code() == absl::StatusCode::kAlreadyExists);
  CHECK_THAT(Message(second.status()),
             Contains("process " + std::to_string(::getpid())) && Contains("--socket") && Contains(path));
  CHECK(LookAt(path) == Presence::kLive);
}

TEST_CASE("socket: what a dead process has left is replaced") {
  const Folder folder;
  const std::string path = folder / "a.sock";
  ::close(Foreign(path));
  std::ofstream(path + ".lock") << "4711";  // without the lock on it, which died with its process
  REQUIRE(std::filesystem::exists(path));
  CHECK(LookAt(path) == Presence::kNobody);
  const auto socket = ControlSocket::Listen(path);
  REQUIRE(socket.ok());
  CHECK(LookAt(path) == Presence::kLive);
  CHECK(ModeOf(path) == 0600);
}

TEST_CASE("socket: a live one without a lock is refused as well, and what is no socket is not taken away") {
  const Folder folder;
  const std::string path = folder / "a.sock";
  const int fd = Foreign(path);
  CHECK(ControlSocket::Listen(path).status().code() == absl::StatusCode::kAlreadyExists);
  CHECK(LookAt(path) == Presence::kLive);
  ::close(fd);

  const std::string file = folder / "precious";
  std::ofstream(file) << "text";
  CHECK(LookAt(file) == Presence::kOther);
  const auto refused = ControlSocket::Listen(file);
  CHECK(refused.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK_THAT(Message(refused.status()), Contains("no socket"));
  CHECK(std::filesystem::file_size(file) == 4);
}

TEST_CASE("socket: a lock file that is a link is not followed") {
  const Folder folder;
  const std::string target = folder / "target";
  std::ofstream(target) << "text";
  std::filesystem::create_symlink(target, folder / "a.sock.lock");
  CHECK_FALSE(ControlSocket::Listen(folder / "a.sock").ok());
  CHECK(std::filesystem::file_size(target) == 4);
}

TEST_CASE("socket: a place that cannot be one is refused in words") {
  const Folder folder;
  const auto no_folder = ControlSocket::Listen(folder / "missing/a.sock");
  CHECK(no_folder.status().code() == absl::StatusCode::kNotFound);
  CHECK_THAT(Message(no_folder.status()), Contains("missing/a.sock"));
  CHECK(ControlSocket::Listen(folder / std::string(200, 'a')).status().code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(ControlSocket::Listen("").status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("socket: the kernel says who is connected") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const auto uid = PeerUid(pair[0]);
  REQUIRE(uid.ok());
  CHECK(*uid == ::geteuid());
  ::close(pair[0]);
  ::close(pair[1]);
  CHECK_FALSE(PeerUid(-1).ok());
}

TEST_CASE("socket: daemon and clients find the same place by the configuration's path") {
  const Folder folder;
  const std::string config = folder / "okta sync.yaml";
  std::ofstream(config) << "{}";
  const std::string name = SocketName(config);
  CHECK_THAT(name, Catch::Matchers::Matches("okta_sync-[0-9a-f]{8}\\.sock"));
  std::filesystem::create_symlink(config, folder / "okta-link.yaml");
  CHECK(SocketName(folder / "okta-link.yaml") == name);
  CHECK(SocketName(folder / "./okta sync.yaml") == name);
  CHECK(SocketName(folder / "other.yaml") != name);
  CHECK(SocketName(folder / std::string(250, 'x')).size() < 60);

  Options options;
  options.config_file = config;
  ::setenv("XDG_RUNTIME_DIR", "/run/user/1234", 1);
  CHECK(SocketPlaces(options) ==
        std::vector<std::string>{"/run/oktasync/" + name, "/run/user/1234/oktasync/" + name});
  ::setenv("XDG_RUNTIME_DIR", "relative", 1);
  CHECK(SocketPlaces(options).size() == 1);
  ::unsetenv("XDG_RUNTIME_DIR");
  options.socket_file = "/x/y.sock";
  CHECK(SocketPlaces(options) == std::vector<std::string>{"/x/y.sock"});
}

TEST_CASE("socket: who is no root takes no other user's word for a daemon's") {
  if (::geteuid() != 0) {
    WARN("needs root to become two others; not tested");
    return;
  }
  const Folder folder;
  const std::string path = folder / "a.sock";
  REQUIRE(::chmod((folder / ".").c_str(), 0777) == 0);
  REQUIRE(::seteuid(65533) == 0);
  const int fd = Foreign(path);
  REQUIRE(::seteuid(0) == 0);
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  CHECK(LookAt(path) == Presence::kLive);  // root may ask everybody's
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(::setuid(65534) == 0 ? static_cast<int>(LookAt(path)) : 99);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == static_cast<int>(Presence::kForbidden));
  ::close(fd);
}

TEST_CASE("socket: a named place that cannot be a socket is told from one where nobody is") {
  const Folder folder;
  Options options;
  options.socket_file = folder / std::string(200, 'a');
  CHECK(FindDaemon(options).status().code() == absl::StatusCode::kInvalidArgument);
  options.socket_file = folder / "file";
  std::ofstream(options.socket_file) << "text";
  CHECK_THAT(Message(FindDaemon(options).status()), Contains("file is no socket"));
}

TEST_CASE("socket: a daemon is found while it listens, and not before or after") {
  const Folder folder;
  Options options;
  options.socket_file = folder / "a.sock";
  CHECK(*FindDaemon(options) == "");
  {
    const auto socket = OpenControlSocket(options);
    REQUIRE(socket.ok());
    CHECK(*FindDaemon(options) == options.socket_file);
  }
  CHECK(*FindDaemon(options) == "");
}

}  // namespace
}  // namespace oktasync::host
