// R1: what is not ours is never touched. R10: whose lock is it.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

TEST_CASE("R1: users and locks that are not ours stay byte for byte as they are", "[sync]") {
  Scene scene(12);
  const json other_app = {{"teleport.dev/origin", "okta"},
                          {"oktasync/source", scene.Info("org_id") + "/0oaOtherAppOfTheOrg"},
                          {"teleport.internal/okta-user-id", scene.At(1).id},
                          {"okta/org", scene.Info("okta_url")}};
  // Somebody of another app of the same org, with the Okta id of a person who is in ours, too; and one whom
  // Teleport Enterprise's own sync made.
  scene.Auth("put_user", {{"name", "other.app@example.com"}, {"labels", other_app}, {"roles", {"access"}}});
  json enterprise = other_app;
  enterprise.erase("oktasync/source");
  enterprise["teleport.internal/okta-user-id"] = "00uOfNobodyWhoIsAssigned";
  scene.Auth("put_user", {{"name", "enterprise@example.com"}, {"labels", enterprise}});
  scene.Auth("put_user", {{"name", "admin"}, {"roles", {"editor"}}});
  const Person leaver = scene.At(3);
  const Person stays = scene.At(4);
  scene.Auth("put_lock", {{"name", "an-admins"}, {"target", {{"user", leaver.name}}}, {"message", "look"}});
  scene.Auth("put_lock", {{"name", "anothers"},
                          {"labels", other_app},
                          {"target", {{"user", stays.name}}},
                          {"expires", 4102444800.0}});
  const Strings names = {"other.app@example.com", "enterprise@example.com", "admin"};
  const auto theirs = [&] {
    json all = json::array();
    for (const std::string& name : names) all.push_back(scene.User(name));
    for (const char* name : {"an-admins", "anothers"}) {
      all.push_back(scene.Auth("lock", {{"name", name}})["lock"]);
    }
    return all;
  };
  const json before = theirs();

  scene.Sync();
  CHECK(scene.Record().Writes("CreateUser").size() == 12);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Sync();
  scene.CheckShutOut(leaver);
  scene.Okta("assign", {{"id", leaver.id}});
  scene.Sync();
  scene.Okta("deactivate", {{"count", 12}});
  scene.Sync(3);
  CHECK(theirs() == before);
}

TEST_CASE("R10: a lock name that somebody else has taken is left to him, and another name is used",
          "[sync]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(3);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  const std::string name = scene.LockOn(ada.name)["name"];
  scene.Okta("assign", {{"id", ada.id}});
  scene.Sync();
  REQUIRE(scene.LockOn(ada.name).is_null());

  scene.Auth("put_lock", {{"name", name}, {"target", {{"role", "access"}}}, {"message", "mine"}});
  const json theirs = scene.Auth("lock", {{"name", name}})["lock"];
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  scene.CheckShutOut(ada);
  CHECK(scene.LockOn(ada.name)["name"] != name);
  CHECK(scene.Auth("lock", {{"name", name}})["lock"] == theirs);
}

TEST_CASE("R10: a lock of ours that is in force is not written again", "[sync]") {
  Scene scene;
  scene.Sync();
  scene.Okta("deactivate", {{"count", 20}});
  scene.Sync(3);
  const json locks = scene.Auth("locks");
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.Auth("locks") == locks);
}

}  // namespace
}  // namespace integration
