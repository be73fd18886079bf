// Whole runs: the SSO connector that new users get, and the app that follows from it (rule R4).
#include <catch2/catch.hpp>

#include "base/status.h"
#include "reconcile/run.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Catch::Matchers::Contains;

constexpr char kSso[] = "https://example.okta.com/app/example_teleport_1/exk1/sso/saml";
const okta::Org kOrg{"00oorg", "https://example.okta.com", "https://login.example.com"};

SamlConnector At(const std::string& name, const std::string& sso, const std::string& app_id = "") {
  return {name, app_id, "", sso, ""};
}

std::string ConnectorOf(World& world, const std::string& name) {
  std::lock_guard lock(world.teleport.mutex);
  return world.teleport.users[name].connector.name;
}

std::string NoticesOf(const Report& report) {
  std::string all;
  for (const std::string& notice : report.notices) all += notice + "\n";
  return all;
}

TEST_CASE("R4: of several connectors the one of the app, of the org, or of the usual name is taken") {
  const auto pick = [](std::vector<SamlConnector> all, const std::string& app_id = "0oaapp") {
    const auto picked = PickConnector(all, kOrg, app_id, "okta");
    return picked.ok() ? picked->name : std::string(absl::StatusCodeToString(picked.status().code()));
  };
  CHECK(pick({At("sso", kSso), At("azure", "https://login.microsoftonline.com/x/saml2")}) == "sso");
  CHECK(pick({At("sso", kSso), At("okta", kSso)}) == "okta");
  CHECK(pick({At("sso", kSso), At("sso2", kSso)}) == "FAILED_PRECONDITION");
  CHECK(pick({At("a", kSso, "0oaother"), At("b", kSso, "0oaapp")}) == "b");
  CHECK(pick({At("a", kSso, "0oaother")}) == "NOT_FOUND");
  CHECK(pick({At("a", kSso, "0oaother")}, "") == "a");
  CHECK(pick({At("okta", "https://evil.example.net/app/a/exk1/sso/saml")}) == "NOT_FOUND");
  CHECK(pick({At("a", "", "0oaother"), At("okta", "")}, "") == "a");
  // By the address that the configuration has, and by what says nothing but has the usual name.
  CHECK(pick({At("sso", "https://login.example.com/app/a/exk1/sso/saml")}) == "sso");
  CHECK(pick({At("okta", ""), At("other", "")}) == "okta");
  CHECK(pick({}) == "NOT_FOUND");
}

TEST_CASE("R4: people get the connector that was found, and keep it when it cannot be looked at") {
  World world;
  world.options.find_connector = true;
  world.teleport.connectors = {At("okta-integration", kSso)};
  const auto ids = world.Hire(2);
  REQUIRE(world.Sync().outcome.ok());
  CHECK(ConnectorOf(world, "u000@example.com") == "okta-integration");

  world.teleport.connectors_error = MakeStatus(absl::StatusCode::kInternal, "a connector is broken");
  world.okta.people[ids[0]].profile["department"] = "Legal";
  world.Hire(1);
  const Report report = world.Sync();
  REQUIRE(report.outcome.ok());
  CHECK(ConnectorOf(world, "u000@example.com") == "okta-integration");
  CHECK(ConnectorOf(world, "u002@example.com") == "okta-integration");
  CHECK_THAT(NoticesOf(report), Contains("could not be looked at"));
}

TEST_CASE(
    "R4: where it is not known through which connector people log in, nobody is created, and leavers go") {
  Settled world(12);
  world.options.find_connector = true;
  world.okta.people[world.ids[0]].assignment = "";
  world.Hire(1);
  SECTION("Teleport does not say") {
    world.teleport.connectors_error = MakeStatus(absl::StatusCode::kInternal, "a connector is broken");
  }
  SECTION("several would do") { world.teleport.connectors = {At("sso", kSso), At("sso2", kSso)}; }
  world.TakeWrites();
  const Report report = world.Sync();
  REQUIRE(report.outcome.ok());
  CHECK(world.TakeWrites() == std::vector<std::string>{"lock u000@example.com", "delete u000@example.com"});
  CHECK_THAT(NoticesOf(report), Contains("Name one in users.connector"));
}

TEST_CASE("R4: a connector that does not exist is said plainly, and people are imported") {
  World world;
  world.teleport.connectors.clear();
  world.Hire(1);
  SECTION("named by the configuration") {
    const Report report = world.Sync();
    CHECK_THAT(NoticesOf(report), Contains("of users.connector does not exist in Teleport") &&
                                      Contains("open-source edition") && Contains("nobody can log in"));
  }
  SECTION("to be found") {
    world.options.find_connector = true;
    const Report report = world.Sync();
    CHECK_THAT(NoticesOf(report), Contains("this cluster has no SAML connector") &&
                                      Contains("open-source edition") && Contains("nobody can log in"));
  }
  SECTION("none is wanted") {
    world.options.traits.connector = {};
    CHECK(NoticesOf(world.Sync()) == "");
  }
  CHECK(world.Names().size() == 1);
}

TEST_CASE("R1: the app that the configuration does not name is the connector's") {
  World world;
  world.options.app_id.clear();
  world.teleport.connectors = {At("okta", kSso, "0oaapp")};
  world.Hire(3);
  const Report report = world.Sync();
  REQUIRE(report.outcome.ok());
  CHECK(report.app_id == "0oaapp");
  CHECK(world.okta.used_app == "0oaapp");
  CHECK(world.teleport.users["u000@example.com"].labels["oktasync/source"] == "00oorg/0oaapp");
  CHECK(world.teleport.events.back().app_id == "0oaapp");

  SECTION("a connector that leads to another app stops the run: who left the first would not be seen") {
    world.teleport.connectors = {At("okta", kSso, "0oaother")};
    world.TakeWrites();
    const Report stopped = world.Sync();
    CHECK(stopped.outcome.code() == absl::StatusCode::kFailedPrecondition);
    CHECK_THAT(Message(stopped.outcome),
               Contains("leads to the app 0oaother now") && Contains("okta.app_id"));
    CHECK(world.TakeWrites().empty());
  }
  SECTION("a connector that is gone, or cannot be read, leaves it as it was found") {
    world.teleport.connectors.clear();
    world.okta.people[world.okta.people.begin()->first].status = "DEPROVISIONED";
    REQUIRE(world.Sync().outcome.ok());
    CHECK(world.Names().size() == 2);
  }
}

TEST_CASE("R23: people are looked up singly although the connector leads elsewhere by now") {
  World world;
  world.options.app_id.clear();
  world.teleport.connectors = {At("okta", kSso, "0oaapp")};
  const auto ids = world.Hire(12);
  REQUIRE(world.Sync().outcome.ok());
  world.teleport.connectors = {At("okta", kSso, "0oaother")};
  world.okta.people[ids[0]].status = "DEPROVISIONED";
  world.TakeWrites();
  world.overdue = true;
  const Report report = world.Sync();
  CHECK_FALSE(report.outcome.ok());
  CHECK(report.swept);
  CHECK(world.TakeWrites() == std::vector<std::string>{"lock u000@example.com", "delete u000@example.com"});
}

TEST_CASE("R1: an app that never answered is not kept: the connector's next word counts") {
  World world;
  world.options.app_id.clear();
  world.teleport.connectors = {At("okta", kSso, "0oawrong")};
  world.Hire(3);
  CHECK_FALSE(world.Sync().outcome.ok());
  world.teleport.connectors = {At("okta", kSso, "0oaapp")};
  CHECK(world.Sync().outcome.ok());
  CHECK(world.Names().size() == 3);
}

TEST_CASE("R1: after a restart with another app in the connector the people of the first one are told of") {
  World world;
  world.Hire(3);
  REQUIRE(world.Sync().outcome.ok());
  world.options.app_id.clear();
  world.okta.app.id = "0oaother";
  world.teleport.connectors = {At("okta", kSso, "0oaother")};
  const Report report = world.Sync();
  CHECK_THAT(NoticesOf(report), Contains("3 users in Teleport were imported from another app of this org") &&
                                    Contains("okta.app_id"));
}

TEST_CASE("R11: without an app to be found nothing is done, in words") {
  World world;
  world.options.app_id.clear();
  world.options.find_connector = GENERATE(false, true);
  world.teleport.connectors.clear();
  absl::StatusCode code = absl::StatusCode::kNotFound;
  if (world.options.find_connector && GENERATE(false, true)) {
    world.teleport.connectors = {At("sso", kSso), At("sso2", kSso)};
    code = absl::StatusCode::kFailedPrecondition;
  }
  world.Hire(3);
  const Report report = world.Sync();
  CHECK(report.outcome.code() == code);
  CHECK_THAT(Message(report.outcome), Contains("okta.app_id names no app") && Contains("users.connector"));
  // Nobody is told that removals go on, or who cannot log in: it all stands still.
  CHECK(NoticesOf(report) == "");
  CHECK(world.Names().empty());
}

}  // namespace
}  // namespace oktasync::reconcile
