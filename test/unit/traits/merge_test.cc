#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "traits/mapper.h"
#include "traits/people.h"

namespace oktasync::traits {
namespace {

using std::string_view_literals::operator""sv;
using Values = std::vector<std::string>;

// A user that we made, and that others have since added things to.
UserRecord Stored() {
  UserRecord user;
  user.name = "ada@example.com";
  user.revision = "rev-1";
  user.labels = {{"teleport.dev/origin", "okta"},
                 {"okta/org", "https://example.okta.com"},
                 {"teleport.internal/okta-user-id", "00u1ada"},
                 {"oktasync/source", "00o1org/0oa1app"},
                 {"oktasync/roles", "okta-requester,old-role"},
                 {"oktasync/traits", "team"},
                 {"env", "prod"}};
  user.roles = {"auditor", "old-role", "okta-requester"};
  user.traits = {
      {"okta/city", {"London"}}, {"okta/title", {"Countess"}}, {"team", {"R&D"}}, {"logins", {"root"}}};
  user.connector = {"saml", "okta", "ada@example.com"};
  user.created_by_user = "system";
  user.raw = "the encoded message";
  return user;
}

TEST_CASE("R8: roles that we no longer give are taken away, roles of others stay in their order") {
  const DesiredUser desired = MapOrDie(Person(), TestOptions());
  const UserRecord merged = Merge(Stored(), desired, {});
  CHECK(merged.roles == Values{"auditor", "okta-requester"});
  CHECK(merged.labels.at("oktasync/roles") == "okta-requester");
}

TEST_CASE("R8: a role that somebody took away is given again") {
  UserRecord stored = Merge(Stored(), MapOrDie(Person(), TestOptions()), {});
  stored.roles = {"auditor"};
  const DesiredUser desired = MapOrDie(Person(), TestOptions());
  CHECK_FALSE(DigestOf(stored) == DigestOf(desired));
  CHECK(Merge(stored, desired, {}).roles == Values{"auditor", "okta-requester"});
}

TEST_CASE("R8: without a default role what we gave goes, and its label with it") {
  Options options = TestOptions();
  options.default_role = "";
  const UserRecord merged = Merge(Stored(), MapOrDie(Person(), options), {});
  CHECK(merged.roles == Values{"auditor"});
  CHECK(merged.labels.count("oktasync/roles") == 0);
}

TEST_CASE("R7: traits of ours follow Okta, traits of others stay") {
  Person person;
  person.User("city", {"Paris"sv}).User("department", {"Math"sv});
  const UserRecord merged = Merge(Stored(), MapOrDie(person, TestOptions()), {});
  CHECK(merged.traits ==
        Traits{{"okta/city", {"Paris"}}, {"okta/department", {"Math"}}, {"logins", {"root"}}});
  CHECK(merged.labels.count("oktasync/traits") == 0);
}

TEST_CASE("R4: a merge leaves all else as it was read") {
  const UserRecord stored = Stored();
  const UserRecord merged = Merge(stored, MapOrDie(Person(), TestOptions()), {});
  CHECK(merged.name == stored.name);
  CHECK(merged.revision == "rev-1");
  CHECK(merged.raw == stored.raw);
  CHECK(merged.connector == stored.connector);
  CHECK(merged.created_by_user == "system");
  CHECK(merged.labels.at("env") == "prod");
}

TEST_CASE("R1: a changed org URL is relabelled, and the digest notices") {
  Options options = TestOptions();
  const DesiredUser before = MapOrDie(Person(), options);
  const UserRecord stored = NewUser(before);
  CHECK(DigestOf(stored) == DigestOf(before));
  options.org_url = "https://renamed.okta.com";
  const DesiredUser after = MapOrDie(Person(), options);
  CHECK_FALSE(DigestOf(stored) == DigestOf(after));
  CHECK(Merge(stored, after, {}).labels.at("okta/org") == "https://renamed.okta.com");
}

TEST_CASE("R12: what would be taken is named, and what is kept stays and stays ours") {
  Person person;
  person.User("city", {"Paris"sv});
  const DesiredUser desired = MapOrDie(person, TestOptions());
  const Taken taken = WouldTake(Stored(), desired);
  CHECK(taken.trait_keys == Values{"okta/title", "team"});
  CHECK(taken.roles == Values{"old-role"});

  const UserRecord kept = Merge(Stored(), desired, taken);
  CHECK(kept.traits ==
        Traits{
            {"okta/city", {"Paris"}}, {"okta/title", {"Countess"}}, {"team", {"R&D"}}, {"logins", {"root"}}});
  CHECK(kept.roles == Stored().roles);
  CHECK(kept.labels.at("oktasync/roles") == "okta-requester,old-role");
  CHECK(kept.labels.at("oktasync/traits") == "team");

  // The second half, once the whole walk has said that it is no mass loss.
  const UserRecord done = Without(kept, taken);
  CHECK(done.traits == Traits{{"okta/city", {"Paris"}}, {"logins", {"root"}}});
  CHECK(done.roles == Values{"auditor", "okta-requester"});
  CHECK(done.labels.at("oktasync/roles") == "okta-requester");
  CHECK(done.labels.count("oktasync/traits") == 0);
  CHECK(DigestOf(done) == DigestOf(desired));
}

TEST_CASE("R12: keeping or taking what is not ours has no effect") {
  const DesiredUser desired = MapOrDie(Person(), TestOptions());
  const UserRecord plain = Merge(Stored(), desired, {});
  const Taken foreign{{"logins", "okta/unknown"}, {"auditor", "unknown"}};
  const UserRecord kept = Merge(Stored(), desired, foreign);
  CHECK(kept.labels == plain.labels);
  CHECK(kept.roles == plain.roles);
  CHECK(kept.traits == plain.traits);
  const UserRecord left = Without(Stored(), foreign);
  CHECK(left.labels == Stored().labels);
  CHECK(left.roles == Stored().roles);
  CHECK(left.traits == Stored().traits);
}

TEST_CASE("R4: a new user is what is desired, and needs no update") {
  Person person;
  person.User("city", {"Paris"sv}).User("department", {"Math"sv});
  Options options = TestOptions();
  options.rename = {{"department", "team"}};
  const DesiredUser desired = MapOrDie(person, options);
  const UserRecord user = NewUser(desired);
  CHECK(user.name == desired.name);
  CHECK(user.roles == desired.roles);
  CHECK(user.traits == desired.traits);
  CHECK(user.labels == desired.labels);
  CHECK(user.connector == desired.connector);
  CHECK(user.revision.empty());
  CHECK(user.raw.empty());
  CHECK(user.expires == absl::InfiniteFuture());
  CHECK(DigestOf(user) == DigestOf(desired));
  CHECK(WouldTake(user, desired).empty());
}

}  // namespace
}  // namespace oktasync::traits
