// Whole runs: roles by attribute and group, missing and powerful ones (rule R8).
#include <catch2/catch.hpp>

#include <algorithm>

#include "base/status.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Strings = std::vector<std::string>;

Strings RolesOf(World& world, const std::string& name) {
  std::lock_guard lock(world.teleport.mutex);
  Strings roles = world.teleport.users[name].roles;
  std::sort(roles.begin(), roles.end());
  return roles;
}

void GiveByDepartment(World& world, const std::string& value, const std::string& role) {
  traits::RoleRule rule;
  rule.roles = {role};
  rule.attribute = "department";
  rule.value = value;
  world.options.traits.role_rules.push_back(rule);
}

TEST_CASE("R8: a role comes with an attribute and goes with it, and one that an admin gave stays") {
  Settled world(12);
  world.teleport.roles["sales"] = {"sales"};
  world.teleport.roles["access"] = {"access"};
  world.teleport.users["u000@example.com"].roles.push_back("access");
  GiveByDepartment(world, "Sales", "sales");
  world.Sync();
  CHECK(RolesOf(world, "u000@example.com") == Strings{"access", "okta-requester", "sales"});
  CHECK(RolesOf(world, "u001@example.com") == Strings{"okta-requester", "sales"});
  world.okta.people[world.ids[0]].profile["department"] = "Legal";
  world.Sync();
  CHECK(RolesOf(world, "u000@example.com") == Strings{"access", "okta-requester"});
  CHECK(RolesOf(world, "u001@example.com") == Strings{"okta-requester", "sales"});
}

TEST_CASE("R8: a role that cannot be looked at stops creates and updates, never removals") {
  Settled world(12);
  world.okta.people[world.ids[0]].assignment = "";
  world.Hire(1);
  world.teleport.roles_error = MakeStatus(absl::StatusCode::kInternal, "the backend is slow");
  world.TakeWrites();
  const Report report = world.Sync();
  REQUIRE(report.outcome.ok());
  CHECK(world.TakeWrites() == Strings{"lock u000@example.com", "delete u000@example.com"});
  CHECK_THAT(report.notices.at(0),
             Catch::Contains("okta-requester could not be looked at") && Catch::Contains("removals go on"));
}

TEST_CASE("R8: a role comes with an Okta group, which is listed once a run") {
  Settled world(12);
  world.teleport.roles["sre"] = {"sre"};
  world.okta.groups["00gsre"] = {"SRE", {world.ids[3], world.ids[4]}};
  traits::RoleRule rule;
  rule.roles = {"sre"};
  rule.group = "SRE";
  world.options.traits.role_rules.push_back(rule);
  const auto calls = world.okta.group_calls;
  world.Sync();
  CHECK(RolesOf(world, "u003@example.com") == Strings{"okta-requester", "sre"});
  CHECK(RolesOf(world, "u005@example.com") == Strings{"okta-requester"});
  CHECK(world.okta.group_calls.size() - calls.size() == 2);  // found, then listed

  SECTION("without the group nobody is changed, and leavers go") {
    world.okta.groups_error = MakeStatus(absl::StatusCode::kPermissionDenied, "no okta.groups.read");
    world.okta.people[world.ids[0]].profile["department"] = "Legal";
    world.okta.people[world.ids[7]].assignment = "";
    world.TakeWrites();
    const Report report = world.Sync();
    CHECK(report.outcome.ok());
    CHECK(world.TakeWrites() == Strings{"lock u007@example.com", "delete u007@example.com"});
    CHECK(RolesOf(world, "u003@example.com") == Strings{"okta-requester", "sre"});
    CHECK(FindLine(report, Outcome::kWaiting, world.ids[0]) != nullptr);
    CHECK(report.notices.at(0).find("could not be read") != std::string::npos);
  }
}

TEST_CASE("R8, R12: a group that cannot be read is not taken for an empty one, however many are in it") {
  Settled world(30);
  world.teleport.roles["sre"] = {"sre"};
  auto& members = world.okta.groups["00gsre"].members;
  world.okta.groups["00gsre"].name = "SRE";
  members.assign(world.ids.begin(), world.ids.begin() + 20);
  traits::RoleRule rule;
  rule.roles = {"sre"};
  rule.group = "SRE";
  world.options.traits.role_rules.push_back(rule);
  world.Sync();
  REQUIRE(RolesOf(world, "u003@example.com") == Strings{"okta-requester", "sre"});
  world.okta.groups_error = MakeStatus(absl::StatusCode::kPermissionDenied, "no okta.groups.read");
  world.TakeWrites();
  const Report report = world.Sync();
  CHECK(report.outcome.ok());
  CHECK(report.held.empty());
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("R8: a role that is missing holds up those who need it, and nobody else") {
  Settled world(12);
  GiveByDepartment(world, "Legal", "legal");
  world.okta.people[world.ids[0]].profile["department"] = "Legal";
  world.okta.people[world.ids[1]].profile["department"] = "Other";
  const Report report = world.Sync();
  CHECK(world.TakeWrites() == Strings{"update u001@example.com"});
  CHECK(FindLine(report, Outcome::kWaiting, world.ids[0]) != nullptr);
  CHECK(report.notices.at(0).find("the role legal does not exist") != std::string::npos);
  world.teleport.roles["legal"] = {"legal"};
  world.Sync();
  CHECK(RolesOf(world, "u000@example.com") == Strings{"legal", "okta-requester"});
}

TEST_CASE("R8: a role that can administer the cluster is refused in words, unless the admin says so") {
  Settled world(12);
  world.teleport.roles["boss"] = {"boss"};
  world.teleport.roles["boss"].rules.push_back({{"role"}, {"create", "update"}});
  GiveByDepartment(world, "Sales", "boss");
  world.okta.people[world.ids[1]].assignment = "";
  const Report report = world.Sync();
  CHECK(world.TakeWrites() == Strings{"lock u001@example.com", "delete u001@example.com"});
  CHECK(FindLine(report, Outcome::kWaiting, world.ids[0]) != nullptr);
  REQUIRE_FALSE(report.notices.empty());
  CHECK(report.notices[0].find("could administer the cluster") != std::string::npos);
  CHECK(report.notices[0].find("users.allow_powerful_roles") != std::string::npos);
  world.options.allow_powerful_roles = {"boss"};
  world.Sync();
  CHECK(RolesOf(world, "u000@example.com") == Strings{"boss", "okta-requester"});
}

TEST_CASE("R8: a wildcard in app_labels is warned of, as the guide does") {
  Settled world(3);
  world.teleport.roles["okta-requester"].app_labels["*"] = {"*"};
  const Report report = world.Sync();
  REQUIRE_FALSE(report.notices.empty());
  CHECK(report.notices[0].find("app_labels") != std::string::npos);
}

}  // namespace
}  // namespace oktasync::reconcile
