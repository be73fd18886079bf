// The judge of the invariants judges: each is broken once, in a record made by hand, and found.
#include "harness/invariants.h"

#include <catch2/catch.hpp>
#include <map>

namespace harness {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

constexpr double kHour = 3600;

// A record as the playground writes it, of one app with the people 00u1 (ada) and 00u2 (bob).
class Story {
 public:
  Story& Event(const std::string& id, const std::string& name, const std::string& status,
               const json& assignment) {
    return Add({{"side", "okta"},
                {"kind", "event"},
                {"event", "some"},
                {"id", id},
                {"user_name", name},
                {"status", status},
                {"assignment_status", assignment}});
  }
  Story& Read(const std::string& id) {
    return Add({{"side", "okta"},
                {"kind", "request"},
                {"path", "/api/v1/apps/0oa/users/" + id + "?expand=user"},
                {"status", 200},
                {"began", at_}});
  }
  Story& ReadUser(const std::string& id) {
    return Add({{"side", "okta"},
                {"kind", "request"},
                {"path", "/api/v1/users/" + id},
                {"status", 200},
                {"began", at_}});
  }
  Story& Page(const std::string& app = "0oa") {
    return Add({{"side", "okta"},
                {"kind", "request"},
                {"path", "/api/v1/apps/" + app + "/users?limit=500"},
                {"status", 200},
                {"last_page", true},
                {"began", at_}});
  }
  Story& Create(const std::string& id, const std::string& name) {
    return Write("CreateUser", name, nullptr, User(id));
  }
  Story& Delete(const std::string& id, const std::string& name) {
    return Write("DeleteUser", name, User(id), nullptr);
  }
  Story& Lock(const std::string& id, const std::string& name, const std::string& purpose, double hours,
              const std::string& approval = "") {
    const std::string lock_name = "lock-" + id + name;
    const json before = locks_[lock_name];
    json lock = {{"target", {{"user", name}}},
                 {"expires", at_ + hours * kHour},
                 {"labels",
                  {{"teleport.dev/origin", "okta"},
                   {"oktasync/source", "00o/0oa"},
                   {"oktasync/okta-user-id", id},
                   {"oktasync/purpose", purpose}}}};
    if (!approval.empty()) lock["labels"]["oktasync/approval"] = approval;
    locks_[lock_name] = lock;
    return Write("UpsertLock", lock_name, before, lock);
  }
  Story& Write(const std::string& call, const std::string& name, const json& before, const json& after) {
    return Add({{"side", "auth"},
                {"kind", "write"},
                {"call", call},
                {"name", name},
                {"before", before},
                {"after", after}});
  }
  Story& Later(double seconds) {
    at_ += seconds;
    return *this;
  }
  static json User(const std::string& id) {
    return {{"labels",
             {{"teleport.dev/origin", "okta"},
              {"oktasync/source", "00o/0oa"},
              {"teleport.internal/okta-user-id", id}}},
            {"roles", {"okta-requester"}},
            {"traits", {{"okta/email", {"a@b.c"}}}}};
  }
  // The numbers of the invariants that were broken.
  Strings Broken(Promises promises = {}) const {
    promises.source = "00o/0oa";
    Strings numbers;
    for (const std::string& sentence : BrokenInvariants(record_, promises)) {
      UNSCOPED_INFO(sentence);
      numbers.push_back(sentence.substr(0, sentence.find(':')));
    }
    return numbers;
  }

 private:
  Story& Add(json entry) {
    entry["seq"] = record_.size() + 1;
    entry["at"] = at_;
    record_.push_back(std::move(entry));
    at_ += 0.01;
    return *this;
  }
  json record_ = json::array();
  std::map<std::string, json> locks_;
  double at_ = 1.7e9;
};

Story Leaver() { return Story().Page().Create("00u1", "ada").Event("00u1", "ada", "ACTIVE", nullptr); }

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

TEST_CASE("Invariant 7: more removals than the limit, those that were approved aside") {
  Story story;
  Promises promises;
  promises.most_removals = 1;
  for (const char* id : {"00u1", "00u2"}) {
    const std::string name = std::string("name") + id;
    story.Page().Create(id, name).Event(id, name, "DEPROVISIONED", nullptr).Read(id);
  }
  Story approved = story;
  for (const char* id : {"00u1", "00u2"}) {
    const std::string name = std::string("name") + id;
    story.Lock(id, name, "leave", 32).Delete(id, name);
    approved.Lock(id, name, "leave", 32, "feedfeedfeedfeed").Delete(id, name);
  }
  CHECK(story.Broken(promises) == Strings{"7"});
  CHECK(approved.Broken(promises) == Strings{});
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
  CHECK(with({"ada", "00u3"}) == Strings{"9"});        // to somebody else
  CHECK(with({"bob", "00u2"}) == Strings{"9"});        // another name
  CHECK(with({"ada", "00u2", 9}) == Strings{"9"});     // after it was taken
  CHECK(with({"ada", "00u2", 8, 9}) == Strings{});     // just then
  CHECK(with({"ada", "00u2", 0, 8}) == Strings{"9"});  // before

  Promises promises;
  promises.GiveNames({{"kind", "removals"}, {"people", {{{"okta_id", "00u2"}, {"what", "ada"}}}}});
  CHECK(promises.given.empty());
  promises.GiveNames({{"kind", "quarantine"}, {"people", {{{"okta_id", "00u2"}, {"what", "ada"}}}}});
  CHECK(reused.Broken(promises) == Strings{});
}

TEST_CASE("Invariant 9: an approved removal gives the name to nobody, in whatever case it is asked for") {
  const Story removed =
      Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32, "feedfeedfeedfeed").Delete("00u1", "ada");
  CHECK(Story(removed).Event("00u2", "ada", "ACTIVE", "ACTIVE").Page().Create("00u2", "ada").Broken() ==
        Strings{"9"});
  CHECK(Story(removed).Event("00u2", "ADA", "ACTIVE", "ACTIVE").Page().Create("00u2", "ADA").Broken() ==
        Strings{"9"});
}

TEST_CASE(
    "Invariants 4 and 9: a lock that carries an approval is lifted for nobody but whom that gives the name") {
  const Story lifted = Leaver()
                           .Read("00u1")
                           .Lock("00u1", "ada", "leave", 32, "feedfeedfeedfeed")
                           .Delete("00u1", "ada")
                           .Lock("00u1", "ada", "leave", -1);
  CHECK(lifted.Broken() == Strings{"4", "9"});
  Promises promises;
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
