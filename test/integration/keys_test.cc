// Keys: several with overlap, rotation while the daemon runs, and what is printed for Okta.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

// The file of a new private key that Okta does not know.
std::string NewKey(const Scene& scene, const std::string& name) {
  const json made = scene.Okta("add_key", {{"kid", name}});
  scene.Okta("remove_key", {{"kid", name}});
  return made["private_key_file"];
}

// What `oktasync jwks` prints, for --single one key.
json Jwks(Scene& scene, const Strings& more = {}) {
  harness::Process process(scene.CommandLine("jwks", more));
  const harness::Finished finished = scene.End(process);
  INFO(finished.err);
  REQUIRE(finished.exit_code == 0);
  return json::parse(finished.out);
}

TEST_CASE("keys: what `oktasync jwks` prints is what Okta needs, and holds nothing private",
          "[okta_tokens]") {
  Scene scene(10);
  const std::string file = NewKey(scene, "fresh");
  json okta = scene.Config()["okta"];
  okta.erase("key_id");
  okta["private_key_file"] = file;
  okta["other_keys"] = {{"older", scene.Info("rsa_private_key_file")}};
  scene.Configure("/okta", okta);
  const json set = Jwks(scene);
  REQUIRE(set["keys"].size() == 2);
  CHECK(set["keys"][1]["kid"] == "older");
  CHECK(set["keys"][1]["alg"] == "RS256");
  for (const json& key : set["keys"]) {
    CHECK(key["use"] == "sig");
    for (const char* secret : {"d", "p", "q", "dp", "dq", "qi"}) CHECK_FALSE(key.contains(secret));
  }
  const json single = Jwks(scene, {"--single"});
  CHECK(single == set["keys"][0]);
  CHECK(Jwks(scene, {"--key-id", "older"}) == set["keys"][1]);
  // Nobody knows it yet.
  scene.Sync(1);
  CHECK_THAT(scene.Error(), Contains("none of our 2 keys is accepted") && Contains("oktasync jwks") &&
                                Contains(single["kid"].get<std::string>()));
  // Pasted as it is printed.
  CHECK(scene.Okta("add_key", {{"jwk", single}})["kid"] == single["kid"]);
  scene.Sync();
  CHECK(scene.Writes().size() == 10);
}

TEST_CASE("bad day: kid unknown right after a rotation: the other key, and the run is whole",
          "[okta_tokens]") {
  Scene scene(10);
  const std::string next = NewKey(scene, "next");
  scene.Configure("/okta/other_keys", {{scene.Info("key_id"), scene.Info("private_key_file")}});
  scene.Configure("/okta/key_id", "next");
  scene.Configure("/okta/private_key_file", next);
  scene.Sync();
  CHECK(scene.Writes().size() == 10);
  CHECK(scene.Record().Requests("okta", "/oauth2/v1/token") == 2);
  CHECK_THAT(scene.last().process.err, Contains("\"key_id\":\"next\"") && Contains("serves"));
  CHECK_THAT(scene.Notices(), Contains("key id next") && Contains("serves") && Contains("oktasync jwks"));
  scene.Okta("add_key", {{"kid", "next"}});
  scene.Sync();
  CHECK(scene.Record().Requests("okta", "/oauth2/v1/token") == 1);
  CHECK_THAT(scene.last().process.err, !Contains("serves"));
  CHECK_THAT(scene.Notices(), !Contains("serves"));
}

TEST_CASE("keys: a rotation on disk while the daemon runs fails no run", "[okta_tokens]") {
  Scene scene(10);
  const std::string file = scene.Dir() + "/signing.pem";
  const auto put = [&](const std::string& key, bool readable) {
    std::filesystem::copy_file(key, file + ".new", std::filesystem::copy_options::overwrite_existing);
    REQUIRE(::chmod((file + ".new").c_str(), readable ? 0644 : 0600) == 0);
    std::filesystem::rename(file + ".new", file);
  };
  put(NewKey(scene, "first"), false);
  json okta = scene.Config()["okta"];
  okta.erase("key_id");
  okta["private_key_file"] = file;
  scene.Configure("/okta", okta);
  const json first = Jwks(scene, {"--single"});
  scene.Okta("add_key", {{"jwk", first}});

  const std::string socket = scene.Dir() + "/keys.sock";
  const auto daemon = scene.Begin("run", {"--socket", socket, "--verbose"});
  scene.Await("the first sync is at its end", [](const harness::RecordView& record) {
    return record.Requests("auth", "EmitAuditEvent") > 0;
  });
  const auto sync = [&](size_t token_requests) {
    scene.Okta("revoke_tokens");
    scene.Run("sync", 0, {"--socket", socket});
    CHECK(scene.Record().Requests("okta", "/oauth2/v1/token") == token_requests);
  };
  sync(1);
  const std::string second_file = NewKey(scene, "second");
  put(second_file, true);  // with a mode that is refused: the first goes on signing
  sync(1);
  put(second_file, false);  // Okta does not know it yet: refused, then the first again
  sync(2);
  const json second = Jwks(scene, {"--single"});
  CHECK(second["kid"] != first["kid"]);
  scene.Okta("add_key", {{"jwk", second}});
  sync(1);
  scene.Okta("remove_key", {{"kid", first["kid"]}});  // the overlap is over
  sync(1);
  daemon->Signal(SIGTERM);
  const harness::Finished finished = scene.End(*daemon);
  CHECK(finished.exit_code == 0);
  CHECK_THAT(finished.err, Contains("chmod 600") && Contains("holds another key now") &&
                               Contains(second["kid"].get<std::string>()));
}

TEST_CASE("keys: a key file that others can read is refused before anything is asked of Okta",
          "[okta_tokens]") {
  Scene scene(10);
  const std::string file = scene.Dir() + "/open.pem";
  std::filesystem::copy_file(scene.Info("private_key_file"), file);
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  scene.Configure("/okta/private_key_file", file);
  for (const std::string command : {"sync", "jwks"}) {
    scene.Run(command, 2);
    CHECK_THAT(scene.last().process.err, Contains("/okta/private_key_file") && Contains("chmod 600"));
    const harness::RecordView record = scene.Record();
    CHECK(record.entries().empty());
  }
}

}  // namespace
}  // namespace integration
