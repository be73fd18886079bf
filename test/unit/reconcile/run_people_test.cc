// Whole runs: who is created, changed or left alone (rules R3 to R6, R8).
#include <catch2/catch.hpp>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

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

TEST_CASE("R4: a changed attribute is updated, with the revision, read again on a conflict") {
  Settled world(3);
  world.okta.people[world.ids[1]].profile["department"] = "Research";
  world.teleport.updates_to_refuse = 2;
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(world.TakeWrites() == Strings{"update u001@example.com"});
  CHECK(world.teleport.users.at("u001@example.com").traits.at("okta/department") == Strings{"Research"});
}

TEST_CASE("R1, R4: a user that became somebody else's since the roster was read is not updated") {
  Settled world(3);
  world.okta.people[world.ids[0]].profile["department"] = "Metaverse";
  world.teleport.before_get_user = [&] {
    std::lock_guard lock(world.teleport.mutex);
    world.teleport.users[world.Name(0)].labels[std::string(labels::kOktaUserId)] = "00uother";
  };
  const Report report = world.Sync();
  CHECK(FindLine(report, Outcome::kConflict, world.ids[0]) != nullptr);
  CHECK(world.TakeWrites().empty());
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

TEST_CASE("R8: a role that somebody else gave to one person and deleted is that person's failure alone") {
  Settled world(20);
  world.teleport.users.at(world.Name(1)).roles.push_back("deleted-role");
  world.okta.people[world.ids[1]].profile["department"] = "Research";
  world.okta.people[world.ids[2]].profile["department"] = "Research";
  world.Hire(1);
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  const Line* line = FindLine(report, Outcome::kFailed, world.ids[1]);
  REQUIRE(line != nullptr);
  CHECK(line->reason.find("deleted-role") != std::string::npos);
  CHECK(report.notices.empty());
  CHECK(world.TakeWrites().size() == 2);  // the other's update and the hire
}

}  // namespace
}  // namespace oktasync::reconcile
