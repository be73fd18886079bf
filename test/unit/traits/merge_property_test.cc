// Properties that hold for every stored user, hand-edited ones included, and every desired one.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/labels.h"
#include "traits/managed.h"
#include "traits/mapper.h"

namespace oktasync::traits {
namespace {

using Texts = std::vector<std::string>;

// RapidCheck reads this once, at the first property; who sets it outside keeps his own.
[[maybe_unused]] const int kMoreCases = setenv("RC_PARAMS", "max_success=1000", 0);

// Small sets, so that things meet.
const Texts kValues = {"x", "y", "z"};
const Texts kOktaKeys = {"okta/a", "okta/b", "okta/c"};
const Texts kOwnKeys = {"dept", "logins", "team"};
const Texts kRoleNames = {"auditor", "editor", "okta-requester", "staff"};

rc::Gen<Texts> SomeOf(const Texts& all) {
  return rc::gen::map(rc::gen::container<std::vector<bool>>(all.size(), rc::gen::arbitrary<bool>()),
                      [all](const std::vector<bool>& in) {
                        Texts some;
                        for (size_t i = 0; i < all.size(); ++i) {
                          if (in[i]) some.push_back(all[i]);
                        }
                        return some;
                      });
}

Texts Shuffled(Texts items) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[*rc::gen::inRange<size_t>(0, i)]);
  return items;
}

Traits SomeTraits(const Texts& keys, bool empties) {
  Traits traits;
  for (const std::string& key : keys) {
    Texts values = Shuffled(*SomeOf(kValues));
    if (values.empty() && !empties) values = {"x"};
    traits[key] = values;
  }
  return traits;
}

DesiredUser AnyDesired() {
  DesiredUser desired;
  desired.okta_id = "00u1";
  desired.name = "ada";
  desired.roles = *SomeOf(kRoleNames);
  desired.own_trait_keys = *SomeOf(kOwnKeys);
  Texts keys = *SomeOf(kOktaKeys);
  keys.insert(keys.end(), desired.own_trait_keys.begin(), desired.own_trait_keys.end());
  desired.traits = SomeTraits(keys, false);
  desired.labels = {{std::string(labels::kOrigin), "okta"},
                    {std::string(labels::kOrg), *rc::gen::elementOf(Texts{"https://a", "https://b"})},
                    {std::string(labels::kOktaUserId), "00u1"},
                    {std::string(labels::kSource), "00o1/0oa1"}};
  if (!desired.roles.empty()) desired.labels[std::string(labels::kRoles)] = JoinList(desired.roles);
  if (!desired.own_trait_keys.empty()) {
    desired.labels[std::string(labels::kTraits)] = JoinList(desired.own_trait_keys);
  }
  return desired;
}

UserRecord AnyStored() {
  UserRecord stored;
  stored.name = "ada";
  stored.revision = "r";
  stored.raw = "raw";
  stored.connector = {"saml", "okta", "ada"};
  stored.roles = Shuffled(*SomeOf(kRoleNames));
  if (!stored.roles.empty() && *rc::gen::arbitrary<bool>()) stored.roles.push_back(stored.roles.front());
  Texts keys = *SomeOf(kOktaKeys);
  const Texts own = *SomeOf(kOwnKeys);
  keys.insert(keys.end(), own.begin(), own.end());
  stored.traits = SomeTraits(keys, true);
  stored.labels = {{"env", "prod"}};
  for (std::string_view label : {labels::kOrigin, labels::kOrg, labels::kOktaUserId, labels::kSource}) {
    if (*rc::gen::inRange(0, 10) > 0)
      stored.labels[std::string(label)] =
          *rc::gen::elementOf(Texts{"okta", "https://a", "00u1", "00o1/0oa1"});
  }
  // Lists in any order, with what is not there; sometimes empty or missing.
  if (*rc::gen::inRange(0, 4) > 0)
    stored.labels[std::string(labels::kRoles)] = JoinList(Shuffled(*SomeOf(kRoleNames)));
  if (*rc::gen::inRange(0, 4) > 0)
    stored.labels[std::string(labels::kTraits)] = JoinList(Shuffled(*SomeOf(kOwnKeys)));
  return stored;
}

// A stored user that is near to the desired one: what a merge made of it, then perhaps touched once or twice.
UserRecord NearlyStored(const DesiredUser& desired) {
  UserRecord stored = Merge(AnyStored(), desired, {});
  for (int touches = *rc::gen::inRange(0, 3); touches > 0; --touches) {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        stored.traits[*rc::gen::elementOf(kOktaKeys)] = *SomeOf(kValues);
        break;
      case 1:
        stored.traits[*rc::gen::elementOf(kOwnKeys)] = *SomeOf(kValues);
        break;
      case 2:
        stored.traits.erase(*rc::gen::elementOf(kOktaKeys));
        break;
      case 3:
        stored.roles.push_back(*rc::gen::elementOf(kRoleNames));
        break;
      case 4:
        std::erase(stored.roles, *rc::gen::elementOf(kRoleNames));
        break;
      case 5:
        stored.labels[std::string(labels::kRoles)] = JoinList(*SomeOf(kRoleNames));
        break;
      case 6:
        stored.labels.erase(std::string(labels::kTraits));
        break;
      default:
        stored.labels["env"] = "test";
        break;
    }
  }
  return stored;
}

UserRecord AnyOrNearlyStored(const DesiredUser& desired) {
  return *rc::gen::arbitrary<bool>() ? NearlyStored(desired) : AnyStored();
}

bool Same(const UserRecord& a, const UserRecord& b) {
  return a.name == b.name && a.revision == b.revision && a.labels == b.labels && a.roles == b.roles &&
         a.traits == b.traits && a.connector == b.connector && a.raw == b.raw &&
         a.created_by_user == b.created_by_user && a.expires == b.expires;
}

bool Holds(const Texts& items, const std::string& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

Taken SomeKeep() {
  Texts keys = *SomeOf(kOktaKeys);
  const Texts own = *SomeOf(kOwnKeys);
  keys.insert(keys.end(), own.begin(), own.end());
  return {Shuffled(keys), Shuffled(*SomeOf(kRoleNames))};
}

TEST_CASE("R4: the digests are equal exactly when a merge changes nothing") {
  int equal = 0;
  int different = 0;
  REQUIRE(rc::check([&] {
    const DesiredUser desired = AnyDesired();
    const UserRecord stored = AnyOrNearlyStored(desired);
    const bool same = Same(Merge(stored, desired, {}), stored);
    same ? ++equal : ++different;
    RC_ASSERT((DigestOf(stored) == DigestOf(desired)) == same);
  }));
  // Both happen, or nothing was tested.
  CHECK(equal > 5);
  CHECK(different > 5);
}

TEST_CASE("R4, invariant 10: a merge is idempotent and gives what is desired") {
  REQUIRE(rc::check([] {
    const DesiredUser desired = AnyDesired();
    const UserRecord merged = Merge(AnyStored(), desired, {});
    RC_ASSERT(Same(Merge(merged, desired, {}), merged));
    RC_ASSERT(DigestOf(merged) == DigestOf(desired));
    RC_ASSERT(WouldTake(merged, desired).empty());
    for (const std::string& role : desired.roles) RC_ASSERT(Holds(merged.roles, role));
    for (const auto& [key, values] : desired.traits) RC_ASSERT(merged.traits.at(key) == values);
  }));
}

TEST_CASE("R8: a merge never touches what is not ours") {
  REQUIRE(rc::check([] {
    const DesiredUser desired = AnyDesired();
    const UserRecord stored = AnyStored();
    const Taken keep = SomeKeep();
    const UserRecord merged = Merge(stored, desired, keep);
    const Remembered own(stored.labels, labels::kTraits);
    const Remembered given(stored.labels, labels::kRoles);
    // Traits: of others, unless desired under that very key.
    for (const auto& [key, values] : stored.traits) {
      if (IsOursTrait(key, own) || desired.traits.contains(key)) continue;
      RC_ASSERT(merged.traits.contains(key));
      RC_ASSERT(merged.traits.at(key) == values);
    }
    for (const auto& [key, values] : merged.traits) {
      RC_ASSERT(stored.traits.contains(key) || desired.traits.contains(key));
    }
    // Roles of others, in order, repetitions included.
    Texts before, after;
    for (const std::string& role : stored.roles) {
      if (!given.Holds(role)) before.push_back(role);
    }
    for (const std::string& role : merged.roles) {
      if (!given.Holds(role) && (Holds(stored.roles, role))) after.push_back(role);
    }
    RC_ASSERT(before == after);
    RC_ASSERT(merged.labels.at("env") == stored.labels.at("env"));
    RC_ASSERT(merged.name == stored.name);
    RC_ASSERT(merged.revision == stored.revision);
    RC_ASSERT(merged.raw == stored.raw);
    RC_ASSERT(merged.connector == stored.connector);
  }));
}

TEST_CASE("R12: what is kept stays as it was and stays ours, all other removals happen") {
  REQUIRE(rc::check([] {
    const DesiredUser desired = AnyDesired();
    const UserRecord stored = AnyStored();
    const Taken keep = SomeKeep();
    const Taken would = WouldTake(stored, desired);
    const UserRecord merged = Merge(stored, desired, keep);
    for (const std::string& key : would.trait_keys) {
      RC_ASSERT(merged.traits.contains(key) == Holds(keep.trait_keys, key));
      if (merged.traits.contains(key)) RC_ASSERT(merged.traits.at(key) == stored.traits.at(key));
    }
    for (const std::string& role : would.roles)
      RC_ASSERT(Holds(merged.roles, role) == Holds(keep.roles, role));
    // Still ours: what is left to take is what was kept.
    const Taken left = WouldTake(merged, desired);
    for (const std::string& key : would.trait_keys) {
      RC_ASSERT(Holds(left.trait_keys, key) == Holds(keep.trait_keys, key));
    }
    for (const std::string& role : would.roles) RC_ASSERT(Holds(left.roles, role) == Holds(keep.roles, role));
    RC_ASSERT(left.trait_keys.size() <= would.trait_keys.size());
    RC_ASSERT(left.roles.size() <= would.roles.size());
    // A second run with the same word writes nothing.
    RC_ASSERT(Same(Merge(merged, desired, keep), merged));
  }));
}

TEST_CASE("R12: keeping all first and taking it later ends where a plain merge ends") {
  REQUIRE(rc::check([] {
    const DesiredUser desired = AnyDesired();
    const UserRecord stored = AnyStored();
    const Taken would = WouldTake(stored, desired);
    const UserRecord kept = Merge(stored, desired, would);
    RC_ASSERT(Same(Without(kept, would), Merge(stored, desired, {})));
    RC_ASSERT(DigestOf(Without(kept, would)) == DigestOf(desired));
  }));
}

TEST_CASE("R12: Without takes nothing that is not ours and nothing that is not asked") {
  REQUIRE(rc::check([] {
    const UserRecord stored = AnyStored();
    const Taken asked = SomeKeep();
    const UserRecord left = Without(stored, asked);
    const Remembered own(stored.labels, labels::kTraits);
    const Remembered given(stored.labels, labels::kRoles);
    for (const auto& [key, values] : stored.traits) {
      const bool goes = Holds(asked.trait_keys, key) && IsOursTrait(key, own);
      RC_ASSERT(left.traits.contains(key) != goes);
    }
    for (const std::string& role : stored.roles) {
      RC_ASSERT(Holds(left.roles, role) != (Holds(asked.roles, role) && given.Holds(role)));
    }
    RC_ASSERT(Same(Without(stored, {}), stored));
    RC_ASSERT(Same(Without(left, asked), left));
  }));
}

}  // namespace
}  // namespace oktasync::traits
