// Rule R8: roles are computed from rules, and what we gave is remembered and taken away.
#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "traits/group_members.h"
#include "traits/mapper.h"
#include "traits/people.h"

namespace oktasync::traits {
namespace {

using std::string_view_literals::operator""sv;
using Texts = std::vector<std::string>;

RoleRule ByAttribute(std::string attribute, std::string value, Texts roles) {
  return {std::move(roles), std::move(attribute), std::move(value), ""};
}
RoleRule ByGroup(std::string group, Texts roles) { return {std::move(roles), "", "", std::move(group)}; }

Options WithRules(std::vector<RoleRule> rules) {
  Options options = TestOptions();
  options.role_rules = std::move(rules);
  return options;
}

// What Map gives, after seeing that MapDigest agrees with it.
Texts Roles(const Person& person, const Options& options,
            std::shared_ptr<const GroupMembers> groups = nullptr) {
  const Mapper mapper(options, groups);
  const auto user = mapper.Map(*person, nullptr);
  REQUIRE(user.ok());
  const auto digest = mapper.MapDigest(*person, nullptr);
  REQUIRE(digest.ok());
  CHECK(*digest == DigestOf(*user));
  CHECK(*digest == DigestOf(NewUser(*user)));
  CHECK(SplitList(LabelOr(user->labels, "oktasync/roles")) == user->roles);
  return user->roles;
}

TEST_CASE("R8: without rules everyone has the default role, without that none") {
  CHECK(Roles(Person(), TestOptions()) == Texts{"okta-requester"});
  Options options = TestOptions();
  options.default_role.clear();
  CHECK(Roles(Person(), options).empty());
}

TEST_CASE("R8: an attribute's value gives its roles besides the default one, sorted, each once") {
  const Options options = WithRules({ByAttribute("department", "Engineering", {"dev", "access"}),
                                     ByAttribute("city", "London", {"access", "uk", "okta-requester"}),
                                     ByAttribute("department", "Sales", {"crm"})});
  Person ada;
  ada.User("department", {"Engineering"sv}).User("city", {"London"sv});
  CHECK(Roles(ada, options) == Texts{"access", "dev", "okta-requester", "uk"});
  Person bob;
  bob.User("department", {"Sales"sv});
  CHECK(Roles(bob, options) == Texts{"crm", "okta-requester"});
  CHECK(Roles(Person(), options) == Texts{"okta-requester"});
}

TEST_CASE("R8: values are compared to the letter, and any one of several will do") {
  const Options options = WithRules({ByAttribute("teams", "core", {"dev"})});
  const auto gets = [&](std::vector<Scalar> values) {
    Person person;
    person.User("teams", std::move(values));
    return Roles(person, options) == Texts{"dev", "okta-requester"};
  };
  CHECK(gets({"core"sv}));
  CHECK(gets({"ui"sv, "core"sv, "ops"sv}));
  for (const std::string_view other : {"Core"sv, "core "sv, " core"sv, "cor"sv, "core2"sv, "*"sv, ""sv}) {
    INFO(other);
    CHECK_FALSE(gets({other}));
  }
  CHECK_FALSE(gets({}));
  // The attribute's name too.
  Person person;
  person.User("Teams", {"core"sv});
  CHECK(Roles(person, options) == Texts{"okta-requester"});
}

TEST_CASE("R8: numbers and booleans are compared by their canonical text") {
  const Options options =
      WithRules({ByAttribute("level", "3", {"senior"}), ByAttribute("contractor", "true", {"external"}),
                 ByAttribute("share", "0.5", {"half"})});
  Person person;
  person.User("level", {3.0}).User("contractor", {true}).User("share", {0.5});
  CHECK(Roles(person, options) == Texts{"external", "half", "okta-requester", "senior"});
  Person other;
  other.User("level", {int64_t{30}}).User("contractor", {false}).User("share", {int64_t{5}});
  CHECK(Roles(other, options) == Texts{"okta-requester"});
  Person text;
  text.User("level", {"3"sv});
  CHECK(Roles(text, options) == Texts{"okta-requester", "senior"});
}

TEST_CASE("R8: the app profile's value decides where it has one, as for traits") {
  const Options options =
      WithRules({ByAttribute("role", "admin", {"boss"}), ByAttribute("role", "reader", {"read"})});
  Person both;
  both.User("role", {"admin"sv}).App("role", {"reader"sv});
  CHECK(Roles(both, options) == Texts{"okta-requester", "read"});
  Person empty;
  empty.User("role", {"admin"sv}).App("role", {""sv});
  CHECK(Roles(empty, options) == Texts{"boss", "okta-requester"});
  // A value that must be dropped as a trait still hides the user profile's.
  Person dropped;
  dropped.User("role", {"admin"sv}).App("role", {"*"sv});
  CHECK(Roles(dropped, options) == Texts{"okta-requester"});
}

TEST_CASE("R8: the lists of traits have no say in what gives a role") {
  Options options = WithRules({ByAttribute("department", "Engineering", {"dev"}),
                               ByAttribute("odd-name", "x", {"odd"}), ByAttribute("team", "x", {"wrong"})});
  Person person;
  person.User("department", {"Engineering"sv}).User("city", {"London"sv}).User("odd-name", {"x"sv});
  SECTION("exclude") { options.exclude = {"department"}; }
  SECTION("include") { options.include = {"city"}; }
  SECTION("rename, and sizes") {
    options.rename = {{"department", "team"}};
    options.max_value_bytes = 2;
  }
  CHECK(Roles(person, options) == Texts{"dev", "odd", "okta-requester"});
  // And the rules have none in what becomes a trait.
  Options without = options;
  without.role_rules.clear();
  CHECK(MapOrDie(person, options).traits == MapOrDie(person, without).traits);
}

TEST_CASE("R8: a group gives its roles to its members, by the rule's own spelling") {
  auto groups = std::make_shared<GroupMembers>();
  groups->Add("engineers", "00u1ada");
  groups->Add("00g1ops", "00u2bob");
  const Options options = WithRules({ByGroup("engineers", {"dev"}), ByGroup("00g1ops", {"ops", "dev"})});
  CHECK(Roles(Person(), options, groups) == Texts{"dev", "okta-requester"});
  groups->Add("00g1ops", "00u1ada");
  CHECK(Roles(Person(), options, groups) == Texts{"dev", "okta-requester", "ops"});
  CHECK(Roles(Person(), options, std::make_shared<GroupMembers>()) == Texts{"okta-requester"});
  CHECK(Roles(Person(), options) == Texts{"okta-requester"});
}

TEST_CASE("R8: memberships do not run into one another, and count once") {
  GroupMembers groups;
  groups.Add("ab", "c");
  groups.Add("ab", "c");
  CHECK(groups.size() == 1);
  CHECK(groups.Has("ab", "c"));
  CHECK_FALSE(groups.Has("a", "bc"));
  CHECK_FALSE(groups.Has("abc", ""));
  CHECK_FALSE(groups.Has("c", "ab"));
  CHECK_FALSE(groups.Has("Ab", "c"));
}

TEST_CASE("R8: every role that could be given and every group that is asked for are known beforehand") {
  Options options = WithRules({ByGroup("ops", {"ops", "access"}), ByAttribute("a", "b", {"dev"}),
                               ByGroup("dev", {"dev"}), ByGroup("ops", {"late"})});
  CHECK(AllRoles(options) == Texts{"access", "dev", "late", "okta-requester", "ops"});
  CHECK(GroupsOfRules(options) == Texts{"dev", "ops"});
  options.default_role.clear();
  options.role_rules.clear();
  CHECK(AllRoles(options).empty());
  CHECK(GroupsOfRules(options).empty());
}

TEST_CASE("R8: roles follow the profile: what a rule no longer gives is taken, what others gave stays") {
  const Options options = WithRules({ByAttribute("department", "Engineering", {"access", "dev"}),
                                     ByAttribute("department", "Support", {"access", "helpdesk"})});
  Person before;
  before.User("department", {"Engineering"sv});
  UserRecord stored = NewUser(MapOrDie(before, options));
  CHECK(stored.roles == Texts{"access", "dev", "okta-requester"});
  stored.roles.insert(stored.roles.begin() + 1, "auditor");  // by an admin

  Person after;
  after.User("department", {"Support"sv});
  const DesiredUser desired = MapOrDie(after, options);
  CHECK_FALSE(DigestOf(stored) == DigestOf(desired));
  const Taken taken = WouldTake(stored, desired);
  CHECK(taken.roles == Texts{"dev"});
  const UserRecord merged = Merge(stored, desired, {});
  CHECK(merged.roles == Texts{"access", "auditor", "okta-requester", "helpdesk"});
  CHECK(merged.labels.at("oktasync/roles") == "access,helpdesk,okta-requester");
  CHECK(DigestOf(merged) == DigestOf(desired));

  // Held by the guard (R12): the role stays, and stays remembered as ours until it may go.
  const UserRecord kept = Merge(stored, desired, taken);
  CHECK(kept.roles == Texts{"access", "auditor", "dev", "okta-requester", "helpdesk"});
  CHECK(kept.labels.at("oktasync/roles") == "access,dev,helpdesk,okta-requester");
  CHECK_FALSE(DigestOf(kept) == DigestOf(desired));
  CHECK(Merge(kept, desired, {}).roles == merged.roles);
  CHECK(DigestOf(Without(kept, taken)) == DigestOf(desired));
}

TEST_CASE("R8: a role that an admin gave too is ours once a rule gives it, and goes with the rule") {
  const Options options = WithRules({ByAttribute("department", "Engineering", {"dev"})});
  UserRecord stored = NewUser(MapOrDie(Person(), options));
  stored.roles.emplace_back("dev");
  Person engineer;
  engineer.User("department", {"Engineering"sv});
  stored = Merge(stored, MapOrDie(engineer, options), {});
  CHECK(stored.roles == Texts{"okta-requester", "dev"});
  CHECK(Merge(stored, MapOrDie(Person(), options), {}).roles == Texts{"okta-requester"});
}

}  // namespace
}  // namespace oktasync::traits
