// Stopping: within a second, wherever a run is.
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;
using Clock = std::chrono::steady_clock;

// A second is promised; the rest is for a busy machine that has to notice the signal and to end a process.
constexpr double kPromised = 1.0;
#if defined(__SANITIZE_ADDRESS__)
constexpr double kGrace = 4.0;  // a sanitized process also looks for leaks before it ends
#else
constexpr double kGrace = 0.5;
#endif

harness::Finished Stop(const Scene& scene, harness::Process& process, int signal) {
  const auto sent = Clock::now();
  process.Signal(signal);
  harness::Finished finished = scene.End(process);
  CHECK(std::chrono::duration<double>(Clock::now() - sent).count() < kPromised + kGrace);
  return finished;
}

TEST_CASE("Stop: an idle `run` ends with 0 within a second of SIGINT or SIGTERM", "[host]") {
  Scene scene(10);
  for (const int signal : {SIGINT, SIGTERM}) {
    INFO(signal);
    const auto running = scene.Begin("run");
    scene.Await("the first run is at its end",
                [](const auto& record) { return record.Requests("auth", "EmitAuditEvent") > 0; });
    const harness::Finished finished = Stop(scene, *running, signal);
    CHECK(finished.exit_code == 0);
    const json report = json::parse(finished.out.substr(0, finished.out.find('\n')), nullptr, false);
    REQUIRE(report.is_object());
    CHECK(report["ok"] == true);
    CHECK(report["counts"]["seen"] == 10);
    // R20: the lease was held until now, and is given back.
    CHECK(scene.Record().Requests("auth", "CancelSemaphoreLease") == 1);
    CHECK(scene.Auth("leases")["leases"].empty());
  }
  CHECK(scene.UserNames().size() == 10);
}

TEST_CASE("Stop: while Okta hangs, before a page and within one", "[host]") {
  Scene scene(10);
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "hang"}, {"seconds", 30}});
  const auto hung = scene.Begin("run");
  // The listing of Teleport's users is what comes before the walk.
  scene.Await("the walk is about to begin",
              [](const auto& record) { return record.Requests("auth", "ListUsers") > 0; });
  CHECK(Stop(scene, *hung, SIGTERM).exit_code == 0);

  scene.Okta("clear_faults");
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "drip"}, {"seconds", 30}});
  const auto dripped = scene.Begin("run");
  scene.Await("a page drips", [](const auto& record) { return record.Requests("okta", "/users?") > 0; });
  CHECK(Stop(scene, *dripped, SIGINT).exit_code == 0);
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("Stop: while Okta's rate window is waited for", "[host]") {
  Scene scene(10);
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "rate_429"}, {"seconds", 60}, {"times", -1}});
  const auto waits = scene.Begin("sync");
  scene.Await("a page is refused", [](const auto& record) { return record.Requests("okta", "/users?") > 0; });
  CHECK(Stop(scene, *waits, SIGINT).exit_code == 130);
}

TEST_CASE("Stop: while Teleport hangs in a write, in a read, and at the lease", "[host]") {
  Scene scene(40);
  for (const char* call : {"CreateUser", "ListUsers", "AcquireSemaphore", "Ping"}) {
    INFO(call);
    scene.Auth("fault", {{"call", call}, {"kind", "hang"}, {"times", -1}});
    const auto running = scene.Begin("run");
    scene.AwaitStruck(call);
    CHECK(Stop(scene, *running, SIGTERM).exit_code == 0);
    scene.Auth("clear_faults");
    scene.Auth("drop_lease");
  }
  // And `sync`, which says that it was interrupted, and by what it was stopped.
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"times", -1}});
  const auto running = scene.Begin("sync");
  scene.AwaitStruck("CreateUser");
  CHECK(Stop(scene, *running, SIGINT).exit_code == 130);
}

TEST_CASE("Stop: while Teleport is away and the host tries to connect", "[host]") {
  Scene scene(10);
  scene.Auth("refuse", {{"seconds", 600}});
  const auto running = scene.Begin("run");
  scene.Await("the org is read, which comes before Teleport",
              [](const auto& record) { return record.Requests("okta", "okta-organization") > 0; });
  CHECK(Stop(scene, *running, SIGTERM).exit_code == 0);
}

TEST_CASE("Stop: what a stopped run left is finished by the next", "[host]") {
  Scene scene(60);
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"after", 20}, {"times", -1}});
  const auto running = scene.Begin("sync");
  scene.AwaitStruck("CreateUser");
  CHECK(Stop(scene, *running, SIGTERM).exit_code == 130);
  scene.Auth("clear_faults");
  CHECK(scene.Auth("leases")["leases"].empty());  // given back, so the next need not wait
  scene.Sync();
  CHECK(scene.UserNames().size() == 60);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
