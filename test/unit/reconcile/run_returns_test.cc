// Whole runs: who returns, names in quarantine, names that change (rules R16, R17, R18).
#include <catch2/catch.hpp>

#include "base/status.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("R16: listings that lag our last lift or create do not make it happen twice") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.Sync();
  const auto users = world.teleport.users;
  const auto locks = world.teleport.locks;
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  world.Sync();
  world.TakeWrites();
  world.teleport.listed_users = users;
  world.teleport.listed_locks = locks;
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites().empty());
  CHECK(report.counts.count("created") == 0);
}

TEST_CASE("R16: a return lifts the lock after a single read, and the record stays as the guard's memory") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.Sync();
  world.TakeWrites();
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  const int reads = world.okta.assignment_reads;
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.okta.assignment_reads == reads + 1);
  CHECK(world.TakeWrites() == Strings{"create u003@example.com", "lift u003@example.com"});
  CHECK_FALSE(world.LockedOut("u003@example.com"));
  CHECK(world.teleport.locks.size() == 1);
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R16: listed as present, but the single read does not say so: the lock stays") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.Sync();
  world.TakeWrites();
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  world.okta.page_size = 100;  // one page: nobody's row shifts when the person goes
  world.okta.before_read = [&](const std::string& id) {
    std::lock_guard lock(world.okta.mutex);
    world.okta.people[id].assignment = "";
  };
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kKept, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
  CHECK(world.LockedOut("u003@example.com"));
}

TEST_CASE("R16: a single read that says suspended or deactivated lifts nothing") {
  for (const char* status : {"SUSPENDED", "DEPROVISIONED", "HIBERNATING"}) {
    Settled world(20);
    world.okta.people[world.ids[3]].assignment = "";
    world.Sync();
    world.TakeWrites();
    world.okta.people[world.ids[3]].assignment = "ACTIVE";
    world.okta.page_size = 100;
    world.okta.before_read = [&](const std::string& id) {
      std::lock_guard lock(world.okta.mutex);
      world.okta.people[id].status = status;
    };
    CHECK(FindLine(world.Sync(), Outcome::kKept, world.ids[3]) != nullptr);
    CHECK(world.TakeWrites().empty());
    CHECK(world.LockedOut("u003@example.com"));
  }
}

// A leave lock of that Okta id, in force, as an earlier run left it.
LockRecord LeaveLockOn(World& world, const std::string& okta_id, const std::string& name) {
  LockRecord lock;
  lock.name = "oktasync-leave-" + okta_id;
  lock.labels = {{"teleport.dev/origin", "okta"},
                 {"oktasync/source", "00oorg/0oaapp"},
                 {"oktasync/okta-user-id", okta_id},
                 {"oktasync/purpose", "leave"}};
  lock.user = name;
  lock.created_at = world.clock.Now();
  lock.expires = lock.record_expires = world.clock.Now() + absl::Hours(31);
  return lock;
}

TEST_CASE("R16: a lock that came after this run had looked for locks is not lifted by it") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.Sync();
  world.TakeWrites();
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  world.okta.before_read = [&](const std::string& id) {
    LockRecord late = LeaveLockOn(world, id, "u003@example.com");
    late.labels["oktasync/purpose"] = "scim";
    std::lock_guard lock(world.teleport.mutex);
    world.teleport.locks[late.name] = late;
  };
  world.Sync();
  CHECK(world.TakeWrites() == Strings{"create u003@example.com", "lift u003@example.com"});
  CHECK(world.LockedOut("u003@example.com"));
}

TEST_CASE("R16: a return lifts the locks of that Okta id, and no other's on the same name") {
  Settled world(20);
  for (const std::string& id : {world.ids[3], std::string("00uformer")}) {
    const LockRecord lock = LeaveLockOn(world, id, world.Name(3));
    world.teleport.locks[lock.name] = lock;
  }
  world.Sync();
  CHECK(world.TakeWrites() == Strings{"lift u003@example.com"});
  CHECK(world.LockedOut("u003@example.com"));
}

TEST_CASE("R17: whoever comes back and gets another name before he is read is not made under that one") {
  Settled world(20);
  for (size_t i : {3u, 4u}) world.okta.people[world.ids[i]].assignment = "";
  world.Sync();
  world.TakeWrites();
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  world.okta.page_size = 100;
  world.okta.before_read = [&](const std::string& id) {
    std::lock_guard lock(world.okta.mutex);
    world.okta.people[id].user_name = "U004@example.com";  // in quarantine, if in another case
  };
  CHECK(FindLine(world.Sync(), Outcome::kKept, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R16: a removal that a crash left half done is finished although the guard holds others") {
  Settled world(30);
  world.okta.people[world.ids[3]].assignment = "";
  bool crash = true;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    return call == "delete" && crash ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  world.TakeWrites();
  crash = false;
  for (size_t i = 10; i < 22; ++i) world.okta.people[world.ids[i]].assignment = "";
  const Report report = world.Sync();
  CHECK(HeldCount(report) == 12);
  CHECK(world.TakeWrites() == Strings{"delete u003@example.com"});
}

TEST_CASE("R16: half-done work is finished although the walk breaks off") {
  Settled world(30);
  world.okta.people[world.ids[3]].assignment = "";
  bool crash = true;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    return call == "delete" && crash ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  world.TakeWrites();
  crash = false;
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  world.okta.fail_page = 0;
  CHECK_FALSE(world.Sync().outcome.ok());
  CHECK(world.TakeWrites() == Strings{"lift u003@example.com"});
}

TEST_CASE("R16: a crash between create and lift is finished by the next run") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.Sync();
  world.TakeWrites();
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  bool crash = true;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    return call == "lock" && crash ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  CHECK(world.TakeWrites() == Strings{"create u003@example.com"});
  crash = false;
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites() == Strings{"lift u003@example.com"});
}

TEST_CASE("R16: people locked beyond the guard who are reactivated are unlocked") {
  Settled world(100);
  for (size_t i = 0; i < 60; ++i) world.okta.people[world.ids[i]].status = "DEPROVISIONED";
  world.Sync();
  world.TakeWrites();
  for (size_t i = 0; i < 60; ++i) world.okta.people[world.ids[i]].status = "ACTIVE";
  CHECK(world.Sync().counts.at("lifted") == 60);
  for (size_t i = 0; i < 60; ++i) CHECK_FALSE(world.LockedOut(world.Name(i)));
}

TEST_CASE("R17: a name under a leave lock of another Okta id is in quarantine until the lock ends") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.Sync();
  world.TakeWrites();
  const Strings more = world.Hire(1);
  world.okta.people[more[0]].user_name = "U003@example.com";
  CHECK(FindLine(world.Sync(), Outcome::kQuarantined, more[0]) != nullptr);
  CHECK(world.TakeWrites().empty());
  world.clock.Advance(absl::Hours(33));
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites() == Strings{"create U003@example.com"});
}

TEST_CASE("R17: a name whose holder leaves in this very run is not handed over") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  const Strings more = world.Hire(1);
  world.okta.people[more[0]].user_name = world.Name(3);
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kQuarantined, more[0]) != nullptr);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com", "delete u003@example.com"});
}

TEST_CASE(
    "R18: who comes back under another name while locked has that one, and the old user goes under its "
    "lock") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.teleport.fail = [](const std::string& call, const std::string&) {
    return call == "delete" ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  world.TakeWrites();
  world.teleport.fail = nullptr;
  world.okta.people[world.ids[3]].assignment = "ACTIVE";
  world.okta.people[world.ids[3]].user_name = "another@example.com";
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kRenamed, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites() == Strings{"create another@example.com", "delete u003@example.com"});
  CHECK(world.LockedOut("u003@example.com"));
  CHECK_FALSE(world.LockedOut("another@example.com"));
}

TEST_CASE("R17: a present user whose name is still locked for its former holder is told of") {
  Settled world(20);
  const LockRecord lock = LeaveLockOn(world, "00uformer", world.Name(3));
  world.teleport.locks[lock.name] = lock;
  CHECK(FindLine(world.Sync(), Outcome::kQuarantined, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

}  // namespace
}  // namespace oktasync::reconcile
