// Files of keys and certificates: who else may use one, and what is said of one that cannot be read.
#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <fstream>

#include "base/status.h"
#include "base/text.h"

namespace oktasync {
namespace {

using Catch::Contains;

constexpr size_t kMax = 64 << 10;
constexpr char kText[] = "a text that is a secret";

class Folder {
 public:
  Folder() { REQUIRE(mkdir(path_.c_str(), 0700) == 0); }
  ~Folder() {
    unlink(file.c_str());
    rmdir(path_.c_str());
  }
  void Write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(file) << text;
    REQUIRE(chmod(file.c_str(), mode) == 0);
  }

 private:
  const std::string path_ = "/tmp/oktasync-file-" + RandomHex(6);

 public:
  const std::string file = path_ + "/it's.pem";
};

std::string Refusal(const absl::Status& status) {
  REQUIRE_FALSE(status.ok());
  CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(status), !Contains(kText));
  return Message(status);
}

TEST_CASE("a file is read whole, a secret one when it is ours alone") {
  const Folder folder;
  for (mode_t mode : {0600u, 0400u, 0700u}) {
    folder.Write(kText, mode);
    const auto secret = ReadSecretFile("the key file", folder.file, kMax);
    REQUIRE(secret.ok());
    CHECK(secret->Reveal() == kText);
  }
  folder.Write(kText, 0644);
  CHECK(ReadFile("the CA file", folder.file, kMax).value() == kText);
  const std::string most(kMax, 'x');
  folder.Write(most);
  CHECK(ReadSecretFile("the key file", folder.file, kMax)->Reveal() == most);
}

TEST_CASE("a secret file that others may use is refused, with the command that mends it") {
  const Folder folder;
  for (mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0601u, 0777u}) {
    folder.Write(kText, mode);
    const std::string said = Refusal(ReadSecretFile("the key file", folder.file, kMax).status());
    CHECK_THAT(said, Contains("the key file " + folder.file + " can be used by others"));
    CHECK_THAT(said, Contains("chmod 600 '" + folder.file.substr(0, folder.file.find('\'')) + "'\\''s.pem'"));
  }
}

TEST_CASE("a secret file of somebody else's, which root can read all the same, is refused") {
  struct stat facts = {};
  facts.st_mode = S_IFREG | 0600;
  facts.st_uid = geteuid();
  CHECK(UsableByOthers(facts, "/k") == "");
  facts.st_uid = 0;
  CHECK(UsableByOthers(facts, "/k") == "");
  facts.st_uid = 4711;
  CHECK_THAT(UsableByOthers(facts, "/k"),
             Contains("belongs to user 4711") && Contains("chown " + std::to_string(geteuid()) + " '/k'"));
  if (geteuid() != 0) return;
  const Folder folder;
  folder.Write(kText);
  REQUIRE(chown(folder.file.c_str(), 4711, 4711) == 0);
  CHECK_THAT(Refusal(ReadSecretFile("the key file", folder.file, kMax).status()), Contains("user 4711"));
  CHECK(ReadFile("the CA file", folder.file, kMax).ok());
}

TEST_CASE("a file that is missing, none, empty or too large says so with what it is and its path") {
  const Folder folder;
  const auto said = [&] { return Refusal(ReadFile("the CA file", folder.file, kMax).status()); };
  CHECK_THAT(said(), Contains("the CA file " + folder.file + " cannot be opened: No such file"));
  folder.Write("");
  CHECK_THAT(said(), Contains("is empty"));
  folder.Write(std::string(kMax + 1, 'x'));
  CHECK_THAT(said(), Contains("larger than 64 KiB"));
  unlink(folder.file.c_str());
  REQUIRE(mkfifo(folder.file.c_str(), 0600) == 0);  // without a writer: it would hold us for ever
  CHECK_THAT(said(), Contains("not a regular file"));
  CHECK_THAT(Refusal(ReadFile("the CA file", "/tmp", kMax).status()), Contains("not a regular file"));
}

}  // namespace
}  // namespace oktasync
