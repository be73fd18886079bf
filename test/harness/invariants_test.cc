// The judge of the invariants judges: each is broken once, in a record made by hand, and found.
#include "harness/invariants.h"

#include <catch2/catch.hpp>

#include "harness/story.h"

namespace harness {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

// Approved is that ada, 00u1, is removed.
Promises RemovalApproved() {
  Promises promises;
  promises.Approve({{"digest", "feedfeedfeedfeed"},
                    {"kind", "removals"},
                    {"people", {{{"okta_id", "00u1"}, {"name", "ada"}, {"what", ""}}}}});
  return promises;
}

TEST_CASE("Invariants: a leaver who is read, locked and deleted breaks none") {
  CHECK(Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32).Delete("00u1", "ada").Broken() == Strings{});
}

TEST_CASE("Invariant 1: what is not ours is neither found nor left") {
  json foreign = Story::User("00u1");
  foreign["labels"]["oktasync/source"] = "00o/other";
  CHECK(Story().Page().Write("UpdateUser", "ada", foreign, Story::User("00u1")).Broken() == Strings{"1"});
  CHECK(Story().Page().Write("CreateUser", "ada", nullptr, foreign).Broken() == Strings{"1"});
  json enterprise = Story::User("00u1");
  enterprise["labels"].erase("oktasync/source");
  enterprise["labels"]["okta/org"] = "https://example.okta.com";
  const Story adopted = Story().Page().Write("UpdateUser", "ada", enterprise, Story::User("00u1"));
  CHECK(adopted.Broken() == Strings{"1"});
  Promises promises;
  promises.adopt = true;
  CHECK(adopted.Broken(promises) == Strings{});
}

TEST_CASE("Invariant 2: a delete without a lock of 30 hours") {
  CHECK(Leaver().Read("00u1").Lock("00u1", "ada", "leave", 20).Delete("00u1", "ada").Broken() ==
        Strings{"2", "9"});
}

TEST_CASE("Invariant 3: a user who is active is no proof of an unassignment, but beside two whole lists") {
  CHECK(Leaver().ReadUser("00u1").Lock("00u1", "ada", "leave", 32).Broken() == Strings{"3"});
  CHECK(Leaver().Page().ReadUser("00u1").Lock("00u1", "ada", "leave", 32).Broken() == Strings{"3"});
  CHECK(Leaver().Page().Page().ReadUser("00u1").Lock("00u1", "ada", "leave", 32).Broken() == Strings{});
  CHECK(Leaver()
            .Event("00u1", "ada", "DEPROVISIONED", nullptr)
            .ReadUser("00u1")
            .Lock("00u1", "ada", "leave", 32)
            .Broken() == Strings{});
}

TEST_CASE("Invariant 4: a list does not lift a lock, nor does another app's make a user") {
  CHECK(Leaver()
            .Read("00u1")
            .Lock("00u1", "ada", "leave", 32)
            .Event("00u1", "ada", "ACTIVE", "ACTIVE")
            .Page()
            .Lock("00u1", "ada", "leave", -1)
            .Broken() == Strings{"4"});
  CHECK(Story().Page("0oaOther").Create("00u1", "ada").Broken() == Strings{"4"});
}

TEST_CASE("Invariant 3: a lock or a delete without a single read that proves it, or with an old one") {
  CHECK(Leaver().Page().Lock("00u1", "ada", "leave", 32).Broken() == Strings{"3"});
  CHECK(Leaver().Read("00u1").Later(61).Lock("00u1", "ada", "leave", 32).Broken() == Strings{"3"});
  CHECK(Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32).Later(61).Delete("00u1", "ada").Broken() ==
        Strings{"3"});
  CHECK(Story().Page().Create("00u1", "ada").Read("00u1").Lock("00u1", "ada", "suspend", 32).Broken() ==
        Strings{"3"});
}

TEST_CASE("Invariant 5: somebody present is locked for leaving, or for a name that he has not") {
  const Story present = Story().Event("00u1", "ada", "ACTIVE", "ACTIVE").Page().Create("00u1", "ada");
  CHECK(Story(present).Read("00u1").Lock("00u1", "ada", "leave", 32).Broken() == Strings{"3"});
  CHECK(Story(present).Read("00u1").Lock("00u1", "ada", "rename", 32).Broken() == Strings{"3"});
  CHECK(Story(present)
            .Event("00u1", "countess", "ACTIVE", "ACTIVE")
            .Read("00u1")
            .Lock("00u1", "ada", "rename", 32)
            .Broken() == Strings{});
}

TEST_CASE("Invariant 4: a create or a lift that no read bears out") {
  CHECK(Story().Create("00u1", "ada").Broken() == Strings{"4"});
  CHECK(Leaver().Later(700).Page().Create("00u1", "ada").Broken() == Strings{"4"});
  const Story locked = Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32);
  CHECK(Story(locked).Lock("00u1", "ada", "leave", -1).Broken() == Strings{"4"});
  CHECK(Story(locked)
            .Event("00u1", "ada", "ACTIVE", "ACTIVE")
            .Read("00u1")
            .Lock("00u1", "ada", "leave", -1)
            .Broken() == Strings{});
}

TEST_CASE("Invariant 9: a removed name passes to somebody else only when approved") {
  const Story reused = Leaver()
                           .Read("00u1")
                           .Lock("00u1", "ada", "leave", 32)
                           .Delete("00u1", "ada")
                           .Event("00u2", "ada", "ACTIVE", "ACTIVE")
                           .Page()
                           .Create("00u2", "ada");
  CHECK(reused.Broken() == Strings{"9"});
  const auto with = [&](const NameGiven& given) {
    Promises promises;
    promises.given = {given};
    return reused.Broken(promises);
  };
  CHECK(with({"ada", "00u2"}) == Strings{});
  CHECK(with({"Ada", "00u2"}) == Strings{});
  CHECK(with({"ada", "00u3"}) == Strings{"9"});          // to somebody else
  CHECK(with({"bob", "00u2"}) == Strings{"9"});          // another name
  CHECK(with({"ada", "00u2", {10}}) == Strings{"9"});    // after it was taken
  CHECK(with({"ada", "00u2", {9, 10}}) == Strings{});    // just then
  CHECK(with({"ada", "00u2", {0, 9}}) == Strings{"9"});  // before

  Promises promises;
  promises.Approve({{"kind", "removals"}, {"people", {{{"okta_id", "00u2"}, {"what", "ada"}}}}});
  CHECK(promises.given.empty());
  promises.Approve({{"kind", "quarantine"}, {"people", {{{"okta_id", "00u2"}, {"what", "ada"}}}}});
  CHECK(reused.Broken(promises) == Strings{});
}

TEST_CASE("Invariant 9: an approved removal gives the name to nobody, in whatever case it is asked for") {
  const Story removed =
      Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32, "feedfeedfeedfeed").Delete("00u1", "ada");
  const Promises promises = RemovalApproved();
  CHECK(
      Story(removed).Event("00u2", "ada", "ACTIVE", "ACTIVE").Page().Create("00u2", "ada").Broken(promises) ==
      Strings{"9"});
  CHECK(
      Story(removed).Event("00u2", "ADA", "ACTIVE", "ACTIVE").Page().Create("00u2", "ADA").Broken(promises) ==
      Strings{"9"});
}

TEST_CASE(
    "Invariants 4 and 9: a lock that carries an approval is lifted for nobody but whom that gives the name") {
  const Story lifted = Leaver()
                           .Read("00u1")
                           .Lock("00u1", "ada", "leave", 32, "feedfeedfeedfeed")
                           .Delete("00u1", "ada")
                           .Lock("00u1", "ada", "leave", -1);
  Promises promises = RemovalApproved();
  CHECK(lifted.Broken(promises) == Strings{"4", "9"});
  promises.given = {{"ada", "00u2"}};
  CHECK(lifted.Broken(promises) == Strings{});
}

TEST_CASE("Invariant 13: traits are named as promised, roles are the configuration's") {
  json user = Story::User("00u1");
  user["traits"]["logins"] = {"root"};
  CHECK(Story().Page().Write("CreateUser", "ada", nullptr, user).Broken() == Strings{"13"});
  Promises promises;
  promises.roles = {"other"};
  CHECK(Story().Page().Create("00u1", "ada").Broken(promises) == Strings{"13"});
}

}  // namespace
}  // namespace harness
