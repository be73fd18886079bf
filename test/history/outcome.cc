#include "history/outcome.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "model/labels.h"

namespace history {

namespace labels = oktasync::labels;
using oktasync::FoldCase;
using oktasync::LabelOr;

namespace {

constexpr char kSource[] = "00oorg/0oaapp";

bool Ours(const oktasync::UserRecord& user) {
  return LabelOr(user.labels, labels::kOrigin) == labels::kOriginOkta &&
         LabelOr(user.labels, labels::kSource) == kSource &&
         !LabelOr(user.labels, labels::kOktaUserId).empty();
}

bool OursInForce(const World& world, const oktasync::LockRecord& lock) {
  return LabelOr(lock.labels, labels::kSource) == kSource && lock.InForce(world.ServerNow()) &&
         lock.record_expires > world.ServerNow() && !world.teleport.dud_locks.contains(lock.name);
}

bool AllowedName(const std::string& name) {
  return !name.empty() && name.substr(0, 4) != "bot-" && name.find(' ') == std::string::npos;
}

struct Holding {
  std::string id;
  std::string name;
};

class Judge {
 public:
  explicit Judge(const World& world) : world_(world) {
    for (const auto& [name, user] : world.teleport.users.Fresh()) {
      if (Ours(*user)) {
        ours_.push_back({std::string(LabelOr(user->labels, labels::kOktaUserId)), name});
      } else {
        blocked_.insert(FoldCase(name));
        Unlabelled(name, *user);
      }
    }
  }

  std::vector<std::string> Say() && {
    for (const Holding& user : ours_) {
      const Person* person = world_.okta.Find(user.id);
      const Says says = person == nullptr ? Says::kGone : WhatSays(*person);
      if (says == Says::kGone) wrong_.push_back(user.id + " is gone in Okta and still is " + user.name);
      if (says == Says::kSuspended && world_.settings.lock_suspended && !Locked(user.name)) {
        wrong_.push_back(user.id + " is suspended and " + user.name + " is not locked");
      }
      if (says != Says::kPresent) blocked_.insert(FoldCase(user.name));  // stays as it is
    }
    FindStuck();
    for (const auto& [id, person] : wanting_) {
      if (!stuck_.contains(id)) CheckWhole(id, *person);
    }
    return std::move(wrong_);
  }

 private:
  bool Locked(const std::string& name) const {
    return std::any_of(
        world_.teleport.locks.Fresh().begin(), world_.teleport.locks.Fresh().end(),
        [&](const auto& lock) { return lock.second->user == name && OursInForce(world_, *lock.second); });
  }

  // Somebody whom another sync of the org has made is left to it, unless we adopt.
  void Unlabelled(const std::string& name, const oktasync::UserRecord& user) {
    if (LabelOr(user.labels, labels::kOrigin) != labels::kOriginOkta) return;
    if (!LabelOr(user.labels, labels::kSource).empty()) return;
    if (LabelOr(user.labels, labels::kOrg) != world_.okta.org.canonical_url) return;
    const std::string id(LabelOr(user.labels, labels::kOktaUserId));
    for (const auto& [known, person] : world_.okta.people) {
      const bool his = known == id || person.user_name == name;
      if (!his || WhatSays(person) != Says::kPresent) continue;
      if (world_.settings.adopt && AllowedName(person.user_name) && (id.empty() || known == id) &&
          !HasUser(known)) {
        wrong_.push_back(name + " was not taken over for " + known);
      }
      if (!HasUser(known)) theirs_.insert(known);
    }
  }

  bool HasUser(const std::string& id) const {
    return std::any_of(world_.teleport.users.Fresh().begin(), world_.teleport.users.Fresh().end(),
                       [&](const auto& user) {
                         return Ours(*user.second) && LabelOr(user.second->labels, labels::kOktaUserId) == id;
                       });
  }

  bool Has(const std::string& id, const std::string& name) const {
    return std::any_of(ours_.begin(), ours_.end(),
                       [&](const Holding& user) { return user.id == id && user.name == name; });
  }

  // Who cannot have the wanted name: somebody not ours has it, or somebody who does not move, or another of
  // several who want it. Whoever is stuck keeps what he has, which may stop others.
  void FindStuck() {
    std::map<std::string, std::vector<std::string>> wanted;  // folded name to Okta ids
    for (const auto& [id, person] : world_.okta.people) {
      if (WhatSays(person) != Says::kPresent || theirs_.contains(id)) continue;
      wanting_[id] = &person;
      if (AllowedName(person.user_name)) wanted[FoldCase(person.user_name)].push_back(id);
    }
    for (const auto& [id, person] : wanting_) {
      if (!AllowedName(person->user_name)) stuck_.insert(id);
    }
    for (const auto& [name, ids] : wanted) {
      if (ids.size() < 2) continue;
      const auto winner = std::find_if(
          ids.begin(), ids.end(), [&](const std::string& id) { return Has(id, wanting_[id]->user_name); });
      contested_.emplace(name, winner != ids.end());
      for (const std::string& id : ids) {
        if (winner == ids.end() || id != *winner) stuck_.insert(id);
      }
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (const Holding& user : ours_) {
        if (stuck_.contains(user.id)) blocked_.insert(FoldCase(user.name));
      }
      for (const auto& [id, person] : wanting_) {
        if (stuck_.contains(id) || !blocked_.contains(FoldCase(person->user_name))) continue;
        // Blocked by his own user of another spelling: nobody else is in his way.
        stuck_.insert(id);
        changed = true;
      }
    }
    for (const auto& [name, has_winner] : contested_) {
      if (!has_winner && !blocked_.contains(name)) {
        wrong_.push_back("several want the free name " + name + ", and nobody has it");
      }
    }
  }

  void CheckWhole(const std::string& id, const Person& person) {
    const std::string& name = person.user_name;
    for (const Holding& user : ours_) {
      if (user.id == id && user.name != name) {
        wrong_.push_back(id + " is " + name + " in Okta and still has " + user.name);
      }
    }
    if (!Has(id, name)) {
      wrong_.push_back(id + " is present as " + name + ", which is free, and has no user of that name");
      return;
    }
    if (Locked(name)) wrong_.push_back(id + " is present as " + name + " and locked");
    const oktasync::UserRecord& user = *world_.teleport.users.Find(name);
    std::set<std::string> wanted_roles = {kDefaultRole};
    const auto department = person.profile.find("department");
    if (department != person.profile.end() && department->second == "Eng") wanted_roles.insert(kEngineerRole);
    for (const char* role : {kDefaultRole, kEngineerRole}) {
      const bool has = std::find(user.roles.begin(), user.roles.end(), role) != user.roles.end();
      if (has != wanted_roles.contains(role)) {
        wrong_.push_back(name + (has ? " has" : " has not") + std::string(" the role ") + role);
      }
    }
    std::map<std::string, std::string> traits;
    for (const auto& [attribute, value] : person.profile) traits["okta/" + attribute] = value;
    std::map<std::string, std::string> has;
    for (const auto& [key, values] : user.traits) {
      if (key.substr(0, 5) == "okta/") has[key] = values.size() == 1 ? values.front() : "several";
    }
    if (traits != has) wrong_.push_back(name + " has other traits than Okta says");
  }

  const World& world_;
  std::vector<Holding> ours_;
  std::set<std::string> blocked_;  // folded names that nobody new can have
  std::set<std::string> theirs_;   // Okta ids that another sync looks after
  std::map<std::string, const Person*> wanting_;
  std::set<std::string> stuck_;
  std::map<std::string, bool> contested_;
  std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> NotAsItShould(const World& world) { return Judge(world).Say(); }

namespace {

std::string UsersKey(const World& world) {
  std::string key;
  for (const auto& [name, user] : world.teleport.users.Fresh()) {
    key += name + " of " + std::string(LabelOr(user->labels, labels::kOktaUserId)) + " from " +
           std::string(LabelOr(user->labels, labels::kSource));
    std::vector<std::string> roles = user->roles;  // their order means nothing
    std::sort(roles.begin(), roles.end());
    for (const std::string& role : roles) key += "," + role;
    for (const auto& [trait, values] : user->traits) {
      key += "," + trait + "=" + (values.empty() ? "" : values.front());
    }
    key += "\n";
  }
  return key;
}

}  // namespace

std::string OutcomeKey(const World& world) {
  std::string key = UsersKey(world);
  std::multiset<std::string> locks;
  for (const auto& [name, lock] : world.teleport.locks.Fresh()) {
    if (!lock->InForce(world.ServerNow()) || lock->record_expires <= world.ServerNow()) continue;
    locks.insert(std::string(LabelOr(lock->labels, labels::kPurpose)) + " of " +
                 std::string(LabelOr(lock->labels, labels::kLockOktaUserId)) + " on " + lock->user +
                 (lock->expires == absl::InfiniteFuture() ? " for ever" : "") +
                 (LabelOr(lock->labels, labels::kHeld).empty() ? "" : " held"));
  }
  for (const std::string& lock : locks) key += lock + "\n";
  return key;
}

std::string EndKey(const World& world) {
  std::map<std::string, bool> out;  // who under which name: for ever?
  for (const auto& [name, lock] : world.teleport.locks.Fresh()) {
    if (!OursInForce(world, *lock)) continue;
    out[std::string(LabelOr(lock->labels, labels::kLockOktaUserId)) + " is locked out of " + lock->user] |=
        lock->expires == absl::InfiniteFuture();
  }
  std::string key = UsersKey(world);
  for (const auto& [who, for_ever] : out) key += who + (for_ever ? " for ever" : "") + "\n";
  return key;
}

}  // namespace history
