// The identity towards Teleport, and reaching it at all: each failure is said plainly, and nothing is written.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

void UseIdentity(Scene& scene, const std::string& name, const std::string& ca) {
  scene.Configure("/teleport/identity/key_file", scene.Dir() + "/" + name + ".key");
  scene.Configure("/teleport/identity/cert_file", scene.Dir() + "/" + name + ".crt");
  scene.Configure("/teleport/identity/ca_file", scene.Dir() + "/" + ca);
}

// What the files show is found before a run begins (exit code 2), what the server says in the run (1).
TEST_CASE("Identity: expired, of another role, or of another cluster", "[teleport_access]") {
  Scene scene(10);
  const auto check = [&](int exit_code, const Strings& words) {
    scene.Sync(exit_code);
    CHECK(scene.Writes() == Strings{});
    for (const std::string& word : words) CHECK_THAT(scene.Error(), Contains(word));
    scene.RestoreConfig();
  };
  UseIdentity(scene, "expired", "host-ca.pem");
  check(1, {"expired", scene.Info("auth_address")});
  UseIdentity(scene, "node", "host-ca.pem");
  check(2, {"does not hold the system role Okta", "tctl tokens add --type=okta"});
  UseIdentity(scene, "foreign", "host-ca.pem");
  check(2, {"was not issued by the given CA"});
  UseIdentity(scene, "foreign", "foreign-ca.pem");
  check(1, {"the server's certificate is not from the cluster's CA", "tctl auth export --type=tls-host"});
  scene.Configure("/teleport/identity/key_file", scene.Dir() + "/foreign.key");
  check(2, {"the private key does not belong to the certificate"});
  scene.Configure("/teleport/identity/cert_file", scene.Dir() + "/none.crt");
  check(2, {"/teleport/identity", "none.crt", "cannot be opened"});
  scene.Sync();
}

TEST_CASE("Identity: a key file that others can read is refused", "[teleport_access]") {
  Scene scene(10);
  REQUIRE(::chmod(scene.Info("identity_key_file").c_str(), 0644) == 0);
  scene.Sync(2);
  CHECK_THAT(scene.Error(), Contains("chmod 600"));
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("Identity: a lock on our own role is said, and stops the run", "[teleport_access]") {
  Scene scene(10);
  scene.Auth("put_lock", {{"name", "all-okta"}, {"target", {{"role", "Okta"}}}, {"message", "rotation"}});
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("our own identity is locked") && Contains("tctl get locks"));
}

TEST_CASE("Teleport: an auth server that is down is named, and so is what refuses", "[teleport_access]") {
  Scene scene(10);
  scene.Auth("refuse", {{"seconds", 600}});
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains(scene.Info("auth_address")) && Contains("refused"));
}

TEST_CASE("Teleport: a port that speaks something else is not taken for the auth server",
          "[teleport_access]") {
  Scene scene(10);
  const std::string url = scene.Info("okta_url");
  scene.Configure("/teleport/address", "localhost" + url.substr(url.rfind(':')));
  scene.Sync(1);
  CHECK_THAT(scene.Error(), Contains("this port is not the auth server's") || Contains("auth server's port"));
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
