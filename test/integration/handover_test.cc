// R19: names that pass from one living user to another. R17: a leaver's name that somebody else gets.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

// Okta lets nobody have a name twice, but for app usernames, which this is about.
void Swap(const Scene& scene, const Person& one, const Person& other) {
  scene.Okta("rename", {{"id", one.id}, {"user_name", other.name}});
  scene.Okta("rename", {{"id", other.id}, {"user_name", one.name}});
}

TEST_CASE("R19: a swap locks both and waits; approved, each has the other's name and is not locked out",
          "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  const Person bob = scene.At(5);
  Swap(scene, ada, bob);
  scene.Sync(3);
  CHECK_THAT(scene.Writes(),
             Catch::Matchers::UnorderedEquals(Strings{"UpsertLock " + ada.name, "UpsertLock " + bob.name}));
  for (const Person& person : {ada, bob}) {
    CHECK(scene.LockOn(person.name)["expires"].is_null());
    CHECK(scene.LockOn(person.name)["labels"]["oktasync/purpose"] == "handover");
    CHECK(scene.HolderOf(person.name) == person.id);
  }
  REQUIRE(scene.Held("handover").size() == 1);
  CHECK(scene.Held("handover")[0]["people"].size() == 2);
  CHECK_THAT(scene.Held("handover")[0]["warning"].get<std::string>(),
             Contains("Certificates are bound to names"));
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});

  scene.Approve("handover");
  CHECK(scene.HolderOf(ada.name) == bob.id);
  CHECK(scene.HolderOf(bob.name) == ada.id);
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.LockOn(bob.name).is_null());
  CHECK(scene.UserNames().size() == 12);
  scene.Promises().LimitRemovals(2);  // the two who wait; what was approved does not count
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R19: a swap that Okta takes back is unlocked without an approval", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  const Person bob = scene.At(5);
  const Strings names = scene.UserNames();
  Swap(scene, ada, bob);
  scene.Sync(3);
  scene.Okta("rename", {{"id", ada.id}, {"user_name", ada.name}});
  scene.Okta("rename", {{"id", bob.id}, {"user_name", bob.name}});
  scene.Sync();
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.LockOn(bob.name).is_null());
  CHECK(scene.UserNames() == names);
  CHECK(scene.Record().Writes("DeleteUser").empty());
}

TEST_CASE("R19: a chain, approved, leaves the name that nobody took under a lock of 30 hours", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  const Person bob = scene.At(5);
  scene.Okta("rename", {{"id", bob.id}, {"user_name", "free@example.com"}});
  scene.Okta("rename", {{"id", ada.id}, {"user_name", bob.name}});
  scene.Sync(3);
  scene.Approve("handover");
  CHECK(scene.HolderOf(bob.name) == ada.id);
  CHECK(scene.HolderOf("free@example.com") == bob.id);
  CHECK(scene.User(ada.name).is_null());
  CHECK(scene.LockOn(bob.name).is_null());
  CHECK(scene.LockOn(ada.name)["expires"].is_number());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R14, R19: approved, but one of the two has another name by now: nobody is deleted", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  const Person bob = scene.At(5);
  Swap(scene, ada, bob);
  scene.Sync(3);
  const json held = scene.Held("handover")[0];
  scene.Okta("rename", {{"id", bob.id}, {"user_name", "third@example.com"}});
  scene.Run("sync", 1, {"--approve", held["digest"]});
  CHECK(scene.Record().Writes("DeleteUser").empty());
  CHECK(scene.User(ada.name).is_object());
  CHECK(scene.User(bob.name).is_object());
}

TEST_CASE("R17: a leaver's name waits for the lock or an approval; approved, the heir has it", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  const std::string heir = scene.Okta("hire", {{"login", "heir@example.com"}, {"assign", false}})["ids"][0];
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  scene.Okta("assign", {{"id", heir}});
  scene.Okta("rename", {{"id", heir}, {"user_name", ada.name}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  REQUIRE(scene.Held("quarantine").size() == 1);
  CHECK_THAT(scene.Held("quarantine")[0]["warning"].get<std::string>(), Contains("come alive again"));
  scene.Approve("quarantine");
  CHECK(scene.Writes() == Strings{"CreateUser " + ada.name, "UpsertLock " + ada.name});
  CHECK(scene.HolderOf(ada.name) == heir);
  CHECK(scene.LockOn(ada.name).is_null());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
