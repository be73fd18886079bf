// Teleport's answers on a bad day: late, refused, too large, overtaken by somebody else.
#include <algorithm>
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

size_t Connections(const harness::RecordView& record) {
  size_t count = 0;
  for (const json& entry : record.entries()) {
    if (entry["side"] == "auth" && entry["kind"] == "connection" && entry["outcome"] == "accepted") ++count;
  }
  return count;
}

TEST_CASE("Teleport faults: GOAWAY while 32 writes are in flight, again and again, loses nobody",
          "[teleport_calls]") {
  Scene scene(300, {"--connection-age", "0.3"});
  scene.Configure("/sync/writers", 32);
  // Slow enough for several connections to grow old.
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"seconds", 0.2}, {"times", -1}});
  scene.Sync();
  CHECK(Connections(scene.Record()) >= 3);
  CHECK(scene.Record().Writes("CreateUser").size() == 300);
  CHECK(scene.last().Count("created") == 300);
  scene.Auth("clear_faults");
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("Teleport faults: the deadline passed, but the server did it: read, then go on",
          "[teleport_calls]") {
  Scene scene(12);
  scene.Configure("/teleport/call_timeout", "1s");
  const auto late = [&](const std::string& call) {
    scene.Auth("clear_faults");
    scene.Auth("fault", {{"call", call}, {"kind", "do_then_hang"}, {"seconds", 30}});
  };
  late("CreateUser");
  scene.Sync();
  scene.AwaitStruck("CreateUser");
  CHECK(scene.Record().Writes("CreateUser").size() == 12);
  CHECK(scene.last().Count("created") == 12);
  for (const char* call : {"UpsertLock", "DeleteUser"}) {
    INFO(call);
    const Person leaver = scene.At(1);
    scene.Okta("unassign", {{"id", leaver.id}});
    late(call);
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

TEST_CASE("Teleport faults: RESOURCE_EXHAUSTED slows down and shrinks pages, and nobody is lost",
          "[teleport_calls]") {
  Scene scene(60);
  const json busy = {
      {"kind", "code"}, {"code", "RESOURCE_EXHAUSTED"}, {"message", "rate limit exceeded"}, {"times", 2}};
  for (const char* call : {"ListUsers", "CreateUser", "GetLocks"}) {
    json fault = busy;
    fault["call"] = call;
    scene.Auth("fault", fault);
  }
  scene.Run("sync", 0, {"--verbose"});
  CHECK(scene.Record().Writes("CreateUser").size() == 60);
  CHECK_THAT(scene.last().process.err,
             Contains("a call is tried again") && Contains("the server asks us to slow down"));
  scene.Auth("clear_faults");

  // gRPC's own words when an answer is over the client's limit, or a proxy's.
  scene.Auth("fault", {{"call", "ListUsers"},
                       {"kind", "code"},
                       {"code", "RESOURCE_EXHAUSTED"},
                       {"message", "grpc: received message larger than max (5242880 vs. 4194304)"},
                       {"times", 2}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("unchanged") == 60);
  CHECK(scene.Record().Requests("auth", "ListUsers") >= 3);
  scene.Auth("clear_faults");

  // Without end it is the end of the run, in words.
  json ever = busy;
  ever.update({{"call", "ListUsers"}, {"times", -1}});
  scene.Auth("fault", ever);
  scene.Okta("unassign", {{"count", 1}});
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("listing Teleport's users") && Contains("rate limit exceeded") &&
                                Contains("the server asks us to slow down"));
}

TEST_CASE("Teleport faults: a user who vanishes at a page border takes nobody else with him",
          "[teleport_calls]") {
  Scene scene(30);
  scene.Sync();
  Strings names = scene.UserNames();
  std::sort(names.begin(), names.end());
  // Answers are too large until there are seven on a page; the token of the second or third one names somebody
  // whom an admin deletes at that very moment.
  constexpr int64_t kHalvings = 6;  // 500, 250, … 7
  for (const int64_t page : {1, 2}) {
    const std::string name = names[static_cast<size_t>(page) * 7];
    INFO(name);
    scene.Auth("fault", {{"call", "ListUsers"},
                         {"kind", "code"},
                         {"code", "RESOURCE_EXHAUSTED"},
                         {"message", "grpc: received message larger than max (5242880 vs. 4194304)"},
                         {"times", kHalvings}});
    scene.Auth("fault", {{"call", "ListUsers"},
                         {"kind", "control"},
                         {"command", "delete_user"},
                         {"args", {{"name", name}}},
                         {"after", kHalvings + page}});
    scene.Sync();
    scene.Auth("clear_faults");
    CHECK(scene.Record().Requests("auth", "ListUsers") >= static_cast<size_t>(kHalvings) + 4);
    CHECK(scene.Writes() == Strings{"CreateUser " + name});
    CHECK(scene.UserNames().size() == 30);
  }
}

TEST_CASE("R4: revision conflict with a login: read again and merged, nothing of theirs is lost",
          "[teleport_calls]") {
  Scene scene(10);
  scene.Sync();
  const Person ada = scene.At(3);
  scene.Okta("edit", {{"id", ada.id}, {"profile", {{"department", "Metaverse"}}}});
  json user = scene.User(ada.name);
  user["traits"]["logins"] = {"ada"};
  // As the login comes in between our read and our update.
  scene.Auth(
      "fault",
      {{"call", "UpdateUser"}, {"kind", "control"}, {"command", "put_user"}, {"args", AsStored(user)}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"UpdateUser " + ada.name});
  CHECK(scene.Record().Requests("auth", "UpdateUser") == 2);
  CHECK(scene.User(ada.name)["traits"]["okta/department"] == json{"Metaverse"});
  CHECK(scene.User(ada.name)["traits"]["logins"] == json{"ada"});
}

TEST_CASE(
    "R4: a user that vanishes before its update is not created by it, and comes back with the next walk",
    "[teleport_calls]") {
  Scene scene(10);
  scene.Sync();
  const Person ada = scene.At(3);
  scene.Okta("edit", {{"id", ada.id}, {"profile", {{"department", "Metaverse"}}}});
  scene.Auth("fault", {{"call", "UpdateUser"},
                       {"kind", "control"},
                       {"command", "delete_user"},
                       {"args", {{"name", ada.name}}}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.User(ada.name).is_null());
  std::string said;
  for (const json& line : scene.last().report["people"]) {
    if (line["name"] == ada.name)
      said += line["outcome"].get<std::string>() + ": " + line["reason"].get<std::string>();
  }
  CHECK_THAT(said, Contains("next"));
  scene.Auth("clear_faults");
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser " + ada.name});
}

TEST_CASE("R6: a foreign user takes the name between our read and our create: untouched, and reported",
          "[teleport_calls]") {
  Scene scene(10);
  const Person ada = scene.At(3);
  scene.Auth("fault", {{"call", "CreateUser"},
                       {"name", ada.name},
                       {"kind", "control"},
                       {"command", "put_user"},
                       {"args", {{"name", ada.name}, {"roles", {"editor"}}}}});
  scene.Sync();
  const json theirs = scene.User(ada.name);
  CHECK(scene.Writes().size() == 9);
  CHECK(theirs["roles"] == json{"editor"});
  CHECK_THAT(scene.Reason("conflict", ada.name), Contains("did not make") && Contains("tctl users rm"));
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  CHECK(scene.User(ada.name) == theirs);
}

TEST_CASE("R1: an admin's lock on a user of ours stays as it is, and the report names it",
          "[teleport_calls]") {
  Scene scene(10);
  scene.Sync();
  const Person ada = scene.At(3);
  scene.Auth("put_lock", {{"name", "under-review"}, {"target", {{"user", ada.name}}}, {"message", "look"}});
  const json theirs = scene.Auth("lock", {{"name", "under-review"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.Auth("lock", {{"name", "under-review"}}) == theirs);
  CHECK_THAT(scene.Reason("notice", ada.name),
             Contains("is locked by under-review") && Contains("tctl get lock/under-review"));
}

TEST_CASE(
    "R21: PERMISSION_DENIED on users, locks, roles or the lease stops the run, naming call, identity and "
    "rule",
    "[teleport_calls]") {
  Scene scene(12);
  scene.Sync();
  const Person leaver = scene.At(1);
  const Person edited = scene.At(2);
  const std::string hired = scene.Okta("hire")["user_names"][0];
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Okta("edit", {{"id", edited.id}, {"profile", {{"department", "Metaverse"}}}});
  scene.Configure("/sync/writers", 1);
  for (const auto& [call, on] : {std::pair<std::string, std::string>{"ListUsers", "list\" on \"user"},
                                 {"GetUser", "read\" on \"user"},
                                 {"UpdateUser", "update\" on \"user"},
                                 {"GetLocks", "list\" on \"lock"},
                                 {"UpsertLock", "update\" on \"lock"},
                                 {"DeleteUser", "delete\" on \"user"},
                                 {"GetRole", "read\" on \"role"},
                                 {"AcquireSemaphore", "create\" on \"semaphore"},
                                 {"KeepAliveSemaphoreLease", "update\" on \"semaphore"}}) {
    INFO(call);
    scene.Auth("fault", {{"call", call},
                         {"kind", "code"},
                         {"code", "PERMISSION_DENIED"},
                         {"message", "access denied to perform action \"" + on + "\""},
                         {"times", -1}});
    scene.Sync(1);
    scene.Auth("clear_faults");
    scene.Auth("drop_lease");
    CHECK_THAT(scene.Error(), Contains(call) && Contains("access denied to perform action") &&
                                  Contains("role Okta") && Contains("check that the identity"));
    CHECK(scene.Record().Writes("DeleteUser").empty());
  }
  scene.Sync();
  CHECK(scene.User(hired).is_object());
  CHECK(scene.User(leaver.name).is_null());
}

}  // namespace
}  // namespace integration
