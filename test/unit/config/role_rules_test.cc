// Rule R8's role rules as the configuration spells them, and the options beside them.
#include "config/role_rules.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "config/checks.h"
#include "config/config.h"
#include "config/documents.h"

namespace oktasync::config {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

constexpr char kByAttribute[] = "/users/roles_by_attribute";
constexpr char kByGroup[] = "/users/roles_by_group";

TEST_CASE("R8 role rules reach the traits' options, those of attributes and of groups side by side") {
  Json document = Minimal();
  document["users"] = {{"roles_by_group", {{"Engineers", "dev, access"}, {"00g1emaKYZTWRYYRRTSK", "ops"}}},
                       {"roles_by_attribute", {{"department=R&D, core=1", " dev "}, {"level=3", "a,b"}}}};
  const ParseResult result = Parse(document.dump());
  INFO(Describe(result.problems));
  REQUIRE(result.problems.empty());
  const traits::Options& options = result.config.reconcile.traits;
  CHECK(traits::AllRoles(options) == Texts{"a", "access", "b", "dev", "okta-requester", "ops"});
  CHECK(traits::GroupsOfRules(options) == Texts{"00g1emaKYZTWRYYRRTSK", "Engineers"});
  REQUIRE(options.role_rules.size() == 4);
  bool found = false;
  for (const traits::RoleRule& rule : options.role_rules) {
    if (rule.attribute != "department") continue;
    found = true;
    CHECK(rule.value == "R&D, core=1");  // the first = separates
    CHECK(rule.roles == Texts{"dev"});
    CHECK(rule.group.empty());
  }
  CHECK(found);
  CHECK(RolesByAttribute(options.role_rules) ==
        TextMap{{"department=R&D, core=1", "dev"}, {"level=3", "a,b"}});
  CHECK(RolesByGroup(options.role_rules) ==
        TextMap{{"00g1emaKYZTWRYYRRTSK", "ops"}, {"Engineers", "dev,access"}});
}

TEST_CASE("R8 setting the rules of one kind leaves the other's alone") {
  std::vector<traits::RoleRule> rules;
  SetRolesByGroup({{"g", "a"}}, rules);
  SetRolesByAttribute({{"x=y", "b"}, {"x=z", "c"}}, rules);
  SetRolesByAttribute({{"x=y", "d"}}, rules);
  CHECK(RolesByAttribute(rules) == TextMap{{"x=y", "d"}});
  CHECK(RolesByGroup(rules) == TextMap{{"g", "a"}});
  SetRolesByGroup({}, rules);
  CHECK(RolesByGroup(rules).empty());
  CHECK(RolesByAttribute(rules).size() == 1);
}

TEST_CASE("R8 a rule that could never match, or cannot be read, is told with its key") {
  const auto key = [](const char* pointer, const std::string& text) {
    const ParseResult result = Parse(With(pointer, Json{{text, "dev"}}));
    REQUIRE(result.problems.size() == 1);
    CHECK_THAT(result.problems[0].path, Catch::StartsWith(pointer));
    return result.problems[0].text;
  };
  CHECK_THAT(key(kByAttribute, "department"), Catch::Contains("attribute=value"));
  CHECK_THAT(key(kByAttribute, "=Engineering"), Catch::Contains("nothing before the ="));
  CHECK_THAT(key(kByAttribute, "department="), Catch::Contains("nothing after the ="));
  for (const char* text : {"department = x", "department= x", " department=x", "department=x "}) {
    INFO(text);
    CHECK_THAT(key(kByAttribute, text), Catch::Contains("blank"));
  }
  CHECK_THAT(key(kByAttribute, "department=a\tb"), Catch::Contains("control character"));
  CHECK_THAT(key(kByAttribute, "depart\x01ment=a"), Catch::Contains("before the ="));
  CHECK_THAT(key(kByAttribute, std::string(256, 'a') + "=b"), Catch::Contains("before the ="));
  CHECK_THAT(key(kByGroup, ""), Catch::Contains("Okta group"));
  CHECK_THAT(key(kByGroup, " ops"), Catch::Contains("blank"));
  CHECK_THAT(key(kByGroup, "ops\n"), Catch::Contains("control character"));
  CHECK_THAT(key(kByGroup, std::string(256, 'g')), Catch::Contains("256 bytes"));
  for (const char* fine : {"department=Engineering", "a=b=c", "odd-name=x y", "dép=ü"}) {
    INFO(fine);
    CHECK(CheckAttributeRule(fine).empty());
  }
  for (const char* fine : {"R&D \"core\"", "00g1emaKYZTWRYYRRTSK", "ops, all"}) {
    INFO(fine);
    CHECK(CheckGroup(fine).empty());
  }
}

TEST_CASE("R8 roles are separated by commas, and each must be a role's name") {
  const auto roles = [](const char* pointer, const char* text) {
    const std::string key = pointer == std::string(kByGroup) ? "ops" : "a=b";
    return OneProblem(With(pointer, Json{{key, text}}), std::string(pointer) + "/" + key);
  };
  for (const char* pointer : {kByAttribute, kByGroup}) {
    CHECK_THAT(roles(pointer, ""), Catch::Contains("is empty"));
    CHECK_THAT(roles(pointer, "  "), Catch::Contains("is empty"));
    for (const char* text : {"dev,", ",dev", "dev,,ops", "dev, ,ops", ","}) {
      INFO(text);
      CHECK_THAT(roles(pointer, text), Catch::Contains("comma too many"));
    }
    for (const char* text : {"de v", "dev;ops", "dev, role/x", "..", "dev\t,ops"}) {
      INFO(text);
      CHECK_THAT(roles(pointer, text), Catch::Contains("letters, digits"));
    }
    CHECK_THAT(roles(pointer, "dev, ops ,dev"), Catch::Contains("twice"));
    CHECK_THAT(OneProblem(With(pointer, Json{{"a=b", {"dev"}}}), std::string(pointer) + "/a=b"),
               Catch::Contains("is a list, expected text"));
    CHECK_THAT(OneProblem(With(pointer, Json::array({"dev"})), pointer), Catch::Contains("is a list"));
  }
}

TEST_CASE("R8 okta.groups.read is asked for when a rule names a group, and then alone") {
  const auto scopes = [](const Json& document) { return Parse(document.dump()).config.credentials.scopes; };
  const auto extra = [](const Json& document) {
    return Parse(document.dump()).config.credentials.extra_scopes;
  };
  Json document = Minimal();
  document["users"] = {{"roles_by_attribute", {{"a=b", "dev"}}}};
  CHECK(scopes(document) == Texts{"okta.apps.read", "okta.users.read"});
  document["users"]["roles_by_group"] = Json::object();
  CHECK(scopes(document) == Texts{"okta.apps.read", "okta.users.read"});
  CHECK(extra(document).empty());
  document["users"]["roles_by_group"] = {{"ops", "ops"}};
  CHECK(extra(document) == Texts{"okta.groups.read"});  // removals go on without it

  // Who names the scopes himself is told, and not overruled.
  document["okta"]["scopes"] = {"okta.apps.read", "okta.users.read"};
  CHECK_THAT(OneProblem(document.dump(), "/okta/scopes"),
             Catch::Contains("lacks okta.groups.read") && Catch::Contains("/users/roles_by_group"));
  CHECK(scopes(document) == Texts{"okta.apps.read", "okta.users.read"});
  for (const char* scope : {"okta.groups.read", "okta.groups.manage"}) {
    document["okta"]["scopes"] = {"okta.apps.read", "okta.users.read", scope};
    CHECK(Parse(document.dump()).problems.empty());
    CHECK(scopes(document).size() == 3);
  }
}

TEST_CASE("R8 powerful roles are allowed by name") {
  CHECK(Parse(With("/users/allow_powerful_roles", Json{"editor", "access"}))
            .config.reconcile.allow_powerful_roles == Texts{"editor", "access"});
  CHECK(Parse(Minimal().dump()).config.reconcile.allow_powerful_roles.empty());
  for (const char* bad : {"", "editor,access", "*"}) {
    INFO(bad);
    CHECK_THAT(
        OneProblem(With("/users/allow_powerful_roles", Json{"dev", bad}), "/users/allow_powerful_roles/1"),
        Catch::Contains("name of a Teleport role"));
  }
}

TEST_CASE("R2, R15 adoption is off, and a suspension is ignored, unless the admin says so") {
  const reconcile::Options defaults = Parse(Minimal().dump()).config.reconcile;
  CHECK_FALSE(defaults.adopt);
  CHECK_FALSE(defaults.lock_suspended);
  CHECK(Parse(With("/users/adopt", true)).config.reconcile.adopt);
  CHECK_THAT(OneProblem(With("/users/adopt", "yes"), "/users/adopt"), Catch::Contains("true or false"));
  CHECK(Parse(With("/users/suspended", "lock")).config.reconcile.lock_suspended);
  CHECK_FALSE(Parse(With("/users/suspended", "ignore")).config.reconcile.lock_suspended);
  CHECK(Parse(With("/users/suspended", "ignore")).problems.empty());
  for (const char* bad : {"", "Lock", "delete", "true"}) {
    INFO(bad);
    CHECK_THAT(OneProblem(With("/users/suspended", bad), "/users/suspended"),
               Catch::Contains("ignore") && Catch::Contains("or lock"));
  }
}

TEST_CASE("R23 the alarm rings after two hours, and never between two good runs") {
  CHECK(Parse(Minimal().dump()).config.reconcile.alarm_after == absl::Hours(2));
  CHECK(Parse(With("/sync", Json{{"interval", "5m"}, {"alarm_after", "10m"}})).config.reconcile.alarm_after ==
        absl::Minutes(10));
  CHECK_THAT(OneProblem(With("/sync", Json{{"interval", "5m"}, {"alarm_after", "9m"}}), "/sync/alarm_after"),
             Catch::Contains("from 10m"));
  CHECK_THAT(OneProblem(With("/sync/interval", "24h"), "/sync/alarm_after"),
             Catch::Contains("is 2h, expected more than /sync/interval (24h)"));
  // The interval may be lengthened by its jitter.
  CHECK_FALSE(Parse(With("/sync", Json{{"interval", "1h"}, {"jitter", 0.5}, {"alarm_after", "90m"}}))
                  .problems.empty());
  CHECK(Parse(With("/sync", Json{{"interval", "1h"}, {"jitter", 0.5}, {"alarm_after", "91m"}}))
            .problems.empty());
  CHECK(Paths(Parse(With("/sync", Json{{"interval", "x"}, {"alarm_after", "10m"}}))) ==
        Texts{"/sync/interval"});
}

}  // namespace
}  // namespace oktasync::config
