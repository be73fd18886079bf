// `oktasync join`: a member with one command, and a token that goes to nobody who has not proved himself.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "integration/member.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("Join: directly with a pin, then syncs; a restart does not join again", "[join]") {
  Scene scene(10);
  const std::string file = UseIdentityFile(scene);
  scene.Sync(2);
  CHECK_THAT(scene.Error(), Contains("/teleport/identity/file") && Contains("oktasync join"));
  JoinDirectly(scene);
  const json joined = scene.last().report;
  CHECK(joined["cluster"] == scene.Info("cluster"));
  CHECK(joined["role"] == "Okta");
  CHECK(joined["file"] == file);
  CHECK(joined["host_id"].get<std::string>().size() == 36);
  CHECK_THAT(joined["valid_until"].get<std::string>(), Contains("T") && Contains("+00:00"));
  struct stat facts = {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0600);
  // Its key is a secret from now on, too.
  for (const std::string& line : SecretLines({file})) {
    if (ReadFile(file).find(line) < ReadFile(file).find("-----END PRIVATE KEY")) scene.AddSecret(line);
  }
  for (int i = 0; i < 3; ++i) scene.Sync();
  CHECK(scene.UserNames().size() == 10);
  CHECK(Asked(scene, "RegisterUsingToken") == 1);
  CHECK(Asked(scene, "GenerateHostCerts") == 0);
  const json entries = scene.Record().entries();
  const bool as_joined = std::any_of(entries.begin(), entries.end(), [&](const json& entry) {
    return entry["side"] == "auth" &&
           entry.value("caller", "").starts_with(joined["host_id"].get<std::string>());
  });
  CHECK(as_joined);
}

TEST_CASE("Join: the words on the terminal name who, where and what is next", "[join]") {
  Scene scene(5);
  const std::string file = UseIdentityFile(scene);
  Strings line =
      scene.CommandLine("join", {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  std::erase(line, "--json");
  harness::Process process(line);
  const harness::Finished finished = scene.End(process);
  INFO(finished.err);
  CHECK(finished.exit_code == 0);
  CHECK_THAT(finished.out, Contains("Joined the cluster " + scene.Info("cluster")) && Contains("role Okta") &&
                               Contains("valid until 20") && Contains(file) && Contains("oktasync plan"));
}

TEST_CASE("Join: a wrong pin ends it before the token is sent", "[join]") {
  Scene scene(5);
  const std::string file = UseIdentityFile(scene);
  scene.Run("join", 1, {"--token-file", TokenFile(scene), "--ca-pin", "sha256:" + std::string(64, 'a')});
  CHECK_THAT(scene.Error(), Contains("another CA than the pinned one") && Contains(scene.Info("ca_pin")) &&
                                Contains("tctl status"));
  CHECK(Asked(scene, "GetClusterCACert") == 1);
  CHECK(Asked(scene, "RegisterUsingToken") == 0);
  // And without a pin not even that is asked.
  const size_t before = scene.RecordEnd();
  scene.Run("join", 2, {"--token-file", TokenFile(scene)});
  CHECK_THAT(scene.Error(), Contains("--ca-pin"));
  const json after = scene.RecordAfter(before).entries();
  for (const json& entry : after) CHECK(entry["side"] == "control");
  CHECK_FALSE(std::ifstream(file).good());
}

TEST_CASE("Join: an expired, unknown or other token is said, with the command for a new one", "[join]") {
  Scene scene(5);
  const std::string file = UseIdentityFile(scene);
  const std::string pin = scene.Info("ca_pin");
  scene.Run("join", 1, {"--token-file", TokenFile(scene, {{"seconds", -60}}), "--ca-pin", pin});
  CHECK_THAT(scene.Error(),
             Contains("token expired or not found") && Contains("tctl tokens add --type=okta"));
  scene.Run("join", 1, {"--token-file", TokenFile(scene, {{"roles", {"Node"}}}), "--ca-pin", pin});
  CHECK_THAT(scene.Error(), Contains("another kind of service") && Contains("tctl tokens add --type=okta"));
  scene.Auth("clock_offset", {{"seconds", 36000}});
  scene.Run("join", 1, {"--token-file", TokenFile(scene), "--ca-pin", pin});
  CHECK_THAT(scene.Error(), Contains("by this machine's clock"));
  CHECK_FALSE(std::ifstream(file).good());
}

TEST_CASE("Join: what is there is kept, and --force joins again", "[join]") {
  Scene scene(5);
  const std::string file = UseIdentityFile(scene);
  JoinDirectly(scene);
  const std::string host_id = scene.last().report["host_id"];
  const std::string first = ReadFile(file);
  scene.Run("join", 2, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  CHECK_THAT(scene.Error(), Contains("is there already") && Contains(host_id) && Contains("--force"));
  CHECK(ReadFile(file) == first);
  CHECK(Asked(scene, "RegisterUsingToken") == 1);
  scene.Run("join", 0, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin"), "--force"});
  CHECK(scene.last().report["host_id"] != host_id);
  CHECK(ReadFile(file) != first);
  scene.Sync();
  // Of one that is no good a restart would not come.
  std::filesystem::resize_file(file, 300);
  scene.Run("join", 2, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  CHECK_THAT(scene.Error(), Contains("is there already, but cannot be used") && Contains("--force"));
}

TEST_CASE("Join: the token is not spent on an identity that could not be kept", "[join]") {
  Scene scene(5);
  scene.Configure("/teleport/identity", {{"file", "/proc/self/fd/identity.pem"}});
  scene.Run("join", 1, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  CHECK_THAT(scene.Error(), Contains("/proc/self/fd/identity.pem") && Contains("cannot be written") &&
                                Contains("folder must be writable"));
  CHECK(Asked(scene, "RegisterUsingToken") == 0);
  // The last folder of the path is made when it is missing, for its owner alone.
  const std::string folder = scene.Dir() + "/made-by-join";
  scene.Configure("/teleport/identity", {{"file", folder + "/identity.pem"}});
  scene.Run("join", 0, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  struct stat facts = {};
  REQUIRE(::stat(folder.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0700);
  scene.Sync();
  scene.Configure("/teleport/identity", {{"file", scene.Dir() + "/not/there/identity.pem"}});
  scene.Run("join", 1, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  CHECK_THAT(scene.Error(), Contains("/not/there/identity.pem") && Contains("cannot be made"));
}

TEST_CASE("Join: the token comes from a file of one's own, or from the environment", "[join]") {
  Scene scene(5);
  const std::string file = UseIdentityFile(scene);
  const std::string pin = scene.Info("ca_pin");
  const std::string token = TokenFile(scene);
  REQUIRE(::chmod(token.c_str(), 0644) == 0);
  scene.Run("join", 2, {"--token-file", token, "--ca-pin", pin});
  CHECK_THAT(scene.Error(), Contains("can be used by others"));
  scene.Run("join", 2, {"--ca-pin", pin});
  CHECK_THAT(scene.Error(), Contains("--token-file") && Contains("OKTASYNC_JOIN_TOKEN"));
  CHECK(Asked(scene, "RegisterUsingToken") == 0);
  std::string text = ReadFile(token);
  text.pop_back();
  const Variable variable("OKTASYNC_JOIN_TOKEN", text);
  scene.Run("join", 0, {"--ca-pin", pin});
  scene.Sync();
}

TEST_CASE("Join: a configuration that names no file is asked for one", "[join]") {
  Scene scene(5);
  scene.Run("join", 1, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  CHECK_THAT(scene.Error(), Contains("/teleport/identity/file"));
  CHECK(Asked(scene, "RegisterUsingToken") == 0);
}

TEST_CASE("Join: an interrupt ends it at once while Teleport hangs", "[join]") {
  Scene scene(5);
  const std::string file = UseIdentityFile(scene);
  scene.Auth("fault", {{"call", "RegisterUsingToken"}, {"kind", "hang"}});
  auto process = scene.Begin("join", {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
  scene.AwaitStruck("RegisterUsingToken");
  const auto begin = std::chrono::steady_clock::now();
  process->Signal(SIGINT);
  CHECK(scene.End(*process).exit_code == 130);
  // call_timeout is 30 s; the margin is the machine's.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  CHECK_FALSE(std::ifstream(file).good());
}

}  // namespace
}  // namespace integration
