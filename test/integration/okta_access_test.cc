// Access to Okta: tokens, keys, scopes, clocks, certificates. Each refusal says what an admin must do.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

size_t TokenRequests(const Scene& scene) { return scene.Record().Requests("okta", "/oauth2/v1/token"); }

TEST_CASE("Okta access: a token that is revoked in the middle of a walk is replaced once", "[okta_access]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  CHECK(TokenRequests(scene) == 1);
  // The second page waits for a second, and looks at the token after that.
  scene.Okta("fault", {{"path", "/users\\?.*after="}, {"kind", "hang"}, {"seconds", 1}});
  const auto running = scene.Begin("sync");
  scene.Await("the first page is answered",
              [](const harness::RecordView& record) { return record.Requests("okta", "/users?") > 0; });
  scene.Okta("revoke_tokens");
  CHECK(scene.End(*running).exit_code == 0);
  CHECK(scene.Writes() == Strings{});
  CHECK(TokenRequests(scene) == 2);

  // 401 again after a new token: no third one, and the walk ends.
  scene.Okta("fault", {{"path", "/users\\?.*after="}, {"kind", "status"}, {"status", 401}, {"times", -1}});
  scene.Sync(1);
  CHECK(TokenRequests(scene) == 2);
  CHECK_THAT(scene.Error(), Contains("also with a new access token"));
}

TEST_CASE("Okta access: a wrong client id, key id, key or scope is said plainly", "[okta_access]") {
  Scene scene(10);
  const auto check = [&](const Strings& words) {
    scene.Sync(1);
    CHECK(scene.Writes() == Strings{});
    for (const std::string& word : words) CHECK_THAT(scene.Error(), Contains(word));
    scene.RestoreConfig();
  };
  scene.Configure("/okta/client_id", "0oaNotOurServiceApp1");
  check({"the client id is not the app's", "0oaNotOurServiceApp1"});
  scene.Configure("/okta/key_id", "a-key-nobody-knows");
  check({"no active key with the id a-key-nobody-knows"});
  // The right kid with another key.
  scene.Okta("add_key", {{"kid", "other"}});
  scene.Configure("/okta/private_key_file", scene.Dir() + "/okta-client-other.pem");
  check({"invalid_client", "signature"});
  scene.Configure("/okta/private_key_file", scene.Info("rsa_private_key_file"));
  check({"invalid_client"});
  scene.Configure("/okta/private_key_file", scene.Info("rsa_private_key_file"));
  scene.Configure("/okta/key_id", scene.Info("rsa_key_id"));
  scene.Run("plan", 0);  // RS256 does as well
  scene.RestoreConfig();

  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read"}}});
  check({"okta.users.read", "a super administrator must grant it", "Okta API Scopes"});
  CHECK(scene.Record().Requests("okta", "/users?") == 0);  // before the first page
  scene.Okta("grant_scopes", {{"scopes", json::array()}});
  check({"none of the scopes is granted", "okta.apps.read"});
  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read", "okta.users.read"}}});
  scene.Sync();
}

TEST_CASE("Okta access: the token endpoint's errors become what an admin must do", "[okta_access]") {
  Scene scene(10);
  const auto check = [&](int status, const std::string& error, const std::string& text,
                         const std::string& words) {
    INFO(error << ": " << text);
    scene.Okta("fault", {{"path", "/oauth2/v1/token"},
                         {"kind", "status"},
                         {"status", status},
                         {"error", error},
                         {"text", text},
                         {"times", -1}});
    scene.Sync(1);
    scene.Okta("clear_faults");
    CHECK(scene.Writes() == Strings{});
    CHECK_THAT(scene.Error(), Contains(words));
  };
  check(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", "drops the DPoP header");
  check(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.",
        "gives none that is new");
  check(403, "access_denied", "Client is not allowed from this network zone.", "network zones");
  check(400, "unauthorized_client", "The client is not authorized.", "API Services");
  check(401, "invalid_client", "The client does not have a JWKSet configured.", "the app has no public key");
  check(400, "invalid_scope", "One or more scopes are not configured.", "a super administrator must grant");
}

TEST_CASE("Okta access: a clock that is 10 minutes off is noticed, corrected and reported", "[okta_access]") {
  for (const int seconds : {600, -600}) {
    INFO(seconds);
    Scene scene(10);
    scene.Okta("clock_offset", {{"seconds", seconds}});  // it is ours that is off: both sides agree
    scene.Auth("clock_offset", {{"seconds", seconds}});
    scene.Sync();
    CHECK(scene.Writes().size() == 10);
    CHECK(scene.last().report["clock_offset_seconds"].get<double>() == Approx(seconds).margin(3));
    CHECK_THAT(scene.Notices(), Contains("our clock is off") && Contains("NTP"));
    const Person leaver = scene.At(2);
    scene.Okta("unassign", {{"id", leaver.id}});
    scene.Sync();
    const json lock = scene.LockOn(leaver.name);
    REQUIRE(lock.is_object());
    CHECK(lock["expires"].get<double>() >= lock["created_at"].get<double>() + 30 * 3600);
    CHECK(scene.User(leaver.name).is_null());
  }
}

TEST_CASE("Okta access: a certificate of an unknown CA, or for another name, is refused at once",
          "[okta_access]") {
  Scene scene(10);
  scene.Configure("/okta/ca_file", scene.Info("identity_ca_file"));
  scene.Sync(1);
  CHECK_THAT(scene.Error(), Contains("certificate is not trusted") && Contains("okta.ca_file"));
  scene.RestoreConfig();
  std::string url = scene.Info("okta_url");
  url.replace(url.find("localhost"), 9, "okta.localhost");  // loopback as well (RFC 6761), libcurl says
  scene.Configure("/okta/org_url", url);
  scene.Sync(1);
  CHECK_THAT(scene.Error(), Contains("certificate is for another host name"));
  const harness::RecordView record = scene.Record();
  CHECK(record.entries().empty());
}

}  // namespace
}  // namespace integration
