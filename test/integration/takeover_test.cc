// R20: two hosts on one source. The second stands by, and takes over when the first is killed or paused.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "integration/fixture.h"

namespace integration {
namespace {

using harness::RecordView;

constexpr double kTerm = 20;       // seconds; the shortest that the configuration takes
constexpr double kMuchLater = 20;  // for a busy machine: to look again, and to make a run

void ShortLease(Scene& scene) {
  scene.Configure("/lease/term", "20s");
  scene.Configure("/lease/safety", "9s");
}

bool IsWrite(const json& entry) {
  static const std::set<std::string> kWrites = {"CreateUser", "UpdateUser", "DeleteUser", "UpsertLock"};
  return entry["kind"] == "request" && kWrites.count(entry.value("call", "")) > 0;
}

void AwaitRefused(const Scene& scene, uint64_t after) {
  scene.Await("the second is refused the lease", [&](const RecordView& record) {
    return std::any_of(record.entries().begin(), record.entries().end(), [&](const json& entry) {
      return entry["seq"] > after && entry.value("call", "") == "AcquireSemaphore" &&
             entry.value("code", "") == "RESOURCE_EXHAUSTED";
    });
  });
}

// Who took the lease, in order: the connections by which they did.
std::vector<uint64_t> Takers(const RecordView& record) {
  std::vector<uint64_t> takers;
  for (const json& entry : record.entries()) {
    if (entry["kind"] == "request" && entry.value("call", "") == "AcquireSemaphore" &&
        entry["code"] == "OK") {
      takers.push_back(entry["conn"]);
    }
  }
  return takers;
}

TEST_CASE("R20: the first host is killed: the second takes over within the lease's term and goes on",
          "[takeover]") {
  Scene scene(12);
  ShortLease(scene);
  const auto first = scene.Begin("run");
  scene.Await("the first run",
              [](const RecordView& record) { return record.Requests("auth", "EmitAuditEvent") > 0; });
  harness::Process second(scene.CommandLine("run"));
  AwaitRefused(scene, 0);
  const Person leaver = scene.At(3);
  scene.Okta("unassign", {{"id", leaver.id}});
  first->Signal(SIGKILL);
  CHECK(scene.End(*first).exit_code == 128 + SIGKILL);
  const uint64_t killed = scene.RecordEnd();

  scene.Await("the second removes the leaver",
              [](const RecordView& record) { return !record.Writes("DeleteUser").empty(); });
  const json after = scene.RecordAfter(killed).entries();
  const double since = after[0]["at"];
  const auto taken = std::find_if(after.begin(), after.end(), [](const json& entry) {
    return entry["kind"] == "lease" && entry["call"] == "AcquireSemaphore";
  });
  REQUIRE(taken != after.end());
  CHECK((*taken)["at"].get<double>() - since < kTerm + kMuchLater);
  CHECK(Takers(scene.Record()).size() == 2);
  CHECK(scene.User(leaver.name).is_null());
  second.Signal(SIGTERM);
  CHECK(scene.End(second, 120).exit_code == 0);
  CHECK(scene.Auth("leases")["leases"].empty());
}

TEST_CASE(
    "R20: the first host is paused past its lease: the second takes over, and of the first nothing "
    "is written when it wakes",
    "[takeover]") {
  Scene scene(60);
  ShortLease(scene);
  scene.Configure("/sync/writers", 2);
  scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"after", 10}, {"times", -1}});
  const auto paused = scene.Begin("sync");
  scene.AwaitStruck("CreateUser", 2);
  harness::Process second(scene.CommandLine("run"));
  AwaitRefused(scene, 0);
  paused->Signal(SIGSTOP);
  scene.Auth("clear_faults");  // what had left the process before is done now
  scene.Await("it is", [](const RecordView& record) { return record.Writes().size() == 12; });
  scene.Await("the second has done the rest",
              [&](const RecordView&) { return scene.UserNames().size() == 60; });
  const std::vector<uint64_t> takers = Takers(scene.Record());
  REQUIRE(takers.size() == 2);

  const uint64_t end = scene.RecordEnd();
  paused->Signal(SIGCONT);
  const harness::Finished finished = scene.End(*paused, 120);
  CHECK(finished.exit_code == 1);
  CHECK(finished.out.find("lease") != std::string::npos);
  second.Signal(SIGTERM);
  CHECK(scene.End(second, 120).exit_code == 0);

  // By connection: since the second took the lease no write was asked for by the first, accepted or not; once
  // it woke, by nobody.
  const json whole = scene.RecordAfter(0).entries();
  bool second_holds = false;
  for (const json& entry : whole) {
    const uint64_t conn = entry.value("conn", uint64_t{0});
    second_holds = second_holds || (entry.value("call", "") == "AcquireSemaphore" &&
                                    entry.value("code", "") == "OK" && conn == takers[1]);
    if (second_holds && IsWrite(entry)) CHECK(conn == takers[1]);
    if (entry["seq"] > end) CHECK_FALSE(IsWrite(entry));
  }
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
