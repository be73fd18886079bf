// R20: one runner at a time.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("R20: while another one holds the lease, a run writes nothing and says who is in its way",
          "[teleport_access]") {
  Scene scene;
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"times", -1}});
  const auto first = scene.Begin("sync");
  scene.AwaitStruck("CreateUser");
  const json leases = scene.Auth("leases")["leases"];
  REQUIRE(leases.size() == 1);
  CHECK(leases[0]["kind"] == "oktasync");
  CHECK(leases[0]["name"] == scene.Info("org_id") + "." + scene.Info("app_id"));

  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("holds the lease oktasync/") && Contains(scene.Info("app_id")));

  scene.Auth("clear_faults");
  CHECK(scene.End(*first).exit_code == 0);
  CHECK(scene.UserNames().size() == 60);
  CHECK(scene.Auth("leases")["leases"].empty());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R20: a run whose lease is lost writes no more", "[teleport_access]") {
  Scene scene;
  scene.Configure("/lease/term", "20s");
  scene.Configure("/lease/safety", "4s");
  scene.Configure("/sync/writers", 1);
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"after", 5}});
  const auto running = scene.Begin("sync");
  scene.AwaitStruck("CreateUser");
  // The server forgets the lease; the next attempt to keep it alive hears so, and only then the create that
  // hangs goes on.
  scene.Auth("drop_lease");
  scene.Await("the lease is missed", [](const harness::RecordView& record) {
    for (const json& entry : record.entries()) {
      if (entry.value("call", "") == "KeepAliveSemaphoreLease" && entry.value("code", "") == "NOT_FOUND")
        return true;
    }
    return false;
  });
  scene.Auth("clear_faults");
  const harness::Finished finished = scene.End(*running);
  CHECK(finished.exit_code == 1);
  CHECK_THAT(finished.out, Contains("has run out or was lost"));
  CHECK(scene.Writes().size() == 6);  // the five before, and the one that was on its way
  scene.Sync();
  CHECK(scene.UserNames().size() == 60);
}

TEST_CASE(
    "R20: when the answer about the lease is lost it is looked for before another is taken, and the run goes "
    "on",
    "[teleport_access]") {
  Scene scene(10);
  scene.Auth("fault", {{"call", "AcquireSemaphore"},
                       {"kind", GENERATE("do_then_code", "do_then_cut", "code", "cut")},
                       {"code", "UNAVAILABLE"}});
  scene.Sync();
  CHECK(scene.UserNames().size() == 10);
  scene.Sync();
}

TEST_CASE("R20: when nobody can say who holds the lease nothing is written, and a later run goes through",
          "[teleport_access]") {
  Scene scene(10);
  scene.Auth("fault", {{"call", "AcquireSemaphore"}, {"kind", "do_then_code"}, {"code", "UNAVAILABLE"}});
  scene.Auth("fault", {{"call", "GetSemaphores"}, {"kind", "code"}, {"code", "PERMISSION_DENIED"}});
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("taking the lease") && Contains("whether the server did it is unknown"));
  scene.Sync(1);  // it did; that lease ends by itself
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("ends by itself within 1m"));
  scene.Auth("drop_lease");
  scene.Sync();
  CHECK(scene.UserNames().size() == 10);
}

}  // namespace
}  // namespace integration
