#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/fd.h"
#include "base/status.h"
#include "base/text.h"

namespace oktasync {
namespace {

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

std::string Size(size_t bytes) {
  return bytes % (1 << 20) == 0 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

absl::StatusOr<Secret> Read(std::string_view what, const std::string& path, size_t max_bytes, bool secret) {
  const auto refuse = [&](const std::string& why,
                          absl::StatusCode code = absl::StatusCode::kFailedPrecondition) {
    return MakeStatus(code, std::string(what) + " " + Escape(path) + " " + why);
  };
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    const int error = errno;
    std::string todo;
    if (error == EACCES) {
      todo = secret ? "; make it owned by the user that this process runs as (chown), with mode 600"
                    : "; let the user that this process runs as read it";
    }
    return refuse("cannot be opened: " + ErrnoText(error) + todo);
  }
  struct stat facts = {};
  if (fstat(fd.get(), &facts) != 0) return refuse("cannot be examined: " + ErrnoText(errno));
  if (!S_ISREG(facts.st_mode)) return refuse("is not a regular file");
  if (secret) {
    if (const std::string others = UsableByOthers(facts, path); !others.empty()) return refuse(others);
  }
  const auto size = static_cast<size_t>(facts.st_size);
  if (size == 0) return refuse("is empty");
  if (size > max_bytes) return refuse("is larger than " + Size(max_bytes) + ": is it the right file?");

  // Of its full size from the start: a string that grows leaves copies behind. One byte more shows that it grew.
  std::string text(size + 1, '\0');
  size_t got = 0;
  while (got < text.size()) {
    const ssize_t n = read(fd.get(), text.data() + got, text.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      const Secret wiped(std::move(text));
      return refuse("cannot be read: " + ErrnoText(error));
    }
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  const bool whole = got == size;
  if (whole) text.resize(size);
  Secret read_text(std::move(text));
  if (!whole)
    return refuse("changed while it was read; is it being written now?", absl::StatusCode::kUnavailable);
  return read_text;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(std::string_view what, const std::string& path, size_t max_bytes) {
  OKTASYNC_ASSIGN_OR_RETURN(const Secret text, Read(what, path, max_bytes, false));
  return std::string(text.Reveal());
}

absl::StatusOr<Secret> ReadSecretFile(std::string_view what, const std::string& path, size_t max_bytes) {
  return Read(what, path, max_bytes, true);
}

std::string UsableByOthers(const struct stat& facts, const std::string& path) {
  constexpr char kIfSeen[] = " - and if others could read it so far, have a new one made";
  if ((facts.st_mode & 0077u) != 0) {
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%03o", facts.st_mode & 0777u);
    return std::string("can be used by others than its owner (mode ") + mode.data() + "); run: chmod 600 " +
           Quoted(path) + kIfSeen;
  }
  // Only root comes so far with a file of somebody else's.
  if (facts.st_uid != geteuid() && facts.st_uid != 0) {
    return "belongs to user " + std::to_string(facts.st_uid) + ", who can use it as well; run: chown " +
           std::to_string(geteuid()) + " " + Quoted(path) + kIfSeen;
  }
  return {};
}

}  // namespace oktasync
