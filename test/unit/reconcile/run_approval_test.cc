// Whole runs: what an admin lets through (R14), suspensions (R15), adoption (R2), the dead man's switch (R23).
#include <catch2/catch.hpp>

#include "base/status.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

void Unassign(World& world, const Strings& ids, size_t first, size_t last) {
  for (size_t i = first; i < last; ++i) world.okta.people[ids[i]].assignment = "";
}

TEST_CASE("R14: an approved mass unassignment goes through, and its locks do not count") {
  Settled world(60);
  Unassign(world, world.ids, 0, 25);
  const Report held = world.Sync();
  REQUIRE(HeldCount(held) == 25);
  CHECK(world.TakeWrites().empty());
  world.approvals = ApproveAll(held);
  const Report done = world.Sync();
  CHECK(done.counts.at("removed") == 25);
  CHECK(done.held.empty());
  CHECK(done.approvals_used == Strings{held.held[0].digest});
  CHECK(world.Names().size() == 35);
  // Six more, well within the limit, although 25 are gone.
  world.approvals.clear();
  Unassign(world, world.ids, 25, 31);
  CHECK(world.Sync().counts.at("removed") == 6);
}

TEST_CASE(
    "R14: an approval removes nobody a second time, whatever process it is given to and whatever the clocks "
    "say") {
  Settled world(60);
  world.teleport.server_ahead = GENERATE(absl::ZeroDuration(), absl::Minutes(-10), absl::Minutes(10));
  const auto depart = [&] {
    Unassign(world, world.ids, 0, 25);
    world.approvals.clear();
    return world.Sync();
  };
  const Report held = depart();
  world.clock.Advance(absl::Minutes(1));
  world.approvals = ApproveAll(held);
  CHECK(world.Sync().counts.at("removed") == 25);
  for (size_t i = 0; i < 25; ++i) world.okta.people[world.ids[i]].assignment = "ACTIVE";
  world.approvals.clear();
  CHECK(world.Sync().counts.at("created") == 25);
  world.clock.Advance(absl::Hours(1));
  const Report again = depart();
  REQUIRE(HeldCount(again) == 25);
  REQUIRE(again.held[0].digest == held.held[0].digest);
  world.TakeWrites();

  // The old plan once more: whoever it removed has come back since.
  world.approvals = ApproveAll(held);
  const Report refused = world.Sync();
  CHECK(HeldCount(refused) == 25);
  CHECK(world.TakeWrites().empty());
  CHECK(refused.approvals_used.empty());
  CHECK(refused.notices.at(0).find("carried out already for 25 people who have come back since") !=
        std::string::npos);
  // The new one.
  world.approvals = ApproveAll(again);
  CHECK(world.Sync().counts.at("removed") == 25);
}

TEST_CASE("R14: an approval cut short between locks and deletions goes on") {
  Settled world(60);
  Unassign(world, world.ids, 0, 25);
  const Report held = world.Sync();
  world.clock.Advance(absl::Minutes(1));
  world.approvals = ApproveAll(held);
  world.teleport.fail = [](const std::string& call, const std::string&) {
    return call == "delete" ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  CHECK(world.Names().size() == 60);
  for (size_t i = 0; i < 25; ++i) CHECK(world.LockedOut(world.Name(i)));
  world.teleport.fail = nullptr;
  const Report done = world.Sync();
  CHECK(world.Names().size() == 35);
  CHECK(done.held.empty());
}

TEST_CASE("R14: an approval that finds another one's locks holds once, too") {
  Settled world(60);
  const auto depart = [&] {
    Unassign(world, world.ids, 0, 25);
    world.approvals.clear();
    return world.Sync();
  };
  world.approvals = ApproveAll(depart());
  world.teleport.fail = [](const std::string& call, const std::string&) {
    return call == "delete" ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  world.teleport.fail = nullptr;
  world.clock.Advance(absl::Minutes(1));
  std::vector<Approval> later = world.approvals;
  later[0].planned = world.clock.Now();
  world.approvals = later;
  CHECK(world.Sync().counts.at("removed") == 25);
  for (size_t i = 0; i < 25; ++i) world.okta.people[world.ids[i]].assignment = "ACTIVE";
  world.approvals.clear();
  CHECK(world.Sync().counts.at("created") == 25);
  depart();
  world.TakeWrites();
  world.approvals = later;
  world.Sync();
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R14: an approval is used when it lets something through, and over in any case") {
  Settled world(60);
  Unassign(world, world.ids, 0, 25);
  world.approvals = ApproveAll(world.Sync());
  for (size_t i = 0; i < 25; ++i) world.okta.people[world.ids[i]].assignment = "ACTIVE";
  const Report report = world.Sync();
  CHECK(report.approvals_used.empty());
  CHECK(report.approvals_over == Strings{world.approvals[0].digest});
}

TEST_CASE("R14: only what is in the set and still confirmed goes; who left since is held") {
  Settled world(60);
  Unassign(world, world.ids, 0, 15);
  const Report held = world.Sync();
  world.okta.people[world.ids[0]].assignment = "ACTIVE";  // is back
  world.okta.people[world.ids[1]].hidden = true;          // and this one was never gone
  world.okta.people[world.ids[1]].assignment = "ACTIVE";
  Unassign(world, world.ids, 30, 42);
  world.approvals = ApproveAll(held);
  const Report done = world.Sync();
  CHECK(done.counts.at("removed") == 13);
  CHECK(FindLine(done, Outcome::kKept, world.ids[1]) != nullptr);
  CHECK(HeldCount(done) == 12);
  CHECK(done.held.at(0).digest != held.held.at(0).digest);
}

TEST_CASE("R14: an approval for another org or app lets nothing through") {
  Settled world(60);
  Unassign(world, world.ids, 0, 25);
  world.approvals = ApproveAll(world.Sync());
  world.approvals[0].source = "00oother/0oaapp";
  world.TakeWrites();
  const Report report = world.Sync();
  CHECK(HeldCount(report) == 25);
  CHECK(world.TakeWrites().empty());
  CHECK(report.notices.at(0).find("another org or app") != std::string::npos);
}

TEST_CASE("R14: an empty list goes through when approved, as far as single reads prove it") {
  Settled world(3);
  world.okta.empty_list = true;
  world.approvals = ApproveAll(world.Sync());
  const Report report = world.Sync();  // all three are still assigned
  CHECK(report.counts.at("kept") == 3);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R12, R14: an attribute that vanished from everybody goes when that is approved") {
  Settled world(30);
  for (const std::string& id : world.ids) world.okta.people[id].profile.erase("department");
  const Report held = world.Sync();
  CHECK(HeldCount(held, HeldKind::kTaken) == 30);
  CHECK(world.TakeWrites().empty());
  world.approvals = ApproveAll(held);
  world.Sync();
  CHECK(world.TakeWrites().size() == 30);
  CHECK_FALSE(world.teleport.users.begin()->second.traits.contains("okta/department"));
}

TEST_CASE("R14: an approved attribute goes once, whatever process the approval is given to") {
  Settled world(30);
  const auto profiles = world.okta.people;
  const auto vanish = [&] {
    for (const std::string& id : world.ids) world.okta.people[id].profile.erase("department");
    world.approvals.clear();
    return world.Sync();
  };
  const Report held = vanish();
  world.clock.Advance(absl::Minutes(1));
  world.approvals = ApproveAll(held);
  CHECK(world.Sync().approvals_used == Strings{held.held.at(0).digest});
  world.okta.people = profiles;
  world.approvals.clear();
  CHECK(world.Sync().counts.at("updated") == 30);
  world.clock.Advance(absl::Hours(1));
  const Report again = vanish();
  REQUIRE(again.held.at(0).digest == held.held.at(0).digest);
  world.TakeWrites();

  // The old plan once more: whoever lost it by that has it again.
  world.approvals = ApproveAll(held);
  const Report refused = world.Sync();
  CHECK(HeldCount(refused, HeldKind::kTaken) == 30);
  CHECK(world.TakeWrites().empty());
  CHECK(refused.approvals_used.empty());
  CHECK(refused.notices.at(0).find("carried out already for 30 users who have what it takes again since") !=
        std::string::npos);

  world.approvals = ApproveAll(again);
  CHECK(world.Sync().approvals_used == Strings{again.held.at(0).digest});
  CHECK(world.TakeWrites().size() == 30);
  world.approvals.clear();
  world.Sync();
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R15: suspension is ignored unless the policy locks; unsuspended, the lock is lifted") {
  Settled world(3);
  world.okta.people[world.ids[0]].status = "SUSPENDED";
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites().empty());

  world.options.lock_suspended = true;
  world.Sync();
  CHECK(world.TakeWrites() == Strings{"lock u000@example.com"});
  CHECK(world.LockedOut("u000@example.com"));
  world.Sync();
  CHECK(world.TakeWrites().empty());
  world.clock.Advance(absl::Hours(24 * 40));
  CHECK(world.LockedOut("u000@example.com"));

  world.okta.people[world.ids[0]].status = "ACTIVE";
  world.Sync();
  CHECK_FALSE(world.LockedOut("u000@example.com"));
  CHECK(world.Names().size() == 3);
}

TEST_CASE("R12, R15: suspensions do not count against the guard's limit") {
  Settled world(30);
  world.options.lock_suspended = true;
  for (size_t i = 0; i < 25; ++i) world.okta.people[world.ids[i]].status = "SUSPENDED";
  CHECK(world.Sync().held.empty());
  CHECK(world.TakeWrites().size() == 25);
  Unassign(world, world.ids, 25, 30);
  CHECK(world.Sync().counts.at("removed") == 5);
}

TEST_CASE("R15: the lock of a suspended user who leaves is replaced by one that ends") {
  Settled world(3);
  world.options.lock_suspended = true;
  world.okta.people[world.ids[0]].status = "SUSPENDED";
  world.Sync();
  world.TakeWrites();
  world.okta.people[world.ids[0]].assignment = "";
  world.Sync();
  CHECK(world.TakeWrites() ==
        Strings{"lock u000@example.com", "lift u000@example.com", "delete u000@example.com"});
  CHECK(world.LockedOut("u000@example.com"));
  world.clock.Advance(absl::Hours(33));
  CHECK_FALSE(world.LockedOut("u000@example.com"));
}

// Makes two users as Teleport Enterprise's own sync leaves them.
void MakeForeign(World& world, const Strings& ids) {
  world.teleport.roles["access"] = {"access"};
  for (const auto& [id, name] :
       {std::pair{ids[0], "old.name@example.com"}, {std::string(), "u001@example.com"}}) {
    UserRecord user;
    user.name = name;
    user.revision = "1";
    user.roles = {"okta-requester", "access"};
    user.labels = {{"teleport.dev/origin", "okta"}, {"okta/org", "https://example.okta.com"}};
    if (!id.empty()) user.labels["teleport.internal/okta-user-id"] = id;
    world.teleport.users[name] = user;
  }
}

TEST_CASE("R2: Okta users of the org without our label are left alone and reported") {
  World world;
  const Strings ids = world.Hire(3);
  MakeForeign(world, ids);
  const Report report = world.Sync();
  CHECK(world.TakeWrites() == Strings{"create u002@example.com"});
  CHECK(FindLine(report, Outcome::kConflict, ids[0]) != nullptr);
  CHECK(FindLine(report, Outcome::kConflict, ids[1]) != nullptr);
  CHECK(report.notices.at(0).find("users.adopt") != std::string::npos);
}

TEST_CASE("R2: with adopt they are taken over by Okta id, else by exact name, and keep what is not ours") {
  World world;
  const Strings ids = world.Hire(3);
  MakeForeign(world, ids);
  world.options.adopt = true;
  const Report plan = world.Plan();
  CHECK(plan.writes.size() == 3);
  const Report report = world.Sync();
  for (const Line& line : report.lines) UNSCOPED_INFO(line.name << ": " << line.reason);
  CHECK(report.counts.at("adopted") == 2);
  const UserRecord& second = world.teleport.users["u001@example.com"];
  CHECK(second.labels.at("oktasync/source") == "00oorg/0oaapp");
  CHECK(second.labels.at("teleport.internal/okta-user-id") == ids[1]);
  CHECK(std::find(second.roles.begin(), second.roles.end(), "access") != second.roles.end());
  // The one of another name is renamed by the next run.
  world.Sync();
  CHECK(world.Names() == Strings{"u000@example.com", "u001@example.com", "u002@example.com"});
  world.TakeWrites();
  world.Sync();
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R2: a user of another org, or with another's Okta id, is not taken over") {
  World world;
  const Strings ids = world.Hire(2);
  MakeForeign(world, ids);
  world.teleport.users["u001@example.com"].labels["teleport.internal/okta-user-id"] = "00usomebody";
  world.teleport.users["old.name@example.com"].labels["okta/org"] = "https://other.okta.com";
  world.options.adopt = true;
  world.Sync();
  CHECK_FALSE(world.teleport.users["u001@example.com"].labels.contains("oktasync/source"));
  CHECK_FALSE(world.teleport.users["old.name@example.com"].labels.contains("oktasync/source"));
}

TEST_CASE("R23: no whole walk for too long: who is deactivated goes, who is only unassigned stays") {
  Settled world(20);
  world.okta.people[world.ids[0]].status = "DEPROVISIONED";
  world.okta.people[world.ids[1]].deleted = true;
  world.okta.people[world.ids[2]].assignment = "";
  world.okta.fail_page = 0;
  CHECK_FALSE(world.Sync().outcome.ok());
  CHECK(world.TakeWrites().empty());
  world.overdue = true;
  SECTION("the listing fails") {}
  SECTION("the app is inactive") { world.okta.app.status = "INACTIVE"; }
  const Report report = world.Sync();
  CHECK_FALSE(report.outcome.ok());
  CHECK(report.counts.at("removed") == 2);
  CHECK(world.Names().size() == 18);
  CHECK(report.notices.at(0).find("looked up singly") != std::string::npos);
}

TEST_CASE("R23: people are looked up singly although no role may be read") {
  Settled world(12);
  world.okta.people[world.ids[0]].status = "DEPROVISIONED";
  world.teleport.roles_error =
      MakeStatus(absl::StatusCode::kPermissionDenied, "access denied to perform read");
  world.overdue = true;
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kPermissionDenied);
  CHECK(report.swept);
  CHECK(world.TakeWrites() == Strings{"lock u000@example.com", "delete u000@example.com"});
}

TEST_CASE("R11, R23: nobody is looked up in another org") {
  Settled world(12);
  world.known_org_id = "00oorg";
  world.okta.org.id = "00oother";
  world.okta.people[world.ids[0]].status = "DEPROVISIONED";
  world.overdue = true;
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kFailedPrecondition);
  CHECK_FALSE(report.swept);
  CHECK(world.okta.user_reads == 0);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R12, R23: the sweep is within the guard: beyond the limit they are locked, and not deleted") {
  Settled world(30);
  for (size_t i = 0; i < 15; ++i) world.okta.people[world.ids[i]].status = "DEPROVISIONED";
  world.okta.fail_page = 0;
  world.overdue = true;
  const Report report = world.Sync();
  CHECK(HeldCount(report) == 15);
  CHECK(world.Names().size() == 30);
  for (size_t i = 0; i < 15; ++i) CHECK(world.LockedOut(world.Name(i)));

  // R14: approved, they go in a sweep, too.
  world.approvals = ApproveAll(report);
  const Report approved = world.Sync();
  CHECK(approved.counts.at("removed") == 15);
  CHECK(approved.approvals_used == Strings{report.held[0].digest});
}

TEST_CASE("R23: an Okta that answers nobody is not asked about everybody") {
  Settled world(200);
  world.okta.fail_page = 0;
  for (const std::string& id : world.ids) {
    world.okta.read_errors[id] = MakeStatus(absl::StatusCode::kUnavailable, "no answer");
  }
  world.overdue = true;
  int reads = 0;
  std::mutex mutex;
  world.okta.before_read = [&](const std::string&) {
    std::lock_guard lock(mutex);
    ++reads;
  };
  world.Sync();
  CHECK(reads < 60);
  CHECK(world.TakeWrites().empty());
}

}  // namespace
}  // namespace oktasync::reconcile
