// The life of a person in Okta and what becomes of it in Teleport: import, edit, leave, return.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

TEST_CASE("R4: everybody assigned is imported, and a second run writes nothing", "[sync]") {
  Scene scene;
  // Teleport's listings lag its writes: the second run must not take what it cannot see yet for missing.
  scene.Auth("lag", {{"seconds", 1.0}});
  scene.Sync();
  const auto created = scene.Record().Writes("CreateUser");
  CHECK(created.size() == 60);
  CHECK(scene.Writes().size() == 60);
  CHECK(scene.last().Count("created") == 60);
  CHECK(scene.last().report["walk_whole"] == true);

  const Person ada = scene.At(3);
  const json profile = scene.Okta("person", {{"id", ada.id}})["user"]["profile"];
  const json user = scene.User(ada.name);
  REQUIRE(user.is_object());
  CHECK(user["roles"] == json{"okta-requester"});
  CHECK(user["labels"]["teleport.dev/origin"] == "okta");
  CHECK(user["labels"]["teleport.internal/okta-user-id"] == ada.id);
  CHECK(user["labels"]["oktasync/source"] == scene.Source());
  CHECK(user["labels"]["oktasync/roles"] == "okta-requester");
  CHECK(user["labels"]["okta/org"] == scene.Info("okta_url"));
  CHECK(user["created_by"]["connector"]["type"] == "saml");
  CHECK(user["created_by"]["connector"]["id"] == "okta");
  CHECK(user["traits"]["okta/firstName"] == json::array({profile["firstName"]}));
  CHECK(user["traits"]["okta/email"] == json::array({profile["email"]}));

  scene.Sync();  // at once, while the listing still shows nobody
  CHECK(scene.Writes() == Strings{});
  scene.Auth("lag", {{"seconds", 0.0}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("unchanged") == 60);
}

TEST_CASE("R4: a changed profile is one update, a hire one create", "[sync]") {
  Scene scene;
  scene.Sync();
  const Person ada = scene.At(5);
  scene.Okta("edit", {{"id", ada.id}, {"profile", {{"department", "Metaverse"}, {"mobilePhone", nullptr}}}});
  scene.Sync();
  const auto writes = scene.Record().Writes();
  // What Okta no longer says is taken away by a second write, once the walk has shown that it concerns few.
  REQUIRE(writes.size() >= 1);
  for (const json& write : writes) CHECK(write["call"] == "UpdateUser");
  CHECK(scene.User(ada.name)["traits"]["okta/department"] == json{"Metaverse"});
  CHECK_FALSE(scene.User(ada.name)["traits"].contains("okta/mobilePhone"));
  CHECK(scene.Reason("updated", ada.name) != "");

  const json hired = scene.Okta("hire", {{"login", "hiro@example.com"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser hiro@example.com"});
  CHECK(scene.Reason("created", "hiro@example.com") != "");
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R9: who is unassigned is locked for 30 hours, seen locked, then deleted", "[sync]") {
  Scene scene;
  const json hired = scene.Okta("hire", {{"login", "by.group@example.com"}, {"scope", "GROUP"}});
  scene.Sync();
  const Person by_user = scene.At(4);
  const Person by_group{hired["ids"][0], "by.group@example.com"};
  for (const Person& person : {by_user, by_group}) {
    scene.Okta("unassign", {{"id", person.id}});
    scene.Sync();
    scene.CheckShutOut(person);
    CHECK(scene.Writes().size() == 2);
    CHECK(scene.Reason("removed", person.name).find("not assigned to the app") != std::string::npos);
    CHECK(scene.LockOn(person.name)["message"].get<std::string>().find("Okta") != std::string::npos);
  }
  // With listings that lag, nothing of it is done twice.
  scene.Auth("lag", {{"seconds", 1.0}});
  const Person third = scene.At(8);
  scene.Okta("unassign", {{"id", third.id}});
  scene.Sync();
  scene.CheckShutOut(third);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R3, R13: who is deactivated or deleted in Okta is shut out, and the report cites the read",
          "[sync]") {
  Scene scene;
  scene.Sync();
  const Person deactivated = scene.At(2);
  scene.Okta("deactivate", {{"id", deactivated.id}});
  scene.Sync();
  scene.CheckShutOut(deactivated);
  const std::string reason = scene.Reason("removed", deactivated.name);
  CHECK(reason.find("DEPROVISIONED") != std::string::npos);
  CHECK(reason.find("Okta request ") != std::string::npos);

  const Person deleted = scene.At(2);
  scene.Okta("delete", {{"id", deleted.id}});  // deactivates
  scene.Okta("delete", {{"id", deleted.id}});
  scene.Sync();
  scene.CheckShutOut(deleted);
  CHECK(scene.Reason("removed", deleted.name).find("deleted") != std::string::npos);
}

TEST_CASE("R16: who returns is created again, and his lock is lifted after a read that says present",
          "[sync]") {
  Scene scene;
  scene.Sync();
  const Person ada = scene.At(6);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  const json lock = scene.LockOn(ada.name);
  REQUIRE(lock.is_object());

  scene.Okta("assign", {{"id", ada.id}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser " + ada.name, "UpsertLock " + ada.name});
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.Record().Requests("okta", "/users/" + ada.id) > 0);
  CHECK(scene.Reason("lifted", ada.name) != "");
  // The record stays: it is the guard's memory of the removal.
  const json lifted = scene.Auth("lock", {{"name", lock["name"]}})["lock"];
  REQUIRE(lifted.is_object());
  CHECK(lifted["in_force"] == false);
  CHECK(lifted["metadata_expires"] == lock["metadata_expires"]);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R16: a lock stays while the single read does not say present", "[sync]") {
  Scene scene;
  scene.Sync();
  const Person ada = scene.At(6);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  scene.Okta("assign", {{"id", ada.id}});
  scene.Okta("fault", {{"path", "/users/" + ada.id}, {"kind", "status"}, {"status", 403}, {"times", -1}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK_FALSE(scene.LockOn(ada.name).is_null());
  CHECK(scene.last().Count("kept") == 1);
  scene.Okta("clear_faults");
  scene.Sync();
  CHECK(scene.LockOn(ada.name).is_null());
}

TEST_CASE("R3, R15: a suspended person stays as he is; a suspended newcomer is not created", "[sync]") {
  Scene scene;
  scene.Sync();
  const Person ada = scene.At(7);
  const json before = scene.User(ada.name);
  scene.Okta("suspend", {{"id", ada.id}});
  scene.Okta("hire", {{"login", "newcomer@example.com"}, {"status", "SUSPENDED"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.User(ada.name) == before);
  CHECK(scene.Reason("notice", "newcomer@example.com").find("suspended") != std::string::npos);
  scene.Okta("unsuspend", {{"id", ada.id}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R3: each status of a user and of an assignment does what the table says", "[sync]") {
  Scene scene(20);
  scene.Sync();
  const auto hire = [&](const std::string& login, const std::string& status, const std::string& assignment) {
    scene.Okta("hire", {{"login", login}, {"status", status}, {"assignment_status", assignment}});
  };
  Strings present;
  for (const char* status : {"STAGED", "PROVISIONED", "RECOVERY", "LOCKED_OUT", "PASSWORD_EXPIRED"}) {
    present.push_back("CreateUser user." + std::string(status) + "@example.com");
    hire("user." + std::string(status) + "@example.com", status, "ACTIVE");
  }
  for (const char* status : {"PROVISIONED", "STAGED", "PENDING", "APPROVED", "IMPLICIT"}) {
    present.push_back("CreateUser app." + std::string(status) + "@example.com");
    hire("app." + std::string(status) + "@example.com", "ACTIVE", status);
  }
  for (const char* status : {"INACTIVE", "REVOKED", "DEPROVISIONED", "SUSPENDED", "ODD"}) {
    hire("not." + std::string(status) + "@example.com", "ACTIVE", status);
  }
  hire("not.user@example.com", "FROZEN", "ACTIVE");
  scene.Sync();
  Strings writes = scene.Writes();
  CHECK_THAT(writes, Catch::Matchers::UnorderedEquals(present));
  CHECK(scene.Reason("notice", "not.user@example.com").find("FROZEN") != std::string::npos);
  CHECK(scene.Reason("notice", "not.ODD@example.com").find("ODD") != std::string::npos);

  // The same for people who are there: not assigned is gone, unknown changes nothing.
  const Person revoked = scene.At(1);
  const Person odd = scene.At(2);
  scene.Okta("set_status", {{"id", revoked.id}, {"assignment_status", "REVOKED"}});
  scene.Okta("set_status", {{"id", odd.id}, {"user_status", "FROZEN"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"UpsertLock " + revoked.name, "DeleteUser " + revoked.name});
  scene.CheckShutOut(revoked);
  CHECK(scene.User(odd.name).is_object());
}

}  // namespace
}  // namespace integration
