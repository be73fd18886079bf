// Whole runs: the guard against mass removal (rule R12).
#include <catch2/catch.hpp>

#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("R12: a mass unassignment is held whole, with a digest, and nobody is touched") {
  Settled world(30);
  for (int i = 0; i < 12; ++i) world.okta.people[world.ids[static_cast<size_t>(i)]].assignment = "";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(HeldCount(report) == 12);
  CHECK(report.held.at(0).digest.size() == 16);
  CHECK(report.counts.at("held") == 12);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R12: an empty list is held, with 3 users as with more") {
  for (int users : {3, 25}) {
    Settled world(users);
    world.okta.empty_list = true;
    const Report report = world.Sync();
    CHECK(HeldCount(report) == static_cast<size_t>(users));
    CHECK(world.TakeWrites().empty());
  }
}

TEST_CASE("R12: 60 people deactivated at once are all locked, and their deletions held, run after run") {
  Settled world(100);
  for (size_t i = 0; i < 60; ++i) {
    world.okta.people[world.ids[i]].status = "DEPROVISIONED";
    world.okta.people[world.ids[i]].assignment = "";
  }
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(HeldCount(report) == 60);
  const Strings writes = world.TakeWrites();
  CHECK(writes.size() == 60);
  for (const std::string& write : writes) CHECK(write.substr(0, 5) == "lock ");
  for (size_t i = 0; i < 60; ++i) CHECK(world.LockedOut(world.Name(i)));
  // They stay held: a lock beyond the guard is no removal, and neither counts as one nor is finished as one.
  CHECK(HeldCount(world.Sync()) == 60);
  CHECK(world.TakeWrites().empty());
  world.clock.Advance(absl::Hours(25));
  CHECK(HeldCount(world.Sync()) == 60);
  for (const std::string& write : world.TakeWrites()) CHECK(write.substr(0, 5) == "lock ");
}

TEST_CASE("R10: the lock of somebody whose deletion is held is renewed, unless the user is gone by then") {
  Settled world(30);
  for (size_t i = 0; i < 12; ++i) world.okta.people[world.ids[i]].status = "DEPROVISIONED";
  CHECK(HeldCount(world.Sync()) == 12);
  CHECK(world.TakeWrites().size() == 12);
  world.clock.Advance(absl::Hours(3));  // they end in 29 hours, earlier than a credential of today
  world.teleport.listed_users = world.teleport.users;
  world.teleport.users.erase(world.Name(0));
  const Report report = world.Sync();
  CHECK(world.TakeWrites().size() == 11);
  CHECK(FindLine(report, Outcome::kFailed, world.ids[0]) == nullptr);
  for (const auto& [name, lock] : world.teleport.locks) {
    const bool renewed = lock.expires >= world.clock.Now() + absl::Hours(30);
    CHECK(renewed == (lock.user != world.Name(0)));
  }
}

TEST_CASE("R12: the guard counts over 24 hours by our locks, so a restart does not reset it") {
  Settled world(30);
  for (size_t i = 0; i < 6; ++i) world.okta.people[world.ids[i]].assignment = "";
  CHECK(world.Sync().counts.at("removed") == 6);
  world.TakeWrites();
  for (size_t i = 6; i < 12; ++i) world.okta.people[world.ids[i]].assignment = "";
  CHECK(HeldCount(world.Sync()) == 6);
  CHECK(world.TakeWrites().empty());
  world.clock.Advance(absl::Hours(25));
  CHECK(world.Sync().counts.at("removed") == 6);
}

TEST_CASE("R12: a return does not reset the guard either") {
  Settled world(30);
  for (size_t i = 0; i < 6; ++i) world.okta.people[world.ids[i]].assignment = "";
  world.Sync();
  for (size_t i = 0; i < 6; ++i) world.okta.people[world.ids[i]].assignment = "ACTIVE";
  CHECK(world.Sync().counts.at("lifted") == 6);
  world.TakeWrites();
  for (size_t i = 6; i < 12; ++i) world.okta.people[world.ids[i]].assignment = "";
  CHECK(HeldCount(world.Sync()) == 6);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R12: who leaves, returns and leaves again is two removals") {
  Settled world(30);
  const auto assign = [&](const std::string& status) {
    for (size_t i = 0; i < 5; ++i) world.okta.people[world.ids[i]].assignment = status;
  };
  for (int i = 0; i < 2; ++i) {
    assign("");
    CHECK(world.Sync().counts.at("removed") == 5);
    assign("ACTIVE");
    CHECK(world.Sync().counts.at("lifted") == 5);
  }
  world.TakeWrites();
  assign("");
  CHECK(HeldCount(world.Sync()) == 5);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R12: an attribute that vanishes from everybody stays; from a few it is taken away") {
  Settled world(30);
  for (auto& [id, person] : world.okta.people) person.profile.erase("department");
  Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites().empty());
  REQUIRE(report.held.size() == 1);
  CHECK(report.held[0].reason.find("okta/department") != std::string::npos);
  for (size_t i = 3; i < 30; ++i) world.okta.people[world.ids[i]].profile["department"] = "Sales";
  report = world.Sync();
  CHECK(world.TakeWrites().size() == 3);
  CHECK_FALSE(world.teleport.users.at(world.Name(0)).traits.contains("okta/department"));
}

}  // namespace
}  // namespace oktasync::reconcile
