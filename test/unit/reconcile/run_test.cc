// Whole runs over the world in this process: each rule of DESIGN section 2 that is built has a test here that
// names it.
#include "reconcile/run.h"

#include <catch2/catch.hpp>

#include <utility>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

// A world with `count` people imported.
struct Settled : World {
  explicit Settled(int count) {
    ids = Hire(count);
    REQUIRE(Sync().outcome.ok());
    TakeWrites();
  }
  const std::string& Name(size_t i) { return okta.people[ids[i]].user_name; }
  Strings ids;
};

TEST_CASE("R4: everyone assigned is created with role, traits, labels and connector") {
  World world;
  const Strings ids = world.Hire(7);
  const Report report = world.Sync();
  REQUIRE(report.outcome.ok());
  CHECK(report.counts.at("created") == 7);
  CHECK(report.walk_whole);
  REQUIRE(world.Names().size() == 7);
  const UserRecord& user = world.teleport.users.at("u000@example.com");
  CHECK(user.roles == Strings{"okta-requester"});
  CHECK(user.traits.at("okta/department") == Strings{"Sales"});
  CHECK(user.labels.at("teleport.dev/origin") == "okta");
  CHECK(user.labels.at("okta/org") == "https://example.okta.com");
  CHECK(user.labels.at("teleport.internal/okta-user-id") == "00u000");
  CHECK(user.labels.at("oktasync/source") == "00oorg/0oaapp");
  CHECK(user.labels.at("oktasync/roles") == "okta-requester");
  CHECK(user.connector == ConnectorRef{"saml", "okta", "u000@example.com"});
}

TEST_CASE("a second run right after a whole one writes nothing") {
  Settled world(7);
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(report.counts.at("unchanged") == 7);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R4: a changed attribute is updated, with the revision, read again on a conflict") {
  Settled world(3);
  world.okta.people[world.ids[1]].profile["department"] = "Research";
  world.teleport.updates_to_refuse = 2;
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites() == Strings{"update u001@example.com"});
  CHECK(world.teleport.users.at("u001@example.com").traits.at("okta/department") == Strings{"Research"});
}

TEST_CASE("R4: conflicts without end fail that person alone") {
  Settled world(3);
  world.okta.people[world.ids[1]].profile["department"] = "Research";
  world.teleport.updates_to_refuse = 1000;
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kFailed, world.ids[1]) != nullptr);
}

TEST_CASE("R4: a user that vanished is never created by an update's failure") {
  Settled world(3);
  world.okta.people[world.ids[1]].profile["department"] = "Research";
  world.okta.people[world.ids[2]].profile["department"] = "Research";
  world.teleport.fail = [&](const std::string& call, const std::string& name) {
    // Between the roster and the update an admin deletes the user.
    if (call == "update" && name == world.Name(1)) {
      std::lock_guard lock(world.teleport.mutex);
      world.teleport.users.erase(name);
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "resource revision does not match");
    }
    return absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kNotice, world.ids[1]) != nullptr);
  CHECK(world.Names() == Strings{"u000@example.com", "u002@example.com"});
}

TEST_CASE("R4: suspended newcomers are not created; suspended users stay as they are") {
  Settled world(3);
  world.okta.people[world.ids[0]].status = "SUSPENDED";
  const Strings more = world.Hire(1);
  world.okta.people[more[0]].status = "SUSPENDED";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites().empty());
  CHECK(FindLine(report, Outcome::kNotice, more[0]) != nullptr);
}

TEST_CASE("R3: a status that we do not know changes nothing and is reported") {
  Settled world(3);
  world.okta.people[world.ids[0]].status = "HIBERNATING";
  world.okta.people[world.ids[1]].assignment = "MATCHED";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites().empty());
  CHECK(FindLine(report, Outcome::kNotice, world.ids[0]) != nullptr);
  CHECK(FindLine(report, Outcome::kNotice, world.ids[1]) != nullptr);
}

TEST_CASE("R5: a name that Teleport would refuse is that user's line; the others go on") {
  World world;
  const Strings ids = world.Hire(3);
  world.okta.people[ids[1]].user_name = "o'brien@example.com";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kBadName, ids[1]) != nullptr);
  CHECK(world.Names().size() == 2);
}

TEST_CASE("R6: a name held by somebody not ours is a conflict, and he stays as he is") {
  World world;
  const Strings ids = world.Hire(3);
  UserRecord local;
  local.name = "U001@example.com";  // another case, the same name to a careless eye
  local.roles = {"editor"};
  local.revision = "r";
  world.teleport.users[local.name] = local;
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  const Line* line = FindLine(report, Outcome::kConflict, ids[1]);
  REQUIRE(line != nullptr);
  CHECK(line->reason.find("tctl users rm") != std::string::npos);
  CHECK(world.teleport.users.at(local.name).revision == "r");
  CHECK(world.Names().size() == 3);
}

TEST_CASE("R6: a foreign user that takes the name between read and create is untouched and reported") {
  World world;
  const Strings ids = world.Hire(2);
  world.teleport.fail = [&](const std::string& call, const std::string& name) {
    if (call == "create" && name == "u001@example.com") {
      std::lock_guard lock(world.teleport.mutex);
      UserRecord local;
      local.name = name;
      world.teleport.users[name] = local;
    }
    return absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kConflict, ids[1]) != nullptr);
  CHECK(world.TakeWrites() == Strings{"create u000@example.com"});
}

TEST_CASE("R9: a leaver is locked, the lock is seen in force, and then he is deleted") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.teleport.writes.size() == 2);
  const Write lock = world.teleport.writes[0];
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com", "delete u003@example.com"});
  CHECK(lock.lock.expires - world.clock.Now() >= absl::Hours(30));
  CHECK(lock.lock.record_expires == lock.lock.expires);
  CHECK(lock.lock.labels.at("oktasync/purpose") == "leave");
  CHECK(lock.lock.labels.at("oktasync/okta-user-id") == world.ids[3]);
  CHECK(world.LockedOut("u003@example.com"));
  CHECK(FindLine(report, Outcome::kRemoved, world.ids[3]) != nullptr);
  // And the next run has nothing left to do.
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R9: a lock that does not come into force deletes nobody") {
  Settled world(20);
  world.okta.people[world.ids[3]].status = "DEPROVISIONED";
  world.teleport.locks_never_in_force = true;
  world.options.locks.in_force_wait = absl::Milliseconds(200);
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kFailed, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com"});
}

TEST_CASE("R9: our clock three days slow is noticed from created_at, and the lock is long enough all the same") {
  Settled world(20);
  world.teleport.server_ahead = absl::Hours(72);
  world.okta.people[world.ids[3]].assignment = "";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  // The first lock had ended before it began; the second, without an end, told the server's time.
  REQUIRE(world.teleport.writes.size() == 4);
  const Write last_lock = world.teleport.writes[2];
  CHECK(world.TakeWrites().back() == "delete u003@example.com");
  CHECK(last_lock.lock.expires >= world.clock.Now() + world.teleport.server_ahead + absl::Hours(30));
  CHECK(last_lock.lock.expires < world.clock.Now() + world.teleport.server_ahead + absl::Hours(40));
  CHECK(world.LockedOut("u003@example.com"));
}

TEST_CASE("R9: our clock some hours slow is noticed from created_at and the lock is dated anew") {
  Settled world(20);
  world.teleport.server_ahead = absl::Hours(5);
  world.okta.people[world.ids[3]].assignment = "";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  const Write last_lock = world.teleport.writes[1];
  CHECK(world.TakeWrites() ==
        Strings{"lock u003@example.com", "lock u003@example.com", "delete u003@example.com"});
  CHECK(last_lock.lock.expires >= world.clock.Now() + world.teleport.server_ahead + absl::Hours(30));
  CHECK_FALSE(report.notices.empty());
}

TEST_CASE("R10: a lock of that name that is not ours makes us take another") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  LockRecord foreign;
  foreign.name = LockName({"00oorg", "0oaapp"}, world.ids[3], world.Name(3), LockPurpose::kLeave);
  foreign.user = "somebody";
  world.teleport.locks[foreign.name] = foreign;
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com", "delete u003@example.com"});
  CHECK(world.teleport.locks.at(foreign.name).user == "somebody");
}

TEST_CASE("R10: a lock of ours that is in force is not written again") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  bool crash = true;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    return call == "delete" && crash ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  CHECK(FindLine(world.Sync(), Outcome::kFailed, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com"});
  crash = false;
  world.clock.Advance(absl::Minutes(30));
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites() == Strings{"delete u003@example.com"});
}

TEST_CASE("R9: a lock that would end within 30 hours is renewed before its user is deleted") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  bool crash = true;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    return call == "delete" && crash ? MakeStatus(absl::StatusCode::kInternal, "no") : absl::OkStatus();
  };
  world.Sync();
  world.TakeWrites();
  crash = false;
  world.clock.Advance(absl::Hours(5));
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com", "delete u003@example.com"});
}

TEST_CASE("R11: a page that fails removes nobody, and what was decided before stands") {
  Settled world(20);
  world.okta.people[world.ids[0]].profile["department"] = "Research";
  world.okta.people[world.ids[1]].assignment = "";
  world.okta.fail_page = 3;
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kUnavailable);
  CHECK_FALSE(report.walk_whole);
  CHECK(world.TakeWrites() == Strings{"update u000@example.com"});
}

TEST_CASE("R11: an app that is inactive or assigns implicitly stops the run, said plainly") {
  Settled world(20);
  world.okta.people[world.ids[1]].assignment = "";
  world.okta.app.status = "INACTIVE";
  Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(Message(report.outcome).find("INACTIVE") != std::string::npos);
  world.okta.app.status = "ACTIVE";
  world.okta.app.implicit_assignment = true;
  report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R11: an org whose id changed stops the run") {
  Settled world(3);
  world.known_org_id = "00oorg";
  world.okta.org.id = "00oother";
  CHECK(world.Sync().outcome.code() == absl::StatusCode::kFailedPrecondition);
  world.known_org_id.clear();
  world.options.pinned_org_id = "00oorg";
  CHECK(world.Sync().outcome.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R12: a mass unassignment is held whole, with a digest, and nobody is touched") {
  Settled world(30);
  for (int i = 0; i < 12; ++i) world.okta.people[world.ids[static_cast<size_t>(i)]].assignment = "";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(report.held.okta_ids.size() == 12);
  CHECK(report.held.digest.size() == 16);
  CHECK(report.counts.at("held") == 12);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R12: an empty list is held, with 3 users as with more") {
  for (int users : {3, 25}) {
    Settled world(users);
    world.okta.empty_list = true;
    const Report report = world.Sync();
    CHECK(report.held.okta_ids.size() == static_cast<size_t>(users));
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
  CHECK(report.held.okta_ids.size() == 60);
  const Strings writes = world.TakeWrites();
  CHECK(writes.size() == 60);
  for (const std::string& write : writes) CHECK(write.substr(0, 5) == "lock ");
  for (size_t i = 0; i < 60; ++i) CHECK(world.LockedOut(world.Name(i)));
  // They stay held: a lock beyond the guard is no removal, and neither counts as one nor is finished as one.
  CHECK(world.Sync().held.okta_ids.size() == 60);
  CHECK(world.TakeWrites().empty());
  world.clock.Advance(absl::Hours(25));
  CHECK(world.Sync().held.okta_ids.size() == 60);
  for (const std::string& write : world.TakeWrites()) CHECK(write.substr(0, 5) == "lock ");
}

TEST_CASE("R12: the guard counts over 24 hours by our locks, so a restart does not reset it") {
  Settled world(30);
  for (size_t i = 0; i < 6; ++i) world.okta.people[world.ids[i]].assignment = "";
  CHECK(world.Sync().counts.at("removed") == 6);
  world.TakeWrites();
  for (size_t i = 6; i < 12; ++i) world.okta.people[world.ids[i]].assignment = "";
  CHECK(world.Sync().held.okta_ids.size() == 6);
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
  CHECK(world.Sync().held.okta_ids.size() == 6);
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
  CHECK(world.Sync().held.okta_ids.size() == 5);
  CHECK(world.TakeWrites().empty());
}

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

TEST_CASE("R12: an attribute that vanishes from everybody stays; from a few it is taken away") {
  Settled world(30);
  for (auto& [id, person] : world.okta.people) person.profile.erase("department");
  Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites().empty());
  REQUIRE(report.notices.size() == 1);
  CHECK(report.notices[0].find("okta/department") != std::string::npos);
  for (size_t i = 3; i < 30; ++i) world.okta.people[world.ids[i]].profile["department"] = "Sales";
  report = world.Sync();
  CHECK(world.TakeWrites().size() == 3);
  CHECK_FALSE(world.teleport.users.at(world.Name(0)).traits.contains("okta/department"));
}

TEST_CASE("R13: a row skipped by the listing while still assigned is kept") {
  Settled world(20);
  world.okta.people[world.ids[3]].hidden = true;
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kKept, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R13: a single read that is refused, fails or says something unknown keeps the person") {
  Settled world(20);
  for (size_t i : {2, 3, 4}) world.okta.people[world.ids[i]].hidden = true;
  world.okta.read_errors[world.ids[2]] = MakeStatus(absl::StatusCode::kPermissionDenied, "403");
  world.okta.read_errors[world.ids[3]] = MakeStatus(absl::StatusCode::kUnavailable, "500");
  world.okta.people[world.ids[4]].assignment = "MATCHED";
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  for (size_t i : {2, 3, 4}) CHECK(FindLine(report, Outcome::kKept, world.ids[i]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R13: listed as deactivated, or with an assignment that ended, is confirmed singly and removed") {
  Settled world(20);
  world.okta.people[world.ids[2]].status = "DEPROVISIONED";
  world.okta.people[world.ids[3]].assignment = "REVOKED";
  world.okta.people[world.ids[4]].deleted = true;
  const Report report = world.Sync();
  CHECK(report.counts.at("removed") == 3);
  CHECK(world.okta.user_reads == 3);
}

TEST_CASE("R13: an unassignment does not count when the app stops answering as ACTIVE meanwhile") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.okta.before_read = [&](const std::string&) {
    std::lock_guard lock(world.okta.mutex);
    world.okta.app.status = "INACTIVE";
  };
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kKept, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R13: a read older than 60 s is not cited; the person is read again") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.options.lease.term = absl::Hours(2);
  bool slow = true;
  world.teleport.before_get_user = [&] {
    // Between the read of the person and the lock a minute passes, and the person is back.
    if (!std::exchange(slow, false)) return;
    world.clock.Advance(absl::Seconds(61));
    std::lock_guard lock(world.okta.mutex);
    world.okta.people[world.ids[3]].assignment = "ACTIVE";
  };
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kKept, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R13: too many for single reads: a second whole walk stands in for the assignments") {
  Settled world(400);
  for (size_t i = 0; i < 30; ++i) world.okta.people[world.ids[i]].assignment = "";
  world.okta.page_size = 100;
  const int walks = world.okta.walks;
  const Report report = world.Sync();
  CHECK(report.counts.at("removed") == 30);
  CHECK(world.okta.walks == walks + 2);
  CHECK(world.okta.assignment_reads == 0);
  CHECK(world.okta.user_reads == 30);
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
  CHECK(report.held.okta_ids.size() == 12);
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

TEST_CASE("R18: a rename in Okta is reported, and the user stays") {
  Settled world(20);
  world.okta.people[world.ids[3]].user_name = "new.name@example.com";
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kRenamed, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R8: a missing default role stops creates and updates with the command, never removals") {
  Settled world(20);
  world.teleport.roles.clear();
  world.okta.people[world.ids[1]].profile["department"] = "Research";
  world.okta.people[world.ids[3]].assignment = "";
  const Strings more = world.Hire(1);
  Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kWaiting, more[0]) != nullptr);
  CHECK(FindLine(report, Outcome::kWaiting, world.ids[1]) != nullptr);
  REQUIRE_FALSE(report.notices.empty());
  CHECK(report.notices[0].find("tctl create") != std::string::npos);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com", "delete u003@example.com"});
  // The role appears later.
  world.teleport.roles["okta-requester"] = {};
  CHECK(world.Sync().outcome.ok());
  CHECK(world.TakeWrites().size() == 2);
}

TEST_CASE("R8: without a default role none is looked up or given") {
  World world;
  world.options.traits.default_role.clear();
  world.teleport.roles.clear();
  world.Hire(2);
  CHECK(world.Sync().outcome.ok());
  CHECK(world.teleport.users.at("u000@example.com").roles.empty());
}

TEST_CASE("R20: a lease held by another stops the run before the first write") {
  World world;
  world.Hire(2);
  world.teleport.lease_holder = "another";
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kUnavailable);
  CHECK(Message(report.outcome).find("another oktasync") != std::string::npos);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R20: a run that was paused past its lease writes nothing after it wakes") {
  World world;
  world.Hire(5);
  world.options.writers = 1;
  world.teleport.fail = [&](const std::string& call, const std::string& name) {
    // While the first create is under way the machine sleeps for a minute.
    if (call == "create" && name == "u000@example.com") world.clock.Advance(absl::Minutes(1));
    return absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kAborted);
  CHECK(world.TakeWrites() == Strings{"create u000@example.com"});
}

TEST_CASE("R21: an error of one person is that person's line") {
  World world;
  const Strings ids = world.Hire(3);
  world.teleport.fail = [](const std::string& call, const std::string& name) {
    return call == "create" && name == "u001@example.com" ? MakeStatus(absl::StatusCode::kInternal, "odd")
                                                          : absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kFailed, ids[1]) != nullptr);
  CHECK(world.Names().size() == 2);
}

TEST_CASE("R21: an error of the whole stops the run with its reason") {
  World world;
  world.Hire(40);
  world.teleport.fail = [](const std::string& call, const std::string&) {
    return call == "create" ? MakeStatus(absl::StatusCode::kPermissionDenied, "access denied to perform create")
                            : absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kPermissionDenied);
  CHECK(Message(report.outcome).find("access denied") != std::string::npos);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R21: a failing audit event never stops a run; a good one has the counts") {
  World world;
  world.Hire(3);
  world.teleport.fail = [](const std::string& call, const std::string&) {
    return call == "audit" ? MakeStatus(absl::StatusCode::kPermissionDenied, "no") : absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(report.notices.size() == 1);
  world.teleport.fail = nullptr;
  world.okta.people["00u000"].profile["department"] = "Research";
  world.Sync();
  REQUIRE(world.teleport.events.size() == 1);
  CHECK(world.teleport.events[0].modified == 1);
  CHECK(world.teleport.events[0].total == 3);
  CHECK(world.teleport.events[0].success);
}

TEST_CASE("R21: conflicts never block removals") {
  Settled world(20);
  const Strings more = world.Hire(1);
  world.okta.people[more[0]].user_name = world.Name(0);
  world.okta.people[world.ids[3]].assignment = "";
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kConflict, more[0]) != nullptr);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com", "delete u003@example.com"});
}

TEST_CASE("R1: what is not ours is never written or deleted, other apps' users and locks included") {
  Settled world(20);
  UserRecord other = world.teleport.users.at(world.Name(0));
  other.name = "other@example.com";
  other.labels["oktasync/source"] = "00oorg/0oaother";
  other.revision = "keep";
  world.teleport.users[other.name] = other;
  LockRecord lock;
  lock.name = "admin-lock";
  lock.user = world.Name(1);
  world.teleport.locks[lock.name] = lock;
  world.okta.people[world.ids[1]].assignment = "";
  CHECK(world.Sync().outcome.ok());
  CHECK(world.teleport.users.at("other@example.com").revision == "keep");
  CHECK(world.teleport.locks.contains("admin-lock"));
}

TEST_CASE("R1: a user that became another person's since the roster was read is not removed") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.teleport.before_get_user = [&] {
    std::lock_guard lock(world.teleport.mutex);
    world.teleport.users[world.Name(3)].labels[std::string(labels::kOktaUserId)] = "00uother";
  };
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kConflict, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("a run that is cancelled says so and leaves the lease") {
  World world;
  world.Hire(2);
  world.cancel.Request();
  CHECK(world.Sync().outcome.code() == absl::StatusCode::kCancelled);
  CHECK(world.teleport.lease_holder.empty());
}

TEST_CASE("an unknown outcome of a create or delete is read before it is decided") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  const Strings more = world.Hire(1);
  world.teleport.fail = [&](const std::string& call, const std::string& name) {
    // The server does it, but the answer is lost.
    std::lock_guard lock(world.teleport.mutex);
    if (call == "delete") {
      world.teleport.users.erase(name);
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "deadline");
    }
    if (call == "create" && !world.teleport.users.contains(name)) {
      UserRecord user = world.teleport.users.at(world.Name(0));
      user.name = name;
      user.labels[std::string(labels::kOktaUserId)] = more[0];
      user.traits["okta/login"] = {name};
      world.teleport.users[name] = user;
      return MakeStatus(absl::StatusCode::kUnavailable, "connection cut");
    }
    return absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(FindLine(report, Outcome::kRemoved, world.ids[3]) != nullptr);
  CHECK(FindLine(report, Outcome::kCreated, more[0]) != nullptr);
  CHECK(FindLine(report, Outcome::kFailed, more[0]) == nullptr);
}

}  // namespace
}  // namespace oktasync::reconcile
