// Who gets which name, once the whole walk is known (rules R6, R17–R19).
#include "reconcile/moves.h"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <set>

#include "model/labels.h"

namespace oktasync::reconcile {
namespace {

using Fate = Move::Fate;

const SourceId kSource{"00oorg", "0oaapp"};
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// People by id: their names in Teleport, and the one in Okta.
struct Someone {
  std::vector<std::string> has;
  std::string wants;
};

struct Scene {
  explicit Scene(std::map<std::string, Someone> people_in) : people(std::move(people_in)) {
    for (const auto& [id, someone] : people) {
      for (const std::string& name : someone.has) roster.AddOurs(id, name, {});
    }
  }
  Settlement Settle() {
    roster.Seal();
    for (const auto& [id, someone] : people) {
      if (someone.wants.empty()) continue;
      const Roster::Range entries = roster.Find(id);
      bool has_new = false;
      for (const std::string& name : someone.has) has_new = has_new || name == someone.wants;
      if (has_new && someone.has.size() == 1) continue;
      movers.push_back({id, someone.wants, entries, has_new});
    }
    const MoveFacts facts{roster, locks,
                          [this](Roster::Index i) { return leaving.contains(std::string(roster.name(i))); },
                          [this](std::string_view name) { return given[std::string(name)]; }};
    return SettleMoves(movers, facts);
  }
  const Move& Of(const Settlement& settled, const std::string& id) const {
    for (size_t i = 0; i < movers.size(); ++i) {
      if (movers[i].okta_id == id) return settled.moves[i];
    }
    throw std::logic_error("nobody moves who is called " + id);
  }
  // What the report says of somebody who gets no other name; nothing of who does.
  std::optional<Outcome> Stays(const Settlement& settled, const std::string& id) const {
    const Move& move = Of(settled, id);
    if (move.fate != Fate::kReport) return std::nullopt;
    return move.outcome;
  }
  void Lock(const std::string& id, const std::string& name) {
    LockRecord lock;
    lock.name = "lock-" + id;
    lock.labels = {{std::string(labels::kOrigin), "okta"},
                   {std::string(labels::kSource), kSource.Label()},
                   {std::string(labels::kLockOktaUserId), id},
                   {std::string(labels::kPurpose), "leave"}};
    lock.user = name;
    lock.expires = kNow + absl::Hours(30);
    lock.created_at = kNow;
    locks = LockBook({lock}, {lock}, kSource, kNow);
  }

  std::map<std::string, Someone> people;
  Roster roster;
  LockBook locks;
  std::set<std::string> leaving;
  std::map<std::string, std::string> given;
  std::vector<Mover> movers;
};

TEST_CASE("R18: a rename to a free name goes through, one of case alone, too") {
  Scene scene({{"a", {{"ada"}, "ada.l"}}, {"b", {{"bob"}, "Bob"}}});
  const Settlement settled = scene.Settle();
  CHECK(scene.Of(settled, "a").fate == Fate::kRename);
  CHECK(scene.Of(settled, "b").fate == Fate::kRename);
  CHECK(settled.units.empty());
}

TEST_CASE("R18: two users of one id are an unfinished rename, which is finished") {
  Scene scene({{"a", {{"ada", "ada.l"}, "ada.l"}}});
  CHECK(scene.Of(scene.Settle(), "a").fate == Fate::kFinish);
}

TEST_CASE("R19: a swap is one unit") {
  Scene scene({{"a", {{"x"}, "y"}}, {"b", {{"y"}, "x"}}});
  const Settlement settled = scene.Settle();
  REQUIRE(settled.units.size() == 1);
  CHECK(settled.units[0].size() == 2);
  CHECK(scene.Of(settled, "a").fate == Fate::kUnit);
}

TEST_CASE("R19: a chain and a cycle are units of their own, a newcomer at the end included") {
  Scene scene({{"a", {{"x"}, "y"}},
               {"b", {{"y"}, "z"}},  // x→y→z, and n takes x
               {"n", {{}, "x"}},
               {"c", {{"p"}, "q"}},
               {"d", {{"q"}, "r"}},
               {"e", {{"r"}, "p"}},
               {"f", {{"lone"}, "free"}}});
  const Settlement settled = scene.Settle();
  REQUIRE(settled.units.size() == 2);
  CHECK(settled.units[0].size() + settled.units[1].size() == 6);
  CHECK(scene.Of(settled, "n").unit == scene.Of(settled, "a").unit);
  CHECK(scene.Of(settled, "c").unit != scene.Of(settled, "a").unit);
  CHECK(scene.Of(settled, "f").fate == Fate::kRename);
}

TEST_CASE("R6: who has a name keeps it, and whoever waits for somebody who stays stays, too") {
  Scene scene({{"a", {{"x"}, "y"}}, {"b", {{"y"}, "z"}}, {"c", {{"z"}, "z"}}});
  const Settlement settled = scene.Settle();
  CHECK(scene.Stays(settled, "b") == Outcome::kConflict);  // c stays on z
  CHECK(scene.Stays(settled, "a") == Outcome::kConflict);  // so b stays on y
  CHECK(settled.units.empty());
}

TEST_CASE("R6: of two that want one free name the first by id has it; a user before a newcomer") {
  Scene scene({{"a", {{}, "free"}}, {"b", {{"x"}, "FREE"}}, {"c", {{"y"}, "free"}}});
  const Settlement settled = scene.Settle();
  CHECK(scene.Of(settled, "b").fate == Fate::kRename);
  CHECK(scene.Stays(settled, "c") == Outcome::kConflict);
  CHECK(scene.Stays(settled, "a") == Outcome::kConflict);
}

TEST_CASE("R6: a name that a newcomer got in this walk is not taken from him") {
  Scene scene({{"a", {{"x"}, "new"}}});
  scene.given["new"] = "n";
  const Settlement settled = scene.Settle();
  CHECK(scene.Stays(settled, "a") == Outcome::kConflict);
  CHECK(scene.Of(settled, "a").reason.find("n comes first") != std::string::npos);
}

TEST_CASE("R6: a rename to the name of somebody not ours is a conflict") {
  Scene scene({{"a", {{"x"}, "admin"}}});
  scene.roster.AddOther("admin", Holder::kLocal);
  CHECK(scene.Stays(scene.Settle(), "a") == Outcome::kConflict);
}

TEST_CASE("R17: no rename goes to a name whose holder leaves in this run, or is locked on it") {
  Scene leaving({{"a", {{"x"}, "y"}}, {"b", {{"y"}, ""}}});
  leaving.leaving = {"y"};
  CHECK(leaving.Stays(leaving.Settle(), "a") == Outcome::kQuarantined);

  Scene locked({{"a", {{"x"}, "y"}}});
  locked.Lock("gone", "Y");
  CHECK(locked.Stays(locked.Settle(), "a") == Outcome::kQuarantined);
}

TEST_CASE("R18: nobody takes the old name in the run that finishes a rename") {
  Scene scene({{"a", {{"x", "y"}, "y"}}, {"n", {{}, "x"}}});
  const Settlement settled = scene.Settle();
  CHECK(scene.Of(settled, "a").fate == Fate::kFinish);
  CHECK(scene.Stays(settled, "n") == Outcome::kConflict);
}

TEST_CASE("R19: a change of case alone keeps its name from others") {
  Scene scene({{"a", {{}, "ADA"}}, {"b", {{"ada"}, "Ada"}}});
  const Settlement settled = scene.Settle();
  CHECK(scene.Of(settled, "b").fate == Fate::kRename);
  CHECK(scene.Stays(settled, "a") == Outcome::kConflict);
}

}  // namespace
}  // namespace oktasync::reconcile
