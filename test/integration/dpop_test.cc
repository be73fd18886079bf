// DPoP (RFC 9449) against a playground that refuses what Okta refuses: found out by itself, and kept up.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

// Okta's own entries of the last run.
std::vector<json> Requests(const Scene& scene, const std::string& path) {
  std::vector<json> found;
  const harness::RecordView record = scene.Record();
  for (const json& entry : record.entries()) {
    if (entry["side"] == "okta" && entry["kind"] == "request" &&
        entry["path"].get<std::string>().find(path) != std::string::npos) {
      found.push_back(entry);
    }
  }
  return found;
}

// Every answered read had a DPoP token and a proof.
void CheckProved(const Scene& scene) {
  size_t reads = 0;
  for (const json& entry : Requests(scene, "/api/v1/")) {
    if (entry["status"] != 200) continue;
    ++reads;
    CHECK(entry.value("scheme", "") == "DPoP");
    CHECK(entry.value("proof", false));
  }
  CHECK(reads >= 2);
}

TEST_CASE("DPoP: found out by itself, at the cost of two requests; set, at the cost of one",
          "[okta_tokens]") {
  Scene scene(30);
  scene.Okta("dpop", {{"dpop_bound_access_tokens", true}});
  scene.Sync();
  CHECK(scene.Writes().size() == 30);
  CHECK(Requests(scene, "/oauth2/v1/token").size() == 3);
  CheckProved(scene);

  scene.Configure("/okta/dpop", "always");
  const Person leaver = scene.At(3);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Sync();
  CHECK(Requests(scene, "/oauth2/v1/token").size() == 2);
  CheckProved(scene);
  scene.CheckShutOut(leaver);
}

TEST_CASE("bad day: DPoP asked for suddenly, in the middle of a walk: the walk goes on with a bound token",
          "[okta_tokens]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  scene.Okta("fault", {{"path", "/users\\?.*after="}, {"kind", "hang"}, {"seconds", 1}});
  const auto running = scene.Begin("sync");
  scene.Await("the first page is answered",
              [](const harness::RecordView& record) { return record.Requests("okta", "/users?") > 0; });
  scene.Okta("dpop", {{"dpop_bound_access_tokens", true}, {"refuse_bearer", true}});
  CHECK(scene.End(*running).exit_code == 0);
  CHECK(scene.Writes() == Strings{});
  // One for the bearer token; then without a proof, without a nonce, and well.
  CHECK(Requests(scene, "/oauth2/v1/token").size() == 4);
  CHECK(Requests(scene, "/api/v1/").back().value("scheme", "") == "DPoP");
}

TEST_CASE("bad day: DPoP: the nonce changes, and is asked for on resource answers", "[okta_tokens]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Okta("dpop", {{"dpop_bound_access_tokens", true}, {"resource_nonce", true}});
  scene.Sync();
  CHECK(scene.Writes().size() == 60);
  CheckProved(scene);
  // Forgotten by Okta between two pages: one 401 that tells the new one, and no new token.
  scene.Okta("fault", {{"path", "/users\\?.*after="}, {"kind", "hang"}, {"seconds", 1}});
  const auto running = scene.Begin("sync");
  scene.Await("the first page is answered",
              [](const harness::RecordView& record) { return record.Requests("okta", "/users?") > 0; });
  scene.Okta("renew_dpop_nonce", {{"forget", true}});
  CHECK(scene.End(*running).exit_code == 0);
  CHECK(Requests(scene, "/oauth2/v1/token").size() == 3);
  size_t refused = 0;
  for (const json& entry : Requests(scene, "/api/v1/")) refused += entry["status"] == 401 ? 1 : 0;
  CHECK(refused >= 1);
  CHECK(refused <= 2);  // the page that was under way, and one fetched beside it
}

TEST_CASE("bad day: DPoP: a nonce comes with a 429, and the next try has it", "[okta_tokens]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Configure("/okta/dpop", "always");
  scene.Okta("dpop", {{"dpop_bound_access_tokens", true}, {"resource_nonce", true}});
  // The third request of the token endpoint's nonce dance never happens: the 429 has told it.
  scene.Okta("fault", {{"path", "/oauth2/v1/token"}, {"kind", "rate_429"}, {"seconds", 0}});
  scene.Sync();
  CHECK(scene.Writes().size() == 60);
  const std::vector<json> asked = Requests(scene, "/oauth2/v1/token");
  REQUIRE(asked.size() == 2);
  CHECK(asked[0]["status"] == 429);
  CHECK(asked[0].value("nonce_given", false));
  CHECK(asked[1]["status"] == 200);
}

TEST_CASE("bad day: DPoP with a clock that is 10 minutes off: the proof is corrected from Date",
          "[okta_tokens]") {
  for (const int seconds : {600, -600}) {
    INFO(seconds);
    Scene scene(10);
    scene.Okta("dpop", {{"dpop_bound_access_tokens", true}});
    scene.Okta("clock_offset", {{"seconds", seconds}});  // it is ours that is off: both sides agree
    scene.Auth("clock_offset", {{"seconds", seconds}});
    scene.Sync();
    CHECK(scene.Writes().size() == 10);
    CHECK_THAT(scene.Notices(), Contains("our clock is off"));
    CheckProved(scene);
  }
}

TEST_CASE("DPoP: set, and the app gives bearer tokens: said plainly, and nothing is read with one",
          "[okta_tokens]") {
  Scene scene(10);
  scene.Configure("/okta/dpop", "always");
  scene.Okta("dpop", {{"ignore_proofs", true}});
  scene.Sync(1);
  CHECK_THAT(scene.Error(), Contains("/okta/dpop") && Contains("Demonstrating Proof of Possession"));
  CHECK(Requests(scene, "/api/v1/").empty());
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
