#include "teleport/identity_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/status.h"
#include "base/text.h"

namespace oktasync::teleport {
namespace {

// The text between a BEGIN line and its END line, both included, and where the next one may begin.
struct Block {
  std::string_view text;
  size_t end = 0;
};

bool NextBlock(std::string_view text, size_t from, Block* block) {
  const size_t begin = text.find("-----BEGIN ", from);
  if (begin == std::string_view::npos) return false;
  const size_t end = text.find("-----END ", begin);
  if (end == std::string_view::npos) return false;
  const size_t line = text.find('\n', end);
  block->end = line == std::string_view::npos ? text.size() : line + 1;
  block->text = text.substr(begin, block->end - begin);
  return true;
}

void AppendPem(std::string_view pem, std::string* out) {
  out->append(pem);
  if (!out->empty() && out->back() != '\n') *out += '\n';
}

constexpr char kNothingBeside[] = "no file can be made beside it";

absl::Status CannotWrite(const std::string& path, const std::string& what, int error) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    "the identity file " + Escape(path) + " cannot be written: " + what + ": " +
                        ErrnoText(error) + "; its folder must be writable by the user that oktasync runs as");
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

absl::StatusOr<Identity> ParseIdentityFile(std::string_view text) {
  Identity identity;
  Block block;
  size_t from = 0;
  for (int number = 0; NextBlock(text, from, &block); ++number) {
    from = block.end;
    if (number == 0) {
      identity.key_pem = Secret(std::string(block.text));
    } else {
      AppendPem(block.text, number == 1 ? &identity.cert_pem : &identity.ca_pem);
    }
  }
  if (identity.ca_pem.empty()) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "it does not hold a private key, a certificate and a CA one after the other");
  }
  identity.generation = GenerationOf(identity);
  return identity;
}

absl::StatusOr<Identity> ReadIdentityFile(const std::string& path) {
  const auto whole = ReadSecretFile("identity file", path, kMaxPemFile);
  if (!whole.ok()) {
    if (IdentityFileExists(path)) return whole.status();
    return MakeStatus(whole.status().code(),
                      Message(whole.status()) +
                          "; a cluster is joined with: tctl tokens add --type=okta, then oktasync join");
  }
  auto identity = ParseIdentityFile(whole->Reveal());
  if (!identity.ok()) return Annotate(identity.status(), "identity file " + Escape(path));
  return identity;
}

absl::Status WriteIdentityFile(const std::string& path, const Identity& identity,
                               const std::function<void()>& before_rename) {
  std::string text;
  text.reserve(identity.key_pem.Reveal().size() + identity.cert_pem.size() + identity.ca_pem.size() + 8);
  AppendPem(identity.key_pem.Reveal(), &text);  // within the reserved space: no copy stays behind
  AppendPem(identity.cert_pem, &text);
  AppendPem(identity.ca_pem, &text);
  const Secret whole(std::move(text));

  std::string temporary = path + ".XXXXXX";
  UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));  // of mode 0600, whatever the umask
  if (!fd.valid()) return CannotWrite(path, kNothingBeside, errno);
  const auto fail = [&](const std::string& what) {
    const int error = errno;
    unlink(temporary.c_str());
    return CannotWrite(path, what, error);
  };
  if (fchmod(fd.get(), 0600) != 0) return fail("its mode");
  if (!WriteAll(fd.get(), whole.Reveal()) || fsync(fd.get()) != 0) return fail("writing a file beside it");
  fd.Close();
  if (before_rename != nullptr) before_rename();
  if (rename(temporary.c_str(), path.c_str()) != 0) return fail("putting the new one in its place");
  // Without this the name may come back to the old file when the machine loses power.
  const UniqueFd folder(open(FolderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid()) fsync(folder.get());
  return absl::OkStatus();
}

absl::Status CanWriteIdentityFile(const std::string& path) {
  if (faccessat(AT_FDCWD, FolderOf(path).c_str(), W_OK | X_OK, AT_EACCESS) == 0) return absl::OkStatus();
  return CannotWrite(path, kNothingBeside, errno);
}

absl::Status MakeRoomForIdentityFile(const std::string& path) {
  struct stat there = {};
  if (stat(path.c_str(), &there) == 0 && S_ISDIR(there.st_mode)) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      Escape(path) + " is a folder; name the file that the identity is to be written to");
  }
  if (mkdir(FolderOf(path).c_str(), 0700) != 0 && errno != EEXIST)
    return CannotWrite(path, "its folder is not there and cannot be made", errno);
  std::string temporary = path + ".XXXXXX";
  const UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return CannotWrite(path, kNothingBeside, errno);
  unlink(temporary.c_str());
  return absl::OkStatus();
}

bool IdentityFileExists(const std::string& path) {
  struct stat facts = {};
  return lstat(path.c_str(), &facts) == 0;
}

}  // namespace oktasync::teleport
