#include "socket_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::host {
namespace {

constexpr char kRun[] = "/run/oktasync";
constexpr size_t kMostOfName = 32;
constexpr size_t kDigestDigits = 8;

// The path as everybody would find it, whatever the working directory and the links on the way.
std::string Canonical(const std::string& file) {
  std::error_code failed;
  const std::filesystem::path path = std::filesystem::weakly_canonical(file, failed);
  return failed ? file : path.string();
}

// A directory in which nobody but us and root can put a socket of his own.
absl::Status MakeDirectory(const std::string& directory) {
  const auto cannot = [&](absl::StatusCode code, const std::string& why) {
    return MakeStatus(
        code, "the directory " + Escape(directory) + " for the control socket cannot be used: " + why);
  };
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return cannot(absl::StatusCode::kPermissionDenied, std::strerror(errno));
  }
  struct stat found {};
  if (::lstat(directory.c_str(), &found) != 0) {
    return cannot(absl::StatusCode::kPermissionDenied, std::strerror(errno));
  }
  if (!S_ISDIR(found.st_mode)) return cannot(absl::StatusCode::kPermissionDenied, "it is no directory");
  if ((found.st_uid != ::geteuid() && found.st_uid != 0) || (found.st_mode & 022) != 0) {
    return cannot(absl::StatusCode::kPermissionDenied, "others can write there");
  }
  return absl::OkStatus();
}

}  // namespace

std::string SocketName(const std::string& config_file) {
  const std::string path = Canonical(config_file);
  std::string name;
  for (char c : std::filesystem::path(path).stem().string().substr(0, kMostOfName)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    name += plain ? c : '_';
  }
  return name + "-" + Hex(Sha256(path)).substr(0, kDigestDigits) + ".sock";
}

std::vector<std::string> SocketPlaces(const Options& options) {
  if (!options.socket_file.empty()) return {options.socket_file};
  const std::string name = SocketName(options.config_file);
  std::vector<std::string> places = {std::string(kRun) + "/" + name};
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  // Relative ones are to be ignored (XDG Base Directory Specification).
  if (runtime != nullptr && *runtime == '/') places.push_back(std::string(runtime) + "/oktasync/" + name);
  return places;
}

absl::StatusOr<ControlSocket> OpenControlSocket(const Options& options) {
  if (!options.socket_file.empty()) return ControlSocket::Listen(options.socket_file);
  std::string tried;
  for (const std::string& place : SocketPlaces(options)) {
    absl::Status failed = MakeDirectory(place.substr(0, place.rfind('/')));
    if (failed.ok()) {
      absl::StatusOr<ControlSocket> socket = ControlSocket::Listen(place);
      if (socket.ok() || socket.status().code() == absl::StatusCode::kAlreadyExists) return socket;
      failed = socket.status();
    }
    tried += (tried.empty() ? "" : "; ") + Message(failed);
  }
  return MakeStatus(absl::StatusCode::kPermissionDenied, tried + ". Name a place with --socket");
}

absl::StatusOr<std::string> FindDaemon(const Options& options) {
  std::string forbidden;
  for (const std::string& place : SocketPlaces(options)) {
    switch (LookAt(place)) {
      case Presence::kLive:
        return place;
      case Presence::kForbidden:
        forbidden = place;
        break;
      case Presence::kOther:
        if (options.socket_file.empty()) break;
        return MakeStatus(absl::StatusCode::kInvalidArgument,
                          Escape(place) +
                              " is no socket that could be a daemon's, or longer than a socket's path "
                              "may be; see --socket");
      case Presence::kNobody:
        break;
    }
  }
  if (forbidden.empty()) return std::string();
  return MakeStatus(
      absl::StatusCode::kPermissionDenied,
      "the control socket " + Escape(forbidden) +
          " is closed to this user, so a daemon that may be there was not asked: only root and the "
          "user who runs it may; ask as one of them");
}

}  // namespace oktasync::host
