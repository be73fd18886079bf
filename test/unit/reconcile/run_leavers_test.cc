// Whole runs: how people leave (rules R9, R10, R11, R13).
#include <catch2/catch.hpp>

#include <utility>

#include "base/status.h"
#include "reconcile/confirm.h"
#include "reconcile/lock_book.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

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

TEST_CASE(
    "R9: our clock three days slow is noticed from created_at, and the lock is long enough all the same") {
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

TEST_CASE("R13: an assignment that may not be read keeps the person, although the user may be read") {
  Settled world(20);
  world.okta.people[world.ids[3]].hidden = true;
  int reads = 0;
  world.okta.before_read = [&](const std::string& id) {
    std::lock_guard lock(world.okta.mutex);
    if (++reads == 2) world.okta.read_errors[id] = MakeStatus(absl::StatusCode::kPermissionDenied, "403");
  };
  const Report report = world.Sync();
  CHECK(reads == 2);
  CHECK(FindLine(report, Outcome::kKept, world.ids[3]) != nullptr);
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

TEST_CASE("R13: that the app is ACTIVE is asked again when the last answer is half a minute old") {
  Settled world(20);
  world.options.writers = 1;
  world.options.lease.term = absl::Hours(2);
  for (size_t i : {3, 4}) world.okta.people[world.ids[i]].assignment = "";
  world.okta.before_read = [&](const std::string& id) {
    if (id != world.ids[4]) return;
    world.clock.Advance(absl::Seconds(31));
    std::lock_guard lock(world.okta.mutex);
    world.okta.app.status = "INACTIVE";
  };
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kRemoved, world.ids[3]) != nullptr);
  CHECK(FindLine(report, Outcome::kKept, world.ids[4]) != nullptr);
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

TEST_CASE("R13: a lock that has to be dated anew is not sent on a read that is older than 60 s by then") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.options.lease.term = absl::Hours(2);
  world.teleport.server_ahead = absl::Hours(5);
  bool slow = true;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    if (call == "lock" && std::exchange(slow, false)) world.clock.Advance(absl::Seconds(61));
    return absl::OkStatus();
  };
  const Report report = world.Sync();
  const Line* line = FindLine(report, Outcome::kFailed, world.ids[3]);
  REQUIRE(line != nullptr);
  CHECK(line->reason.find("old when the lock could be sent") != std::string::npos);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com"});
}

TEST_CASE("R13: under a lock of an earlier run nobody is deleted on a read that is older than 60 s by then") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.options.lease.term = absl::Hours(2);
  absl::Status answer = MakeStatus(absl::StatusCode::kInternal, "no");
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    if (call != "delete") return absl::OkStatus();
    if (answer.code() == absl::StatusCode::kUnavailable) world.clock.Advance(absl::Seconds(61));
    return std::exchange(answer, absl::OkStatus());
  };
  world.Sync();
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com"});
  answer = MakeStatus(absl::StatusCode::kUnavailable, "connection cut");
  const Report report = world.Sync();
  const Line* line = FindLine(report, Outcome::kFailed, world.ids[3]);
  REQUIRE(line != nullptr);
  CHECK(line->reason.find("old when the deletion could be sent") != std::string::npos);
  CHECK(world.TakeWrites().empty());
  // The next run reads him again.
  CHECK(world.Sync().counts.at("removed") == 1);
}

TEST_CASE("R13: too many for single reads: a second whole walk stands in for the assignments") {
  Settled world(400);
  for (size_t i = 0; i < 30; ++i) world.okta.people[world.ids[i]].assignment = "";
  world.okta.page_size = 100;
  const int walks = world.okta.walks;
  const Report report = world.Sync();
  CHECK(report.counts.at("removed") == 30);
  CHECK(world.okta.walks == walks + 2);
  CHECK(world.okta.assignment_reads == SecondWalk::kReadsBeside);
  CHECK(world.okta.user_reads == 30);
}

TEST_CASE("R11, R13: a second whole walk that breaks off removes nobody") {
  Settled world(400);
  for (size_t i = 0; i < 30; ++i) world.okta.people[world.ids[i]].assignment = "";
  world.okta.page_size = 100;
  int walks = 0;
  world.okta.before_walk = [&] { world.okta.fail_page = ++walks == 2 ? 2 : -1; };
  const Report report = world.Sync();
  CHECK(Message(report.outcome).find("a second time (nobody is removed)") != std::string::npos);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R13: who is missing from the first whole walk and present in the second is kept") {
  Settled world(400);
  for (size_t i = 0; i < 30; ++i) world.okta.people[world.ids[i]].assignment = "";
  world.okta.page_size = 100;
  int walks = 0;
  world.okta.before_walk = [&] { world.okta.people[world.ids[200]].hidden = ++walks == 1; };
  const Report report = world.Sync();
  CHECK(report.counts.at("removed") == 30);
  const Line* line = FindLine(report, Outcome::kKept, world.ids[200]);
  REQUIRE(line != nullptr);
  CHECK(line->reason.find("in the second listing") != std::string::npos);
}

TEST_CASE("R13: whom both walks skip while many are deactivated is read singly, and kept") {
  Settled world(400);
  for (size_t i = 0; i < 30; ++i) {
    world.okta.people[world.ids[i]].status = "DEPROVISIONED";
    world.okta.people[world.ids[i]].assignment = "";
  }
  world.okta.people[world.ids[200]].hidden = true;
  world.okta.page_size = 100;
  const int walks = world.okta.walks;
  const Report report = world.Sync();
  CHECK(report.counts.at("removed") == 30);
  CHECK(world.okta.walks == walks + 2);
  CHECK(FindLine(report, Outcome::kKept, world.ids[200]) != nullptr);
}

TEST_CASE("R9: a lock that stands there and does not work is followed by one of another name") {
  Settled world(20);
  world.okta.people[world.ids[3]].assignment = "";
  world.options.locks.in_force_wait = absl::Milliseconds(200);
  world.teleport.dud_lock = LockName({"00oorg", "0oaapp"}, world.ids[3], world.Name(3), LockPurpose::kLeave);
  CHECK(FindLine(world.Sync(), Outcome::kFailed, world.ids[3]) != nullptr);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com"});
  CHECK(world.Sync().counts.at("removed") == 1);
  CHECK(world.TakeWrites() == Strings{"lock u003@example.com", "delete u003@example.com"});
}

}  // namespace
}  // namespace oktasync::reconcile
