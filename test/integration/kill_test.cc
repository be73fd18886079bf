// SIGKILL at any moment, and two hosts at once: the next run finds all that it needs in Okta and Teleport.
#include <signal.h>

#include <catch2/catch.hpp>
#include <set>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

// Starts a sync, kills it once `fault` has struck (or once the write that it follows is recorded), and lets the
// server forget the dead one's lease, as it does after a minute.
void KillAt(Scene& scene, const std::string& call, const std::string& kind, int64_t after) {
  INFO("killed at " << call << ", " << kind << " after " << after);
  scene.Auth("fault", {{"call", call}, {"kind", kind}, {"after", after}, {"times", -1}});
  const auto running = scene.Begin("sync");
  scene.AwaitStruck(call);
  if (kind == "do_then_hang") {
    scene.Await(call + " is done",
                [&](const auto& record) { return record.Writes(call).size() > static_cast<size_t>(after); });
  }
  running->Signal(SIGKILL);
  CHECK(scene.End(*running).exit_code == 128 + SIGKILL);
  // The server notices that its caller is gone, and ends what hangs; only then does it hang no more.
  const int64_t struck = scene.Auth("faults").at("faults").at(0).at("struck");
  scene.Await("what hung has ended", [&](const auto& record) {
    return record.Requests("auth", call) >= static_cast<size_t>(after + struck);
  });
  scene.Auth("clear_faults");
}

TEST_CASE("Killed in the middle of an import: the next run converges", "[host]") {
  for (const auto& [kind, after] : {std::pair{"hang", 0}, {"hang", 25}, {"do_then_hang", 59}}) {
    Scene scene;
    KillAt(scene, "CreateUser", kind, after);
    // R20: the dead one's lease still stands, and keeps everybody else out until it ends.
    scene.Sync(1);
    CHECK(scene.Writes() == Strings{});
    CHECK_THAT(scene.Error(), Contains("holds the lease") && Contains("ends by itself within 1m"));
    scene.Auth("drop_lease");
    scene.Sync();
    CHECK(scene.UserNames().size() == 60);
    scene.Sync();
    CHECK(scene.Writes() == Strings{});
  }
}

TEST_CASE("Killed in the middle of a removal: the next run shuts the person out", "[host]") {
  Scene scene;
  scene.Sync();
  for (const char* call : {"UpsertLock", "DeleteUser"}) {
    for (const char* kind : {"hang", "do_then_hang"}) {
      INFO(call << " " << kind);
      const Person leaver = scene.At(3);
      scene.Okta("unassign", {{"id", leaver.id}});
      KillAt(scene, call, kind, 0);
      scene.Auth("drop_lease");
      scene.Sync();
      CHECK(scene.User(leaver.name).is_null());
      CHECK_FALSE(scene.LockOn(leaver.name).is_null());
      scene.Sync();
      CHECK(scene.Writes() == Strings{});
    }
  }
}

TEST_CASE("R16: killed between the create and the lift of a returner, or his locks: the next run decides",
          "[host]") {
  Scene scene;
  scene.Sync();
  const Person ada = scene.At(3);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  scene.Okta("assign", {{"id", ada.id}});
  KillAt(scene, "UpsertLock", "hang", 0);
  REQUIRE(scene.User(ada.name).is_object());
  REQUIRE(scene.LockOn(ada.name).is_object());
  scene.Auth("drop_lease");
  scene.Sync();
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.Writes() == Strings{"UpsertLock " + ada.name});

  // Locked and not yet deleted, and then he is assigned again: lifted, not deleted.
  scene.Okta("unassign", {{"id", ada.id}});
  KillAt(scene, "DeleteUser", "hang", 0);
  REQUIRE(scene.LockOn(ada.name).is_object());
  scene.Okta("assign", {{"id", ada.id}});
  scene.Auth("drop_lease");
  scene.Sync();
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.User(ada.name).is_object());
  CHECK(scene.Record().Writes("DeleteUser").empty());
}

TEST_CASE("R20: of two hosts at once only one writes", "[host]") {
  Scene scene;
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"times", -1}});
  const auto one = scene.Begin("run");
  scene.AwaitStruck("CreateUser");
  const auto two = std::make_unique<harness::Process>(scene.CommandLine("run"));
  scene.Await("the second is refused the lease", [](const harness::RecordView& record) {
    for (const json& entry : record.entries()) {
      if (entry.value("call", "") == "AcquireSemaphore" && entry.value("code", "") == "RESOURCE_EXHAUSTED") {
        return true;
      }
    }
    return false;
  });
  scene.Auth("clear_faults");
  scene.Await("the first one's run ends",
              [](const auto& record) { return record.Requests("auth", "EmitAuditEvent") > 0; });
  // The one that stands by is stopped first: it must not have its turn here.
  two->Signal(SIGTERM);
  const harness::Finished refused = scene.End(*two);
  CHECK(refused.exit_code == 0);
  CHECK_THAT(refused.err, Contains("holds the lease oktasync/"));
  one->Signal(SIGTERM);
  CHECK(scene.End(*one).exit_code == 0);
  CHECK(scene.Writes().size() == 60);
  const harness::RecordView record = scene.Record();
  std::set<uint64_t> writers;
  for (const json& entry : record.entries()) {
    if (entry.value("call", "") == "CreateUser" && entry["kind"] == "request") {
      writers.insert(entry["conn"].get<uint64_t>());
    }
  }
  CHECK(writers.size() == 1);
}

}  // namespace
}  // namespace integration
