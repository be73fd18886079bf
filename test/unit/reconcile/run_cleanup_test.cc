// Whole runs that clean up: all users of ours go, and the locks that keep nobody out any more.
#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "model/labels.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("cleanup removes all users of ours, nobody else's, and only when approved") {
  Settled world(30);
  UserRecord admin;
  admin.name = "admin";
  world.teleport.users["admin"] = admin;
  world.options.cleanup = true;
  const Report plan = world.Sync();
  CHECK(HeldCount(plan, HeldKind::kCleanup) == 30);
  CHECK(world.TakeWrites().empty());
  CHECK(world.okta.assignment_reads == 0);
  world.approvals = ApproveAll(plan);
  CHECK(world.Sync().counts.at("removed") == 30);
  CHECK(world.Names() == Strings{"admin"});
  CHECK(world.LockedOut(world.Name(0)));
}

// A world with one user, and in cleanup with one lock more, made so long ago.
struct LeftBehind : Settled {
  LeftBehind(const std::string& user, absl::Duration age, bool lifted) : Settled(1) {
    options.cleanup = true;
    lock.name = "left-behind";
    lock.user = user;
    lock.labels = {{std::string(labels::kOrigin), std::string(labels::kOriginOkta)},
                   {std::string(labels::kSource), "00oorg/0oaapp"},
                   {std::string(labels::kLockOktaUserId), "00ugone"},
                   {std::string(labels::kPurpose), "suspend"}};
    lock.created_at = clock.Now() - age;
    lock.expires = lifted ? lock.created_at : absl::InfiniteFuture();
    lock.record_expires = lifted ? clock.Now() + absl::Hours(1) : absl::InfiniteFuture();
    teleport.locks[lock.name] = lock;
  }
  // What a plan holds of it, and whether it is there once that was approved.
  std::pair<bool, bool> HeldAndLeft() {
    const Report plan = Sync();
    REQUIRE(plan.held.size() == 1);
    const auto& items = plan.held[0].items;
    const bool held =
        std::any_of(items.begin(), items.end(), [&](const HeldItem& item) { return item.what == lock.name; });
    CHECK(teleport.locks.contains(lock.name));
    approvals = ApproveAll(plan);
    after = Sync();
    return {held, teleport.locks.contains(lock.name)};
  }
  LockRecord lock;
  Report after;
};

TEST_CASE("cleanup removes locks that keep nobody out any more, when that was approved") {
  LeftBehind lifted("gone@example.com", absl::Hours(1), true);
  CHECK(lifted.HeldAndLeft() == std::pair(true, false));
  CHECK(lifted.after.counts.at("lifted") == 1);
  LeftBehind endless("gone@example.com", absl::Hours(33), false);
  CHECK(endless.HeldAndLeft() == std::pair(true, false));
}

TEST_CASE("cleanup leaves a lock without end while a certificate or its user may be alive, and tells of it") {
  LeftBehind young("gone@example.com", absl::Hours(31), false);
  CHECK(young.HeldAndLeft() == std::pair(false, true));
  CHECK(young.after.notices.at(0).find("once nobody has that name, run `oktasync cleanup` again after") !=
        std::string::npos);
  // In force, and ends by itself.
  LeftBehind ends("gone@example.com", absl::Hours(33), false);
  ends.teleport.locks["left-behind"].expires = ends.clock.Now() + absl::Hours(10);
  ends.teleport.locks["left-behind"].record_expires = ends.clock.Now() + absl::Hours(10);
  CHECK(ends.HeldAndLeft() == std::pair(false, true));
  // A user of that name whom an admin has made since.
  LeftBehind used("admin", absl::Hours(33), false);
  UserRecord admin;
  admin.name = "admin";
  used.teleport.users["admin"] = admin;
  CHECK(used.HeldAndLeft() == std::pair(false, true));
}

TEST_CASE("cleanup removes the lock without end of a user who goes, and holds nothing afterwards") {
  Settled world(3);
  world.options.lock_suspended = true;
  world.okta.people[world.ids[0]].status = "SUSPENDED";
  world.Sync();
  world.options.cleanup = true;
  const Report plan = world.Sync();
  CHECK(HeldCount(plan, HeldKind::kCleanup) == 3);
  world.approvals = ApproveAll(plan);
  world.Sync();
  CHECK(world.Names().empty());
  for (const auto& [name, lock] : world.teleport.locks)
    CHECK(LabelOr(lock.labels, labels::kPurpose) == "leave");
  CHECK(world.LockedOut("u000@example.com"));
  world.approvals.clear();
  CHECK(world.Sync().held.empty());
}

TEST_CASE("cleanup leaves the lock of another sync, and one that changed after it was looked at") {
  LeftBehind others("gone@example.com", absl::Hours(33), false);
  others.teleport.locks["left-behind"].labels[std::string(labels::kSource)] = "00oorg/0oaother";
  CHECK(others.HeldAndLeft() == std::pair(false, true));

  LeftBehind changed("gone@example.com", absl::Hours(33), true);
  changed.approvals = ApproveAll(changed.Sync());
  changed.teleport.listed_locks = changed.teleport.locks;  // the listing lags
  changed.teleport.locks["left-behind"].expires = absl::InfiniteFuture();
  changed.Sync();
  CHECK(changed.teleport.locks.contains("left-behind"));
}

}  // namespace
}  // namespace oktasync::reconcile
