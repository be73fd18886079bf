// The guard against mass removal (R12), and the single read that each removal needs (R13).
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("R12: a mass unassignment is held whole, with a digest", "[sync]") {
  Scene scene;
  scene.Sync();
  const json gone = scene.Okta("unassign", {{"count", 25}})["ids"];
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("held") == 25);
  REQUIRE(scene.last().report["held"].size() == 1);
  const json held = scene.last().report["held"][0];
  CHECK(held["kind"] == "removals");
  CHECK(held["digest"].get<std::string>().size() == 16);
  CHECK(held["people"].size() == 25);
  CHECK_THAT(held["reason"].get<std::string>(), Contains("25 removals") && Contains("limit of 10"));
  CHECK(scene.UserNames().size() == 60);

  scene.Sync(3);
  CHECK(scene.last().report["held"][0]["digest"] == held["digest"]);
  // Nothing of it lingers: what is within the limit again goes through.
  const Strings ids = gone;
  scene.Okta("assign", {{"ids", Strings(ids.begin() + 5, ids.end())}});
  scene.Sync();
  CHECK(scene.Record().Writes("DeleteUser").size() == 5);
  CHECK(scene.Record().Writes("UpsertLock").size() == 5);
}

TEST_CASE("R12: the guard remembers a day's removals across restarts, and those of who returned", "[sync]") {
  Scene scene;
  scene.Sync();
  const json first = scene.Okta("unassign", {{"count", 8}})["ids"];
  scene.Sync();
  CHECK(scene.Record().Writes("DeleteUser").size() == 8);
  scene.Okta("assign", {{"ids", first}});
  scene.Sync();
  CHECK(scene.Record().Writes("CreateUser").size() == 8);
  scene.Okta("unassign", {{"count", 4}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.last().report["held"][0]["reason"].get<std::string>(), Contains("on top of 8"));
}

TEST_CASE("R12: 40 of 60 deactivated at once are all locked, and none is deleted", "[sync]") {
  Scene scene;
  scene.Sync();
  const Strings gone = scene.Okta("deactivate", {{"count", 40}})["ids"];
  scene.Sync(3);
  CHECK(scene.Record().Writes("UpsertLock").size() == 40);
  CHECK(scene.Writes().size() == 40);
  CHECK(scene.last().Count("locked") == 40);
  CHECK(scene.last().Count("held") == 40);
  CHECK_THAT(scene.last().report["held"][0]["reason"].get<std::string>(), Contains("40 of 60"));
  for (const json& write : scene.Record().Writes("UpsertLock")) {
    CHECK(write["after"]["expires"].get<double>() >= write["at"].get<double>() + 30 * 3600);
  }
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.UserNames().size() == 60);
}

TEST_CASE("R12: an empty list is held, and the likely cause is named", "[sync]") {
  Scene scene(12);
  scene.Sync();
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "empty_list"}, {"times", -1}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("held") == 12);
  CHECK_THAT(scene.last().report["held"][0]["reason"].get<std::string>(),
             Contains("empty list") && Contains("admin role"));
  scene.Okta("clear_faults");
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R12: an attribute that vanishes from everybody stays, and is reported", "[sync]") {
  Scene scene;
  scene.Sync();
  const json before = scene.Auth("users");
  scene.Okta("drop_attribute", {{"name", "department"}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.Auth("users") == before);
  CHECK_THAT(scene.last().report["held"][0]["reason"].get<std::string>(),
             Contains("okta/department") && Contains("so it stays"));
  scene.Okta("restore_attribute", {{"name", "department"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R13: who is missing from the list and still assigned is kept", "[sync]") {
  Scene scene;
  scene.Sync();
  const Person hidden = scene.At(9);
  scene.Okta("hide", {{"id", hidden.id}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Reason("kept", hidden.name), Contains("present"));
  CHECK(scene.Record().Requests("okta", "/users/" + hidden.id) >= 2);
}

TEST_CASE("R13: a single read that is refused, or odd, proves nothing", "[sync]") {
  Scene scene;
  scene.Sync();
  const Person ada = scene.At(9);
  scene.Okta("unassign", {{"id", ada.id}});
  const std::string read = "/users/" + ada.id;
  struct Case {
    json fault;
    const char* words;
  };
  for (const Case& odd : {
           Case{{{"path", read}, {"kind", "status"}, {"status", 403}}, "403"},
           Case{{{"path", "apps/.*" + read}, {"kind", "status"}, {"status", 403}}, "403"},
           // 404 that is not Okta's way to say that somebody is gone.
           Case{{{"path", "v1" + read}, {"kind", "status"}, {"status", 404}, {"code", "E0000008"}}, "404"},
           Case{{{"path", read}, {"kind", "html"}}, "text/html"},
       }) {
    json fault = odd.fault;
    fault["times"] = -1;
    INFO(fault.dump());
    scene.Okta("fault", fault);
    scene.Sync();
    CHECK(scene.Writes() == Strings{});
    CHECK_THAT(scene.Reason("kept", ada.name), Contains(odd.words));
    scene.Okta("clear_faults");
  }
  scene.Sync();
  scene.CheckShutOut(ada);
}

}  // namespace
}  // namespace integration
