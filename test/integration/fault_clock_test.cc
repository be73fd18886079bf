// Clocks that are off. Locks live by the server's clock, and so does the lease (R9, R20).
#include <poll.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

constexpr double kThirtyHours = 30 * 3600;

// Somebody leaves: his lock must live for 30 hours from when the server dated it.
void CheckRemoval(Scene& scene) {
  const Person leaver = scene.At(2);
  INFO(leaver.name);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Sync();
  CHECK(scene.User(leaver.name).is_null());
  const json lock = scene.LockOn(leaver.name);
  REQUIRE(lock.is_object());
  CHECK(lock["in_force"] == true);
  CHECK(lock["expires"].get<double>() >= lock["created_at"].get<double>() + kThirtyHours);
  CHECK(scene.last().Count("removed") == 1);
}

TEST_CASE("R9, R20: the auth server's clock is 10 minutes fast or slow: people come and go all the same",
          "[teleport_calls]") {
  for (const int seconds : {600, -600}) {
    Scene scene(10);
    INFO(seconds);
    scene.Auth("clock_offset", {{"seconds", seconds}});
    scene.Sync();
    CHECK(scene.Writes().size() == 10);
    if (seconds > 0) {
      CHECK_THAT(scene.Notices(),
                 Contains("the auth server's clock was ahead of ours by up to 10m15s") && Contains("NTP"));
    }
    CHECK(scene.Auth("leases")["leases"].empty());
    CheckRemoval(scene);
    scene.Sync();
    CHECK(scene.Writes() == Strings{});
  }
}

TEST_CASE(
    "R14: our clock is 10 minutes slow or fast: a saved plan is approved at once, and no run ends before it "
    "began",
    "[teleport_calls]") {
  for (const int seconds : {600, -600}) {
    Scene scene(60);
    INFO(seconds);
    scene.Sync();
    scene.Okta("clock_offset", {{"seconds", seconds}});  // it is ours that is off: both sides agree
    scene.Auth("clock_offset", {{"seconds", seconds}});
    scene.Okta("unassign", {{"count", 25}});
    scene.Run("plan", 3);
    const json plan = scene.last().report;
    CHECK(std::abs(plan["clock_offset_seconds"].get<double>() - seconds) < 5);
    CHECK(plan["started"].get<std::string>() <= plan["ended"].get<std::string>());
    scene.Run("sync", 0, {"--plan", scene.Save(plan)});
    CHECK(scene.UserNames().size() == 35);
  }
}

TEST_CASE("R20: by a server whose clock is fast the lease keeps others out as long as we rely on it",
          "[teleport_calls]") {
  constexpr double kTerm = 20;
  constexpr double kSafety = 4;
  Scene scene;
  scene.Configure("/lease/term", "20s");
  scene.Configure("/lease/safety", "4s");
  scene.Auth("clock_offset", {{"seconds", 600}});
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"times", -1}});
  const auto first = scene.Begin("sync");
  scene.AwaitStruck("CreateUser");
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("holds the lease oktasync/"));
  // Taken, and renewed at least once.
  const auto kept_alive = [&] { return scene.RecordAfter(0).Requests("auth", "KeepAliveSemaphoreLease"); };
  for (int i = 0; i < 600 && kept_alive() < 2; ++i) ::poll(nullptr, 0, 100);
  scene.Auth("clear_faults");
  CHECK(scene.End(*first).exit_code == 0);
  // What each lease stood for, by the server's clock: never less than the term without its safety margin.
  const harness::RecordView record = scene.RecordAfter(0);
  size_t leases = 0;
  for (const json& entry : record.entries()) {
    if (entry["kind"] != "lease" || entry["call"] != "KeepAliveSemaphoreLease") continue;
    ++leases;
    const double kept = entry["expires"].get<double>() - (entry["at"].get<double>() + 600);
    CHECK(kept > kTerm - kSafety - 2);  // 2: from our reading the clock to the server's
    CHECK(kept < 2 * kTerm);
  }
  CHECK(leases >= 2);
  CHECK(scene.UserNames().size() == 60);
}

TEST_CASE("R9: our clock is 3 days slow: Okta's Date corrects it, locks live long enough, the report says so",
          "[teleport_calls]") {
  Scene scene(10);
  const int three_days = 3 * 24 * 3600;
  scene.Okta("clock_offset", {{"seconds", three_days}});  // it is ours that is off: both sides agree
  scene.Auth("clock_offset", {{"seconds", three_days}});
  scene.Sync();
  CHECK(scene.Writes().size() == 10);
  CHECK_THAT(scene.Notices(), Contains("our clock is off by 7") && Contains("NTP"));
  CheckRemoval(scene);

  // When only the auth server could tell, nothing is written.
  scene.Okta("clock_offset", {{"seconds", 0}});
  scene.Okta("unassign", {{"count", 1}});
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("the auth server's clock is ahead of ours by more than 15m") &&
                                Contains("nothing is written") && Contains("NTP"));
}

}  // namespace
}  // namespace integration
