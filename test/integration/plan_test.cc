// A plan is a run with another end: it writes nothing, and names what the run that follows will write.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using harness::CallsById;
using harness::PlannedById;

TEST_CASE("Plan: writes nothing, takes no lease, and names the writes that the next sync makes", "[sync]") {
  Scene scene;
  scene.Run("plan", 0);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().report["writes"].size() == 60);
  CHECK(scene.last().report["kind"] == "plan");
  const CallsById import = PlannedById(scene.last().report);
  scene.Sync();
  CHECK(scene.Record().WritesById() == import);

  // A day's changes, of every kind.
  const Person returner = scene.At(2);
  scene.Okta("unassign", {{"id", returner.id}});
  scene.Sync();
  scene.Okta("assign", {{"id", returner.id}});
  const Person unassigned = scene.At(5);
  const Person deactivated = scene.At(6);
  const Person edited = scene.At(7);
  scene.Okta("unassign", {{"id", unassigned.id}});
  scene.Okta("deactivate", {{"id", deactivated.id}});
  scene.Okta("edit", {{"id", edited.id}, {"profile", {{"department", "Metaverse"}, {"title", nullptr}}}});
  scene.Okta("hire", {{"login", "hiro@example.com"}});
  const json before = {scene.Auth("users"), scene.Auth("locks")};
  scene.Run("plan", 4, {"--exit-code"});
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.Record().Requests("auth", "AcquireSemaphore") == 0);
  CHECK(json{scene.Auth("users"), scene.Auth("locks")} == before);
  const CallsById day = PlannedById(scene.last().report);
  CHECK(day.at(unassigned.id) == Strings{"UpsertLock " + unassigned.name, "DeleteUser " + unassigned.name});
  CHECK(day.at(deactivated.id) ==
        Strings{"UpsertLock " + deactivated.name, "DeleteUser " + deactivated.name});
  CHECK(day.at(returner.id) == Strings{"CreateUser " + returner.name, "UpsertLock " + returner.name});
  CHECK(day.size() == 5);
  bool shown = false;
  for (const json& write : scene.last().report["writes"]) {
    for (const json& change : write["changes"]) {
      shown = shown || (write["name"] == edited.name && change["field"] == "trait okta/department" &&
                        change["after"] == "Metaverse" && change["before"] != "");
    }
  }
  CHECK(shown);

  scene.Sync();
  CHECK(scene.Record().WritesById() == day);
  scene.Run("plan", 0, {"--exit-code"});
  CHECK(scene.last().report["writes"].empty());
}

TEST_CASE("Plan: what the guard holds is in the plan as held, with the digest of the run", "[sync]") {
  Scene scene;
  scene.Sync();
  scene.Okta("unassign", {{"count", 30}});
  scene.Run("plan", 3);
  const json held = scene.last().report["held"];
  REQUIRE(held.size() == 1);
  CHECK(held[0]["people"].size() == 30);
  CHECK(scene.Writes() == Strings{});
  scene.Sync(3);
  CHECK(scene.last().report["held"] == held);
}

}  // namespace
}  // namespace integration
