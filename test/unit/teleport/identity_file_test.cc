// teleport/identity_file.h: one file, replaced as a whole or not at all.
#include "teleport/identity_file.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "auth/pki.h"
#include "base/status.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

Identity Issue(const std::string& host_id) {
  static const playground::CertificateAuthority ca("root.example.com");
  playground::CertificateRequest request;
  request.organization = "Okta";
  request.common_name = host_id + ".root.example.com";
  const playground::KeyAndCertificate pair = ca.Issue(request);
  Identity identity;
  identity.key_pem = Secret(pair.key_pem);
  identity.cert_pem = pair.certificate_pem;
  identity.ca_pem = ca.certificate_pem();
  return identity;
}

size_t FilesIn(const std::string& folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

TEST_CASE("identity file: what was written is read again, and it is its owner's alone") {
  const TempDir dir;
  const std::string path = dir.Path("identity.pem");
  const mode_t before = umask(0);
  const Identity identity = Issue("one");
  REQUIRE(WriteIdentityFile(path, identity).ok());
  umask(before);
  struct stat facts = {};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0600);
  const auto read = ReadIdentityFile(path);
  REQUIRE(read.ok());
  CHECK(read->key_pem.Reveal() == identity.key_pem.Reveal());
  CHECK(read->cert_pem == identity.cert_pem);
  CHECK(read->ca_pem == identity.ca_pem);
  CHECK(read->generation == GenerationOf(identity));
  CHECK(Inspect(*read).ok());
  // Over an older one, too; and nothing is left beside it.
  REQUIRE(WriteIdentityFile(path, Issue("two")).ok());
  CHECK(ReadIdentityFile(path)->generation != read->generation);
  CHECK(FilesIn(dir.Path("")) == 1);
}

TEST_CASE("identity file: Teleport's own lines for SSH are skipped, whatever their order") {
  const Identity identity = Issue("one");
  const auto read = ParseIdentityFile(std::string(identity.key_pem.Reveal()) +
                                      "ssh-rsa-cert-v01@openssh.com AAAA\n" + identity.cert_pem +
                                      "@cert-authority *.root,root ssh-rsa AAAA\n" + identity.ca_pem + "\n");
  REQUIRE(read.ok());
  CHECK(Inspect(*read).ok());
}

TEST_CASE("identity file: missing, open to others, or half of one is refused in words") {
  const TempDir dir;
  const std::string path = dir.Path("identity.pem");
  const auto missing = ReadIdentityFile(path);
  CHECK(missing.status().code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(missing.status(), {path, "tctl tokens add --type=okta", "oktasync join"}) == "");
  REQUIRE(WriteIdentityFile(path, Issue("one")).ok());
  REQUIRE(chmod(path.c_str(), 0640) == 0);
  CHECK(Lacks(ReadIdentityFile(path).status(), {path, "chmod 600"}) == "");
  const Identity identity = Issue("one");
  dir.Write("half.pem", std::string(identity.key_pem.Reveal()) + identity.cert_pem);
  const auto half = ReadIdentityFile(dir.Path("half.pem"));
  CHECK(half.status().code() == StatusCode::kInvalidArgument);
  CHECK(Message(half.status()).find("BEGIN") == std::string::npos);
}

TEST_CASE("identity file: whether it could be written is told without writing") {
  const TempDir dir;
  CHECK(CanWriteIdentityFile(dir.Path("identity.pem")).ok());
  CHECK_FALSE(IdentityFileExists(dir.Path("identity.pem")));
  CHECK(Lacks(CanWriteIdentityFile(dir.Path("none/identity.pem")),
              {"none/identity.pem", "cannot be written", "No such file"}) == "");
  CHECK_FALSE(IdentityFileExists(dir.Path("none")));
  const bool root = geteuid() == 0;
  if (root) REQUIRE(seteuid(65534) == 0);
  if (!root) REQUIRE(chmod(dir.Path("").c_str(), 0500) == 0);
  const absl::Status status = CanWriteIdentityFile(dir.Path("identity.pem"));
  if (root) REQUIRE(seteuid(0) == 0);
  if (!root) REQUIRE(chmod(dir.Path("").c_str(), 0700) == 0);
  CHECK(Lacks(status, {"cannot be written", "must be writable by the user"}) == "");
  // To join, the last folder of the path is made.
  CHECK(MakeRoomForIdentityFile(dir.Path("made/identity.pem")).ok());
  CHECK(CanWriteIdentityFile(dir.Path("made/identity.pem")).ok());
  CHECK_FALSE(MakeRoomForIdentityFile(dir.Path("not/there/identity.pem")).ok());
  CHECK_FALSE(MakeRoomForIdentityFile(dir.Path("made")).ok());  // a token spent on a folder were lost
}

TEST_CASE("identity file: a folder that does not let us is told, and the old file stays") {
  if (geteuid() == 0) {
    // Nothing is forbidden to root but what does not exist.
    const auto status = WriteIdentityFile("/proc/none/identity.pem", Issue("one"));
    CHECK(status.code() == StatusCode::kFailedPrecondition);
    CHECK(Lacks(status, {"/proc/none/identity.pem", "cannot be written"}) == "");
    return;
  }
  const TempDir dir;
  const std::string path = dir.Path("identity.pem");
  REQUIRE(WriteIdentityFile(path, Issue("one")).ok());
  REQUIRE(chmod(dir.Path("").c_str(), 0500) == 0);
  const auto status = WriteIdentityFile(path, Issue("two"));
  REQUIRE(chmod(dir.Path("").c_str(), 0700) == 0);
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Inspect(*ReadIdentityFile(path))->host_id == "one");
}

TEST_CASE("identity file: killed between the write and the rename, the old one is whole") {
  const TempDir dir;
  const std::string path = dir.Path("identity.pem");
  REQUIRE(WriteIdentityFile(path, Issue("one")).ok());
  const Identity next = Issue("two");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    static_cast<void>(WriteIdentityFile(path, next, [] { _exit(7); }));
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WEXITSTATUS(status) == 7);
  CHECK(FilesIn(dir.Path("")) == 2);  // the new one lies beside it, whole as well
  const auto read = ReadIdentityFile(path);
  REQUIRE(read.ok());
  CHECK(Inspect(*read)->host_id == "one");
  // The next attempt is not hindered.
  REQUIRE(WriteIdentityFile(path, next).ok());
  CHECK(Inspect(*ReadIdentityFile(path))->host_id == "two");
}

}  // namespace
}  // namespace oktasync::teleport
