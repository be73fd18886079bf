// Whole runs: what is ours, the lease, errors of one and errors of all (rules R1, R20, R21).
#include <catch2/catch.hpp>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("a second run right after a whole one writes nothing") {
  Settled world(7);
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(report.counts.at("unchanged") == 7);
  CHECK(world.TakeWrites().empty());
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
    return call == "create"
               ? MakeStatus(absl::StatusCode::kPermissionDenied, "access denied to perform create")
               : absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kPermissionDenied);
  CHECK(Message(report.outcome).find("access denied") != std::string::npos);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R21: a Teleport out of reach stops the run instead of failing one person after the other") {
  World world;
  world.Hire(40);
  world.options.writers = 1;
  world.teleport.fail = [](const std::string& call, const std::string&) {
    return call == "create" ? MakeStatus(absl::StatusCode::kUnavailable, "connection refused")
                            : absl::OkStatus();
  };
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kUnavailable);
  CHECK(Message(report.outcome).find("Teleport is out of reach") != std::string::npos);
  CHECK(report.counts.at("failed") < 20);
}

TEST_CASE("R21: an identity that may not read roles stops the run") {
  Settled world(3);
  world.okta.people[world.ids[0]].assignment = "";
  world.teleport.roles_error =
      MakeStatus(absl::StatusCode::kPermissionDenied, "access denied to perform read");
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kPermissionDenied);
  CHECK(Message(report.outcome).find("okta-requester") != std::string::npos);
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

// What the server keeps must outlast what we believe, wherever its clock stands; else two could write.
TEST_CASE("R20: no lease is believed longer than a server keeps it whose clock is ahead of ours") {
  World world;
  FakeTeleport& server = world.teleport;
  server.lease_checks_clock = true;
  const LeaseOptions options;
  const auto kept_for = [&] { return server.lease_expires - (world.clock.Now() + server.server_ahead); };
  for (const double seconds : {-600.0, 0.0, 14.9, 15.0, 20.0, 74.9, 75.0, 75.1, 135.0, 600.0, 890.0}) {
    INFO(seconds);
    server.server_ahead = absl::Seconds(seconds);
    server.lease_holder.clear();
    Cancel cancel;
    auto lease = LeaseKeeper::Acquire(server, "org.app", "us", options, world.clock, NullLog(), cancel);
    REQUIRE(lease.ok());
    CHECK(kept_for() >= options.term - options.safety);
    if (seconds >= 0) CHECK(kept_for() <= 2 * options.term);
    CHECK(((*lease)->server_ahead() > absl::ZeroDuration()) == (seconds >= 15));
    CHECK((*lease)->Check().ok());
    world.clock.Advance(options.term - options.safety);
    CHECK_FALSE((*lease)->Check().ok());
    CHECK(kept_for() >= absl::ZeroDuration());
  }
}

TEST_CASE(
    "R20: a server whose clock is far ahead gives no lease, and the report says so; one somewhat ahead "
    "does") {
  World world;
  world.Hire(2);
  world.teleport.lease_checks_clock = true;
  world.teleport.server_ahead = absl::Minutes(40);
  const Report report = world.Sync();
  CHECK(report.outcome.code() == absl::StatusCode::kInvalidArgument);
  CHECK(Message(report.outcome).find("the auth server's clock is ahead of ours by more than 15m") !=
        std::string::npos);
  CHECK(world.TakeWrites().empty());
  world.teleport.server_ahead = absl::Minutes(10);
  const Report survived = world.Sync();
  CHECK(survived.outcome.ok());
  CHECK(world.TakeWrites().size() == 2);
  REQUIRE(survived.notices.size() == 1);
  CHECK(survived.notices[0].find("the auth server's clock was ahead of ours by up to 10m15s") !=
        std::string::npos);
}

}  // namespace
}  // namespace oktasync::reconcile
