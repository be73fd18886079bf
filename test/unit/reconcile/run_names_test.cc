// Whole runs: names that move, are reused, or wait (rules R17–R19) and what an admin lets through (R14).
#include <atomic>
#include <catch2/catch.hpp>

#include "base/status.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("R18: a rename makes the new name afresh, then locks the old one and deletes it") {
  Settled world(3);
  world.teleport.users["u000@example.com"].roles.push_back("access");  // given by an admin
  world.okta.people[world.ids[0]].user_name = "ada@example.com";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites() ==
        Strings{"create ada@example.com", "lock u000@example.com", "delete u000@example.com"});
  CHECK(FindLine(report, Outcome::kRenamed, world.ids[0]) != nullptr);
  CHECK(world.teleport.users["ada@example.com"].roles == Strings{"okta-requester"});
  CHECK(world.LockedOut("u000@example.com"));
  CHECK_FALSE(world.LockedOut("ada@example.com"));
  world.Sync();
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R18: a change of case alone is a rename like any other") {
  Settled world(1);
  world.okta.people[world.ids[0]].user_name = "U000@example.com";
  world.Sync();
  CHECK(world.TakeWrites() ==
        Strings{"create U000@example.com", "lock u000@example.com", "delete u000@example.com"});
  world.Sync();
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R13: a rename that the single read does not confirm is left to the next run") {
  Settled world(2);
  world.okta.people[world.ids[0]].user_name = "ada@example.com";
  world.okta.before_read = [&](const std::string& id) {
    world.okta.people[id].user_name = "eve@example.com";
  };
  const Report report = world.Sync();
  CHECK(world.TakeWrites().empty());
  CHECK(FindLine(report, Outcome::kKept, world.ids[0]) != nullptr);
}

TEST_CASE("R18: a rename cut short after the create, or after the lock, is finished by the next run") {
  for (const char* failing : {"lock", "delete"}) {
    Settled world(2);
    world.okta.people[world.ids[0]].user_name = "ada@example.com";
    bool broken = true;
    world.teleport.fail = [&](const std::string& call, const std::string&) {
      return broken && call == failing ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
    };
    world.Sync();
    broken = false;
    CHECK(world.Names().size() == 3);
    world.Sync();
    CHECK(world.Names() == Strings{"ada@example.com", "u001@example.com"});
    CHECK(world.LockedOut("u000@example.com"));
    world.TakeWrites();
    world.Sync();
    CHECK(world.TakeWrites().empty());
  }
}

TEST_CASE("R18: renamed there and back again, a person is under the first name and not locked out") {
  Settled world(2);
  world.okta.people[world.ids[0]].user_name = "ada@example.com";
  world.Sync();
  world.okta.people[world.ids[0]].user_name = "u000@example.com";
  world.Sync();
  CHECK(world.Names() == Strings{"u000@example.com", "u001@example.com"});
  CHECK_FALSE(world.LockedOut("u000@example.com"));
  CHECK(world.LockedOut("ada@example.com"));
  world.TakeWrites();
  world.Sync();
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R16, R18: whoever is renamed twice is locked under both former names, and nothing is lifted") {
  Settled world(2);
  for (const char* name : {"ada@example.com", "bea@example.com"}) {
    world.okta.people[world.ids[0]].user_name = name;
    const Report report = world.Sync();
    CHECK(FindLine(report, Outcome::kRenamed, world.ids[0]) != nullptr);
    CHECK(FindLine(report, Outcome::kFailed, world.ids[0]) == nullptr);
    CHECK(FindLine(report, Outcome::kLifted, world.ids[0]) == nullptr);
  }
  CHECK(world.Names() == Strings{"bea@example.com", "u001@example.com"});
  CHECK(world.LockedOut("u000@example.com"));
  CHECK(world.LockedOut("ada@example.com"));
}

TEST_CASE("R12, R18: everybody's name changes (userNameTemplate): held, and nothing is created") {
  Settled world(30);
  for (const std::string& id : world.ids) world.okta.people[id].user_name += ".new";
  const Report report = world.Sync();
  CHECK(HeldCount(report) == 30);
  CHECK(world.TakeWrites().empty());
  world.approvals = ApproveAll(report);
  const Report approved = world.Sync();
  CHECK(approved.approvals_used.size() == 1);
  CHECK(world.Names().size() == 30);
  for (const std::string& name : world.Names()) CHECK(name.ends_with(".new"));
  CHECK(world.teleport.locks.begin()->second.labels["oktasync/approval"] == report.held[0].digest);
}

TEST_CASE(
    "R14, R17: an approved name in quarantine counts as let through, in its own spelling and in another") {
  for (const char* name : {"u000@example.com", "U000@example.com"}) {
    INFO(name);
    Settled world(3);
    world.okta.people[world.ids[0]].status = "DEPROVISIONED";
    world.Sync();
    world.okta.people[world.ids[1]].user_name = name;
    const Report held = world.Sync();
    REQUIRE(HeldCount(held, HeldKind::kQuarantine) == 1);
    world.approvals = ApproveAll(held);
    const Report done = world.Sync();
    CHECK(FindLine(done, Outcome::kRenamed, world.ids[1]) != nullptr);
    CHECK(done.approvals_used == Strings{held.held[0].digest});
    CHECK(done.approvals_over == done.approvals_used);
  }
}

TEST_CASE("R18: somebody renamed who leaves before the old user is deleted is removed from both names") {
  Settled world(12);
  world.okta.people[world.ids[0]].user_name = "ada@example.com";
  bool broken = true;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    return broken && call == "delete" ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  broken = false;
  world.TakeWrites();
  world.okta.people[world.ids[0]].assignment = "";
  world.Sync();
  // The lock of the rename does for the old name.
  Strings writes = world.TakeWrites();
  std::sort(writes.begin(), writes.end());
  CHECK(writes == Strings{"delete ada@example.com", "delete u000@example.com", "lock ada@example.com"});
}

TEST_CASE("R19: a swap locks both and waits; approved, each has the other's name and nobody is locked out") {
  Settled world(4);
  std::swap(world.okta.people[world.ids[0]].user_name, world.okta.people[world.ids[1]].user_name);
  const Report report = world.Sync();
  CHECK(HeldCount(report, HeldKind::kHandover) == 2);
  CHECK(report.held.at(0).warning.find("Certificates") != std::string::npos);
  CHECK(world.TakeWrites() == Strings{"lock u000@example.com", "lock u001@example.com"});
  for (const auto& [name, lock] : world.teleport.locks) CHECK(lock.expires == absl::InfiniteFuture());
  // It stays so.
  CHECK(HeldCount(world.Sync(), HeldKind::kHandover) == 2);
  CHECK(world.TakeWrites().empty());

  world.approvals = ApproveAll(report);
  const Report approved = world.Sync();
  CHECK(approved.held.empty());
  world.approvals.clear();
  CHECK_FALSE(world.LockedOut("u000@example.com"));
  CHECK_FALSE(world.LockedOut("u001@example.com"));
  CHECK(world.teleport.users["u000@example.com"].labels["teleport.internal/okta-user-id"] == world.ids[1]);
  CHECK(world.teleport.users["u001@example.com"].labels["teleport.internal/okta-user-id"] == world.ids[0]);
  world.TakeWrites();
  world.Sync();
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R19: a chain, approved, leaves the name that nobody took under a lock of 30 hours") {
  Settled world(3);
  world.okta.people[world.ids[0]].user_name = "u001@example.com";
  world.okta.people[world.ids[1]].user_name = "free@example.com";
  world.approvals = ApproveAll(world.Sync());
  world.Sync();
  CHECK(world.Names() == Strings{"free@example.com", "u001@example.com", "u002@example.com"});
  CHECK(world.LockedOut("u000@example.com"));
  CHECK_FALSE(world.LockedOut("u001@example.com"));
  for (const auto& [name, lock] : world.teleport.locks) CHECK(lock.expires < absl::InfiniteFuture());
}

TEST_CASE("R19: an approved handover that is cut short after any of its writes ends when approved again") {
  for (int writes = 1; writes <= 8; ++writes) {
    INFO("cut after " << writes << " writes");
    Settled world(4);
    std::swap(world.okta.people[world.ids[0]].user_name, world.okta.people[world.ids[1]].user_name);
    world.approvals = ApproveAll(world.Sync());
    std::atomic<int> left = writes;
    world.teleport.fail = [&](const std::string& call, const std::string&) {
      const bool write = call == "lock" || call == "delete" || call == "create";
      return write && --left < 0 ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
    };
    world.Sync();
    world.teleport.fail = nullptr;
    world.approvals.clear();
    for (int i = 0; i < 2; ++i) {
      const Report held = world.Sync();
      world.approvals = ApproveAll(held);
      world.Sync();
      world.approvals.clear();
    }
    CHECK(world.Names().size() == 4);
    CHECK(world.teleport.users["u000@example.com"].labels["teleport.internal/okta-user-id"] == world.ids[1]);
    CHECK(world.teleport.users["u001@example.com"].labels["teleport.internal/okta-user-id"] == world.ids[0]);
    CHECK_FALSE(world.LockedOut("u000@example.com"));
    CHECK_FALSE(world.LockedOut("u001@example.com"));
  }
}

TEST_CASE("R19: a handover that Okta takes back is unlocked without an approval") {
  Settled world(4);
  std::swap(world.okta.people[world.ids[0]].user_name, world.okta.people[world.ids[1]].user_name);
  world.Sync();
  std::swap(world.okta.people[world.ids[0]].user_name, world.okta.people[world.ids[1]].user_name);
  world.Sync();
  CHECK_FALSE(world.LockedOut("u000@example.com"));
  CHECK_FALSE(world.LockedOut("u001@example.com"));
}

TEST_CASE("R19: approved, but one of the two has another name by now: nobody is deleted") {
  Settled world(4);
  std::swap(world.okta.people[world.ids[0]].user_name, world.okta.people[world.ids[1]].user_name);
  world.approvals = ApproveAll(world.Sync());
  world.TakeWrites();
  int reads = 0;
  world.okta.before_read = [&](const std::string& id) {
    if (id == world.ids[1] && ++reads == 1) world.okta.people[id].user_name = "third@example.com";
  };
  world.Sync();
  CHECK(world.TakeWrites().empty());
  CHECK(world.LockedOut("u000@example.com"));
}

TEST_CASE("R19: a member of a handover who leaves is removed with a lock that ends") {
  Settled world(4);
  std::swap(world.okta.people[world.ids[0]].user_name, world.okta.people[world.ids[1]].user_name);
  world.Sync();
  world.TakeWrites();
  world.okta.people[world.ids[0]].assignment = "";
  world.Sync();
  CHECK(world.Names() == Strings{"u001@example.com", "u002@example.com", "u003@example.com"});
  // Once the lock on the vacated name ends, the other one gets it.
  world.clock.Advance(absl::Hours(33));
  world.Sync();
  world.Sync();
  CHECK(world.Names() == Strings{"u000@example.com", "u002@example.com", "u003@example.com"});
  CHECK_FALSE(world.LockedOut("u000@example.com"));
}

TEST_CASE("R17: a name reused by another person waits for the lock, or for an approval of its own") {
  Settled world(12);
  world.okta.people[world.ids[0]].assignment = "";
  world.Sync();
  world.okta.people["00unew"] = {"u000@example.com", "ACTIVE", "ACTIVE", {}, false, false};
  world.TakeWrites();
  const Report report = world.Sync();
  CHECK(world.TakeWrites().empty());
  CHECK(FindLine(report, Outcome::kQuarantined, "00unew") != nullptr);
  REQUIRE(HeldCount(report, HeldKind::kQuarantine) == 1);
  CHECK(report.held[0].warning.find("come alive again") != std::string::npos);

  SECTION("the lock ends") {
    world.clock.Advance(absl::Hours(33));
    world.Sync();
    CHECK(world.TakeWrites() == Strings{"create u000@example.com"});
  }
  SECTION("approved") {
    world.approvals = ApproveAll(report);
    world.Sync();
    CHECK(world.TakeWrites() == Strings{"create u000@example.com", "lift u000@example.com"});
    CHECK_FALSE(world.LockedOut("u000@example.com"));
    world.approvals.clear();
    world.Sync();
    CHECK(world.TakeWrites().empty());
  }
  SECTION("approved, but cut short before the lift: the next run, approved again, lifts") {
    world.approvals = ApproveAll(report);
    bool broken = true;
    world.teleport.fail = [&](const std::string& call, const std::string&) {
      return broken && call == "lock" ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
    };
    world.Sync();
    broken = false;
    world.approvals.clear();
    const Report again = world.Sync();
    CHECK(world.LockedOut("u000@example.com"));
    world.approvals = ApproveAll(again);
    world.Sync();
    CHECK_FALSE(world.LockedOut("u000@example.com"));
  }
}

}  // namespace
}  // namespace oktasync::reconcile
