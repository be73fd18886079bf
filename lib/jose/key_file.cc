#include "jose/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::jose {
namespace {

constexpr size_t kMaxKeyFile = 64 << 10;

absl::Status Refuse(const std::string& path, const std::string& why) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    "the private key file " + Escape(path) + " " + why);
}

// For a command that can be pasted into a shell.
std::string Quoted(const std::string& path) {
  std::string out = "'";
  for (char c : Escape(path)) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

struct Fd {
  explicit Fd(int number) : value(number) {}
  ~Fd() {
    if (value >= 0) close(value);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  const int value;
};

}  // namespace

absl::StatusOr<Secret> ReadKeyFile(const std::string& path) {
  // Not blocking, so that a FIFO in its place does not hold us for ever. The checks are made on what was
  // opened, not on the name.
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.value < 0) {
    const int error = errno;
    std::string why = "cannot be opened: " + std::generic_category().message(error);
    if (error == EACCES) {
      why += "; make it owned by the user that this process runs as (chown), with mode 600";
    }
    return Refuse(path, why);
  }
  struct stat info {};
  if (fstat(fd.value, &info) != 0) {
    return Refuse(path, "cannot be examined: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(info.st_mode)) return Refuse(path, "is not a regular file");
  if ((info.st_mode & 0077u) != 0) {
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%03o", info.st_mode & 0777u);
    return Refuse(path, std::string("can be used by others than its owner (mode ") + mode.data() +
                            "); run: chmod 600 " + Quoted(path) +
                            " - and if others could read it so far, make a new key");
  }

  // Read into a buffer of full size: a string that grows leaves copies of the key behind in freed memory.
  std::string text(kMaxKeyFile + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(fd.value, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      Secret wiped(std::move(text));
      return Refuse(path, "cannot be read: " + std::generic_category().message(error));
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  text.resize(size);
  Secret secret(std::move(text));
  if (size > kMaxKeyFile) return Refuse(path, "is larger than 64 KiB, so it is not a PEM key");
  if (size == 0) return Refuse(path, "is empty");
  return secret;
}

}  // namespace oktasync::jose
