// Calls to Teleport that fail, or that were done although the answer was lost.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("Teleport faults: UNAVAILABLE once, at any call, costs nothing but a retry", "[teleport_faults]") {
  Scene scene(12);
  const Strings calls = {"Ping",    "GetRole", "GetLocks",   "ListUsers",  "CreateUser",
                         "GetUser", "GetLock", "UpsertLock", "DeleteUser", "UpdateUser"};
  scene.Sync();
  for (const std::string& call : calls) {
    INFO(call);
    const Person leaver = scene.At(1);
    const Person edited = scene.At(2);
    const std::string hired = scene.Okta("hire")["user_names"][0];
    scene.Okta("unassign", {{"id", leaver.id}});
    scene.Okta("edit", {{"id", edited.id}, {"profile", {{"department", "for " + call}}}});
    scene.Auth("fault", {{"call", call}, {"kind", "code"}, {"code", "UNAVAILABLE"}});
    scene.Sync();
    CHECK_THAT(scene.Writes(), Catch::Matchers::UnorderedEquals(
                                   Strings{"CreateUser " + hired, "UpdateUser " + edited.name,
                                           "UpsertLock " + leaver.name, "DeleteUser " + leaver.name}));
    scene.AwaitStruck(call);
    scene.Auth("clear_faults");
    CHECK(scene.LockOn(leaver.name).is_object());
  }
}

TEST_CASE("Teleport faults: the server did it and the answer is lost: read, then go on",
          "[teleport_faults]") {
  for (const char* kind : {"do_then_code", "do_then_cut"}) {
    Scene scene(12);
    INFO(kind);
    const auto arm = [&](const std::string& call) {
      scene.Auth("clear_faults");
      scene.Auth("fault", {{"call", call}, {"kind", kind}, {"code", "UNAVAILABLE"}});
    };
    arm("CreateUser");
    scene.Sync();
    CHECK(scene.Record().Writes("CreateUser").size() == 12);
    CHECK(scene.last().Count("created") == 12);

    const Person edited = scene.At(2);
    scene.Okta("edit", {{"id", edited.id}, {"profile", {{"department", "Metaverse"}}}});
    arm("UpdateUser");
    scene.Sync();
    CHECK(scene.Writes() == Strings{"UpdateUser " + edited.name});

    for (const char* call : {"UpsertLock", "DeleteUser"}) {
      INFO(call);
      const Person leaver = scene.At(1);
      scene.Okta("unassign", {{"id", leaver.id}});
      arm(call);
      scene.Sync();
      scene.AwaitStruck(call);
      CHECK(scene.Record().Writes("DeleteUser").size() == 1);
      CHECK(scene.User(leaver.name).is_null());
      CHECK_FALSE(scene.LockOn(leaver.name).is_null());
      CHECK(scene.last().Count("removed") == 1);
    }
    scene.Auth("clear_faults");
    scene.Sync();
    CHECK(scene.Writes() == Strings{});
  }
}

TEST_CASE("Teleport faults: a connection cut with many writes in flight loses nobody", "[teleport_faults]") {
  Scene scene(200);
  // Cut three times, each time with all writers busy; some of what was in flight was done, some was not.
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "cut"}, {"after", 30}});
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "do_then_cut"}, {"after", 80}});
  scene.Auth("fault", {{"call", "CreateUser"},
                       {"kind", "control"},
                       {"command", "cut_connections"},
                       {"args", json::object()},
                       {"after", 130}});
  scene.Sync();
  CHECK(scene.Record().Writes("CreateUser").size() == 200);
  CHECK(scene.last().Count("created") == 200);
  CHECK(scene.UserNames().size() == 200);
  scene.Auth("clear_faults");
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("Teleport faults: an auth server that restarts is waited for", "[teleport_faults]") {
  Scene scene(60);
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "do_then_cut"}, {"after", 20}});
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "refuse"}, {"seconds", 4}, {"after", 19}});
  scene.Sync();
  CHECK(scene.UserNames().size() == 60);
  CHECK(scene.Record().Writes("CreateUser").size() == 60);
}

TEST_CASE("R21: PERMISSION_DENIED on a create stops the run with its reason", "[teleport_faults]") {
  Scene scene(200);
  scene.Auth("fault", {{"call", "CreateUser"},
                       {"kind", "code"},
                       {"code", "PERMISSION_DENIED"},
                       {"message", "access denied to perform action \"create\" on \"user\""},
                       {"times", -1}});
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("creating") && Contains("access denied to perform action") &&
                                Contains("role Okta") && Contains("CreateUser of user"));
  CHECK(scene.Record().Requests("auth", "CreateUser") < 100);
  scene.Auth("clear_faults");
  scene.Sync();
  CHECK(scene.UserNames().size() == 200);
}

TEST_CASE("R21: what concerns one person is his line alone", "[teleport_faults]") {
  Scene scene(30);
  const Person odd = scene.At(4);
  scene.Auth("fault", {{"call", "CreateUser"},
                       {"name", odd.name},
                       {"kind", "code"},
                       {"code", "INTERNAL"},
                       {"message", "the disk is full"},
                       {"times", -1}});
  scene.Sync(3);
  CHECK(scene.UserNames().size() == 29);
  CHECK_THAT(scene.Reason("failed", odd.name), Contains("the disk is full"));
  scene.Auth("clear_faults");
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser " + odd.name});
}

TEST_CASE("R9: a lock that never comes into force: the user is not deleted", "[teleport_faults]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(2);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Auth("fault", {{"call", "UpsertLock"}, {"kind", "lock_not_in_force"}, {"times", -1}});
  scene.Sync(3);
  CHECK(scene.Record().Writes("DeleteUser").empty());
  CHECK(scene.User(ada.name).is_object());
  CHECK_THAT(scene.Reason("failed", ada.name),
             Contains("does not show it as in force") && Contains("not deleted") && Contains("tctl get"));
}

TEST_CASE("R9: a refused lock: the user is not deleted, and the next run tries again", "[teleport_faults]") {
  Scene scene(12);
  scene.Sync();
  const Person ada = scene.At(2);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Auth("fault", {{"call", "UpsertLock"},
                       {"kind", "code"},
                       {"code", "INVALID_ARGUMENT"},
                       {"message", "no locks today"},
                       {"times", -1}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Reason("failed", ada.name), Contains("no locks today"));
  scene.Auth("clear_faults");
  scene.Sync();
  scene.CheckShutOut(ada);
}

}  // namespace
}  // namespace integration
