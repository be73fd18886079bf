// R18: a person's new name. R16: who returns under another one.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("R18: a rename makes the new name afresh, then the old one is locked and deleted", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  // What an admin gave to the old name is not carried over: nothing privileged moves with a name.
  json user = scene.User(ada.name);
  user["roles"].push_back("access");
  scene.Auth("put_user", AsStored(user));
  scene.Okta("rename", {{"id", ada.id}, {"user_name", "countess@example.com"}});
  scene.Sync();
  CHECK(scene.Writes() ==
        Strings{"CreateUser countess@example.com", "UpsertLock " + ada.name, "DeleteUser " + ada.name});
  CHECK(scene.HolderOf("countess@example.com") == ada.id);
  CHECK(scene.User("countess@example.com")["roles"] == json{"okta-requester"});
  CHECK(scene.LockOn(ada.name)["labels"]["oktasync/purpose"] == "rename");
  CHECK(scene.LockOn("countess@example.com").is_null());
  CHECK_THAT(scene.Reason("renamed", "countess@example.com"), Contains(ada.name));
  scene.Sync();
  CHECK(scene.Writes() == Strings{});

  // And back: the lock on the first name was his own, and is lifted.
  scene.Okta("rename", {{"id", ada.id}, {"user_name", ada.name}});
  scene.Sync();
  CHECK(scene.HolderOf(ada.name) == ada.id);
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.User("countess@example.com").is_null());
  CHECK_FALSE(scene.LockOn("countess@example.com").is_null());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R18: a change of case alone is a rename like any other", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  std::string upper = ada.name;
  upper[0] = static_cast<char>(upper[0] - 'a' + 'A');
  REQUIRE(upper != ada.name);
  scene.Okta("rename", {{"id", ada.id}, {"user_name", upper}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser " + upper, "UpsertLock " + ada.name, "DeleteUser " + ada.name});
  CHECK(scene.LockOn(upper).is_null());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R18: a rename that was cut short after the create is finished", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  scene.Okta("rename", {{"id", ada.id}, {"user_name", "countess@example.com"}});
  scene.Auth("fault", {{"call", "UpsertLock"}, {"kind", "code"}, {"code", "INVALID_ARGUMENT"}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{"CreateUser countess@example.com"});
  CHECK(scene.User(ada.name).is_object());
  scene.Sync();
  CHECK(scene.Writes() == Strings{"UpsertLock " + ada.name, "DeleteUser " + ada.name});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R12, R18: everybody's name changes (userNameTemplate): held, nothing is created; approved, done",
          "[rules]") {
  Scene scene(20);
  scene.Sync();
  Strings old_names;
  for (const json& person : scene.Okta("people")) {
    const std::string name = person["user_name"];
    old_names.push_back(name);
    scene.Okta("rename", {{"id", person["id"]}, {"user_name", "new." + name}});
  }
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  REQUIRE(scene.Held("removals").size() == 1);
  CHECK(scene.Held("removals")[0]["people"].size() == 20);
  scene.Approve("removals");
  CHECK(scene.UserNames().size() == 20);
  for (const std::string& name : old_names) {
    CHECK(scene.User("new." + name).is_object());
    CHECK(scene.LockOn(name)["labels"]["oktasync/approval"].get<std::string>().size() == 16);
  }
  scene.Promises().LimitRemovals(0);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R13: a rename that the single read does not bear out is left to the next run", "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  scene.Okta("rename", {{"id", ada.id}, {"user_name", "countess@example.com"}});
  scene.Okta("fault", {{"path", "/users/" + ada.id}, {"kind", "status"}, {"status", 403}, {"times", -1}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Reason("kept", ada.name), Contains("keeps the name"));
  scene.Okta("clear_faults");
  scene.Sync();
  CHECK(scene.Writes().size() == 3);
}

TEST_CASE("R6: a rename to a name that an admin's local user has is a conflict; who leaves still goes",
          "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  const Person leaver = scene.At(5);
  scene.Auth("put_user", {{"name", "root@example.com"}, {"roles", {"editor"}}});
  const json before = scene.User("root@example.com");
  scene.Okta("rename", {{"id", ada.id}, {"user_name", "root@example.com"}});
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Sync();
  scene.CheckShutOut(leaver);
  CHECK(scene.Writes().size() == 2);
  CHECK(scene.User("root@example.com") == before);
  CHECK(scene.User(ada.name).is_object());
  CHECK_THAT(scene.Reason("conflict", "root@example.com"), Contains("did not make"));
}

TEST_CASE("R16, R18: who comes back under another name has that one, and the old one stays locked",
          "[rules]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(4);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  scene.Okta("assign", {{"id", ada.id}});
  scene.Okta("rename", {{"id", ada.id}, {"user_name", "countess@example.com"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser countess@example.com"});
  CHECK_FALSE(scene.LockOn(ada.name).is_null());
  CHECK(scene.LockOn("countess@example.com").is_null());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
