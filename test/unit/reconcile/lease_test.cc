// reconcile/lease.h: under a lease that is lost no write of any kind is sent (R20).
#include "reconcile/lease.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

TEST_CASE("R20: under a lease that ran out nothing is created, updated, deleted or locked") {
  World world;
  Cancel cancel;
  const LeaseOptions options;
  auto lease = LeaseKeeper::Acquire(world.teleport, "org.app", "us", options, world.clock, NullLog(), cancel);
  REQUIRE(lease.ok());
  const auto target = UnderLease(world.teleport, **lease);
  UserRecord user;
  user.name = "ada@example.com";
  LockRecord lock;
  lock.name = "lock";
  lock.user = user.name;
  const auto stored = target->CreateUser(user, cancel);
  REQUIRE(stored.ok());
  world.TakeWrites();

  world.clock.Advance(options.term);
  UserRecord other = user;
  other.name = "bob@example.com";
  CHECK(target->CreateUser(other, cancel).status().code() == absl::StatusCode::kAborted);
  CHECK(target->UpdateUser(*stored, cancel).status().code() == absl::StatusCode::kAborted);
  CHECK(target->DeleteUser(user.name, cancel).code() == absl::StatusCode::kAborted);
  CHECK(target->UpsertLock(lock, cancel).code() == absl::StatusCode::kAborted);
  CHECK(target->DeleteLock(lock.name, cancel).code() == absl::StatusCode::kAborted);
  CHECK(world.TakeWrites().empty());
}

}  // namespace
}  // namespace oktasync::reconcile
