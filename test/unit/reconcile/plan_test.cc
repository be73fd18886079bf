// A plan is the run with another end: the same pipeline, nothing written.
#include <catch2/catch.hpp>

#include <algorithm>

#include "model/labels.h"
#include "reconcile/plan_target.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

// A world with one of everything to do: a hire, an edit, a leaver, a return, a conflict.
void PlayDay(World& world) {
  const auto ids = world.Hire(30);
  REQUIRE(world.Sync().outcome.ok());
  world.okta.people[ids[4]].assignment = "";
  REQUIRE(world.Sync().outcome.ok());
  world.okta.people[ids[4]].assignment = "ACTIVE";
  world.okta.people[ids[1]].profile["department"] = "Research";
  world.okta.people[ids[2]].status = "DEPROVISIONED";
  world.okta.people[ids[3]].profile.erase("department");
  const auto more = world.Hire(2);
  world.okta.people[more[1]].user_name = "u000@example.com";
  world.TakeWrites();
}

std::vector<std::string> AsWrites(const Report& plan) {
  std::vector<std::string> out;
  for (const PlannedWrite& write : plan.writes) {
    std::string call = write.call;
    for (const char* suffix : {" user", " lock"}) {
      if (call.ends_with(suffix)) call.resize(call.size() - 5);
    }
    out.push_back(call + " " + write.name);
  }
  return out;
}

TEST_CASE("a plan names exactly the writes that a run on the same snapshot makes, in order per person") {
  for (bool reversed : {false, true}) {
    World world;
    PlayDay(world);
    world.okta.reversed = reversed;
    const Report plan = world.Plan();
    REQUIRE(plan.outcome.ok());
    CHECK(world.TakeWrites().empty());
    CHECK(world.teleport.events.size() == 2);  // those of PlayDay: a plan is no event
    CHECK(world.teleport.lease_holder.empty());

    const Report run = world.Sync();
    REQUIRE(run.outcome.ok());
    std::vector<std::string> writes = world.TakeWrites();
    const auto name_of = [](const std::string& write) { return write.substr(write.find(' ')); };
    std::stable_sort(writes.begin(), writes.end(),
                     [&](const auto& a, const auto& b) { return name_of(a) < name_of(b); });
    CHECK(AsWrites(plan) == writes);
    CHECK(plan.counts == run.counts);
  }
}

TEST_CASE("a plan reads like a diff: each changed field with before and after") {
  World world;
  PlayDay(world);
  const Report plan = world.Plan();
  const auto update = std::find_if(plan.writes.begin(), plan.writes.end(), [](const PlannedWrite& write) {
    return write.name == "u001@example.com";
  });
  REQUIRE(update != plan.writes.end());
  CHECK(update->call == "update user");
  REQUIRE(update->changes.size() == 1);
  CHECK(update->changes[0].field == "trait okta/department");
  CHECK(update->changes[0].before == "Sales");
  CHECK(update->changes[0].after == "Research");
}

TEST_CASE("what a plan has written down is visible to its later reads") {
  World world;
  world.Hire(1);
  REQUIRE(world.Sync().outcome.ok());
  PlanTarget plan(world.teleport, world.clock);
  Cancel cancel;
  LockRecord lock;
  lock.name = "l";
  lock.user = "u000@example.com";
  lock.expires = lock.record_expires = world.clock.Now() + absl::Hours(31);
  REQUIRE(plan.UpsertLock(lock, cancel).ok());
  CHECK(plan.GetLock("l", cancel).ok());
  CHECK(plan.GetLocks({"u000@example.com"}, true, cancel)->size() == 1);
  CHECK(world.teleport.locks.empty());
  lock.expires = world.clock.Now();
  REQUIRE(plan.UpsertLock(lock, cancel).ok());
  CHECK(plan.GetLocks({"u000@example.com"}, true, cancel)->empty());
  CHECK(plan.GetLocks({}, false, cancel)->size() == 1);
  const auto writes = plan.Take();
  REQUIRE(writes.size() == 2);
  CHECK(writes[0].call == "lock");
  CHECK(writes[1].call == "lift lock");
}

}  // namespace
}  // namespace oktasync::reconcile
