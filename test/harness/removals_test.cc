// Invariants 6 and 7 are judged: each is broken, in a record made by hand, and found.
#include "harness/removals.h"

#include <catch2/catch.hpp>

#include "harness/story.h"

namespace harness {
namespace {

using Strings = std::vector<std::string>;

constexpr char kDigest[] = "feedfeedfeedfeed";

std::string NameOf(const std::string& id) { return "name" + id; }

// Two people who have users and are deactivated then, and read so.
Story TwoLeavers() {
  Story story;
  for (const char* id : {"00u1", "00u2"}) {
    story.Page().Create(id, NameOf(id)).Event(id, NameOf(id), "DEPROVISIONED", nullptr).Read(id);
  }
  return story;
}

Promises AtMost(size_t most) {
  Promises promises;
  promises.LimitRemovals(most);
  return promises;
}

void ApproveRemoval(Promises* promises, const std::string& id, Stretch when = {}) {
  promises->Approve({{"digest", kDigest},
                     {"kind", "removals"},
                     {"people", {{{"okta_id", id}, {"name", NameOf(id)}, {"what", ""}}}}},
                    when);
}

TEST_CASE("Invariants 3 and 6: an answer that was cut, or was another one, proves nothing") {
  for (const char* fault : {"truncate", "short_length", "html", "body", "echo", "missing_id"}) {
    CHECK(Leaver().Read("00u1", fault).Lock("00u1", "ada", "leave", 32).Broken() == Strings{"3"});
    CHECK(Leaver().PartOfList("", true, fault).Read("00u1").Lock("00u1", "ada", "leave", 32).Broken() ==
          Strings{"6"});
  }
}

TEST_CASE("Invariant 6: nobody is locked or deleted while the list was not read to its end") {
  const auto gone = [](Story story) { return story.Read("00u1").Lock("00u1", "ada", "leave", 32).Broken(); };
  CHECK(gone(Leaver().Page()) == Strings{});
  CHECK(gone(Leaver().PartOfList()) == Strings{"6"});
  CHECK(gone(Leaver().PartOfList().PartOfList("c", true)) == Strings{});
  CHECK(gone(Leaver().PartOfList().PartOfList("c", false, "status", 503)) == Strings{"6"});
  CHECK(gone(Leaver().PartOfList("", true, "truncate")) == Strings{"6"});
  CHECK(gone(Leaver().PartOfList("", true, "truncate").Page()) == Strings{});  // asked again
  CHECK(gone(Leaver().PartOfList("", true, "drip")) == Strings{});
  CHECK(gone(Leaver().TakeLease()) == Strings{"6"});                   // a run of its own
  CHECK(gone(Leaver().TakeLease("RESOURCE_EXHAUSTED")) == Strings{});  // another one was refused
  CHECK(gone(Leaver().Audit(2)) == Strings{});                         // another one has failed
  CHECK(gone(Leaver().Audit()) == Strings{"6"});                       // the next one under the same lease
  CHECK(gone(Leaver().TakeLease().Page("0oaOther")) == Strings{"6"});
}

TEST_CASE("Invariant 6: who is under a lock as gone is deleted later without a list; who comes back is not") {
  const Story locked = Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32).TakeLease().Read("00u1");
  CHECK(Story(locked).Lock("00u1", "ada", "leave", 33).Delete("00u1", "ada").Broken() == Strings{});
  const Story back =
      Story(locked).Event("00u1", "ada", "ACTIVE", "ACTIVE").Read("00u1").Lock("00u1", "ada", "leave", -1);
  CHECK(Story(back).Broken() == Strings{});
  CHECK(Story(back)
            .Event("00u1", "ada", "ACTIVE", nullptr)
            .Read("00u1")
            .Lock("00u1", "ada", "leave", 32)
            .Broken() == Strings{"6"});
  CHECK(Leaver().Read("00u1").Lock("00u1", "ada", "suspend", 32).TakeLease().Delete("00u1", "ada").Broken() ==
        Strings{"3", "7", "6"});
}

TEST_CASE("Invariant 6: a rename needs the list, a rename that is under way does not") {
  const Story renamed = Story().Page().Create("00u1", "ada").Event("00u1", "countess", "ACTIVE", "ACTIVE");
  CHECK(Story(renamed).Read("00u1").Lock("00u1", "ada", "rename", 32).Broken() == Strings{});
  CHECK(Story(renamed).TakeLease().Read("00u1").Lock("00u1", "ada", "rename", 32).Broken() == Strings{"6"});
  CHECK(Story(renamed)
            .Read("00u1")
            .Lock("00u1", "ada", "rename", 32)
            .TakeLease()
            .Lock("00u1", "ada", "rename", 33)
            .Broken() == Strings{});
}

TEST_CASE(
    "Invariants 4 and 9: locks are removed only by an approved cleanup, and not while certificates live") {
  const auto removed = [](double hours, const Promises& promises) {
    Story story;
    story.Page().Create("00u1", "ada").Event("00u1", "ada", "SUSPENDED", "SUSPENDED").Page();
    story.Lock("00u1", "ada", "suspend", 1000);
    return story.Later(hours * 3600).DeleteLock("00u1", "ada").Broken(promises);
  };
  Promises promises;
  CHECK(removed(31, promises) == Strings{"4"});
  promises.Approve({{"digest", kDigest},
                    {"kind", "cleanup"},
                    {"people", {{{"okta_id", "00u1"}, {"name", "ada"}, {"what", "lock-00u1ada"}}}}});
  CHECK(removed(31, promises) == Strings{});
  CHECK(removed(29, promises) == Strings{"9"});
  promises.approved[0].locks = {"another"};
  CHECK(removed(31, promises) == Strings{"4"});
}

TEST_CASE("Invariant 6: in a sweep only who is read as deactivated goes without the list (R23)") {
  Promises promises;
  promises.sweeps = {2};  // from after the create on
  const Story due = Story().Page().Create("00u1", "ada").TakeLease();
  CHECK(Story(due)
            .Event("00u1", "ada", "DEPROVISIONED", nullptr)
            .ReadUser("00u1")
            .Lock("00u1", "ada", "leave", 32)
            .Broken(promises) == Strings{});
  CHECK(Story(due)
            .Event("00u1", "ada", "ACTIVE", nullptr)
            .Read("00u1")
            .Lock("00u1", "ada", "leave", 32)
            .Broken(promises) == Strings{"6"});
}

TEST_CASE("Invariant 7: more removals than the limit") {
  const auto remove = [](double between) {
    Story story = TwoLeavers();
    story.Lock("00u1", NameOf("00u1"), "leave", 32).Delete("00u1", NameOf("00u1"));
    story.Later(between).Page().Read("00u2");
    return story.Lock("00u2", NameOf("00u2"), "leave", 32).Delete("00u2", NameOf("00u2"));
  };
  CHECK(remove(0).Broken(AtMost(2)) == Strings{});
  CHECK(remove(0).Broken(AtMost(1)) == Strings{"7"});
  CHECK(remove(23.9 * 3600).Broken(AtMost(1)) == Strings{"7"});
  CHECK(remove(24.1 * 3600).Broken(AtMost(1)) == Strings{});
  // A limit holds from its entry on.
  Promises changed = AtMost(1);
  changed.LimitRemovals(2, 9);
  CHECK(remove(0).Broken(changed) == Strings{});
}

TEST_CASE("Invariant 7: a person who goes, returns and goes counts twice; a lock that is moved once") {
  const Story gone = Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32);
  CHECK(Story(gone).Lock("00u1", "ada", "leave", 33).Delete("00u1", "ada").Broken(AtMost(1)) == Strings{});
  CHECK(Story(gone)
            .Event("00u1", "ada", "ACTIVE", "ACTIVE")
            .Read("00u1")
            .Lock("00u1", "ada", "leave", -1)
            .Event("00u1", "ada", "ACTIVE", nullptr)
            .Read("00u1")
            .Lock("00u1", "ada", "leave", 32)
            .Broken(AtMost(1)) == Strings{"7"});
}

TEST_CASE("Invariant 7: renames count") {
  CHECK(Story()
            .Page()
            .Create("00u1", "ada")
            .Event("00u1", "countess", "ACTIVE", "ACTIVE")
            .Read("00u1")
            .Lock("00u1", "ada", "rename", 32)
            .Broken(AtMost(0)) == Strings{"7"});
}

TEST_CASE("Invariant 7: an approval is believed only when it was given, for that person, at that time") {
  Story story = TwoLeavers();
  for (const char* id : {"00u1", "00u2"}) story.Lock(id, NameOf(id), "leave", 32, kDigest);
  for (const char* id : {"00u1", "00u2"}) story.Delete(id, NameOf(id));
  Promises promises = AtMost(0);
  CHECK(story.Broken(promises) == Strings{"7", "7"});
  ApproveRemoval(&promises, "00u1");
  CHECK(story.Broken(promises) == Strings{"7"});
  ApproveRemoval(&promises, "00u2", {0, 8});  // over before its lock
  CHECK(story.Broken(promises) == Strings{"7"});
  ApproveRemoval(&promises, "00u2", {8, 10});
  CHECK(story.Broken(promises) == Strings{});
}

TEST_CASE("Invariant 7: who was locked and is approved then does not count any more") {
  const Story locked = TwoLeavers().Lock("00u1", NameOf("00u1"), "leave", 32);
  CHECK(Story(locked).Lock("00u2", NameOf("00u2"), "leave", 32).Broken(AtMost(1)) == Strings{"7"});
  Promises promises = AtMost(1);
  ApproveRemoval(&promises, "00u1");
  CHECK(Story(locked)
            .Lock("00u1", NameOf("00u1"), "leave", 32, kDigest)
            .Lock("00u2", NameOf("00u2"), "leave", 32)
            .Broken(promises) == Strings{});
}

TEST_CASE("Invariant 7: beyond the limit only a lock, and only on who is read as deactivated") {
  const std::string name = NameOf("00u1");
  CHECK(TwoLeavers().Lock("00u1", name, "leave", 32, "", true).Broken(AtMost(0)) == Strings{});
  CHECK(TwoLeavers().Lock("00u1", name, "leave", 32, "", true).Delete("00u1", name).Broken(AtMost(0)) ==
        Strings{"7"});
  CHECK(Leaver().Read("00u1").Lock("00u1", "ada", "leave", 32, "", true).Broken(AtMost(0)) == Strings{"7"});
}

}  // namespace
}  // namespace harness
