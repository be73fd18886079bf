#include "harness/invariants.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/text.h"
#include "harness/okta_truth.h"
#include "harness/record_entry.h"
#include "harness/removals.h"

namespace harness {
namespace {

using nlohmann::json;
using oktasync::FoldCase;

constexpr double kCredentialLife = 30 * 3600.0;
constexpr double kReadAge = 60.0;
constexpr double kRun = 600.0;  // no run of a test takes so long

bool IsTraitKey(const std::string& key) {
  constexpr const char* kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  return key.rfind("okta/", 0) == 0 && key.size() > 5 &&
         key.find_first_not_of(kLetters, 5) == std::string::npos;
}

class Judge {
 public:
  explicit Judge(const Promises& promises)
      : promises_(promises), okta_(promises.AppId()), removals_(promises, okta_) {}

  std::vector<std::string> Hear(const json& record) {
    for (const json& entry : record) {
      okta_.See(entry);
      at_ = entry.value("at", at_);
      seq_ = entry.value("seq", seq_);
      for (std::string& sentence : removals_.See(entry)) broken_.push_back(std::move(sentence));
      if (Text(entry, "kind") != "write") continue;
      if (IsWrite(entry)) Write(entry);
      Keep(entry);
    }
    AtTheEnd();
    return std::move(broken_);
  }

 private:
  struct Lock {
    json value;
    double written = 0;
  };
  struct Removal {
    std::string id;
    double at = 0;
    bool leave = false;
    bool given = false;  // its lock was lifted for somebody to whom an approval gave the name
  };

  void Broken(const char* number, const std::string& sentence) {
    broken_.push_back(std::string(number) + ": " + what_ + " " + sentence);
  }

  bool Ours(const json& resource) const { return IsOf(resource, promises_.source); }
  bool Adoptable(const json& before) const {
    const std::string org = promises_.source.substr(0, promises_.source.find('/'));
    return promises_.adopt && Label(before, "teleport.dev/origin") == "okta" &&
           Label(before, "oktasync/source").empty() && !Label(before, "okta/org").empty() && !org.empty() &&
           (promises_.org_url.empty() || Label(before, "okta/org") == promises_.org_url);
  }

  void Write(const json& entry) {
    const std::string call = Text(entry, "call");
    const std::string name = Text(entry, "name");
    const json before = entry.value("before", json());
    const json after = entry.value("after", json());
    what_ = call + " of " +
            (call == "UpsertLock" ? Target(after) + " (" + Label(after, "oktasync/purpose") + ")" : name) +
            " (entry " + std::to_string(entry.value("seq", 0)) + ")";
    if (!before.is_null() && !Ours(before) && !(call == "UpdateUser" && Adoptable(before)))
      Broken("1", "found what is not ours");
    if (!after.is_null() && !Ours(after)) Broken("1", "left what is not ours");
    if (call == "UpsertLock") Locked(name, before, after);
    if (call == "DeleteLock") LockRemoved(name, before);
    if (call == "DeleteUser") Deleted(name, before);
    if (call == "CreateUser") Created(name, after);
    if (call == "CreateUser" || call == "UpdateUser") Given(before, after);
  }

  using Asked = OktaTruth::Asked;
  using Read = OktaTruth::Read;

  bool Shown(const std::string& id, double since, const std::function<bool(const Read&)>& so) const {
    const auto reads = okta_.ReadsOf(id, since);
    return std::any_of(reads.begin(), reads.end(), so);
  }
  // By the user, who is deactivated or deleted; or by the assignment; or, for many, by the user and two whole lists.
  bool ShownGone(const std::string& id) const {
    int lists = 0;
    bool user_read = false;
    for (const Read& read : okta_.ReadsOf(id, at_ - kRun)) {
      if (read.state.presence != Presence::kGone) continue;
      const bool fresh = read.began >= at_ - kReadAge;
      if (fresh && (read.asked == Asked::kUser ? read.state.user_gone : read.asked == Asked::kAssignment))
        return true;
      user_read = user_read || (fresh && read.asked == Asked::kUser);
      lists += read.asked == Asked::kLastPage ? 1 : 0;
    }
    return user_read && lists >= 2;
  }
  bool ShownRenamed(const std::string& id, const std::string& old_name) const {
    return Shown(id, at_ - kReadAge, [&](const Read& read) {
      return read.asked == Asked::kAssignment && read.state.presence == Presence::kPresent &&
             !read.state.user_name.empty() && read.state.user_name != old_name;
    });
  }
  bool ShownPresent(const std::string& id, const std::string& name, double since, bool singly) const {
    return Shown(id, since, [&](const Read& read) {
      return read.asked != Asked::kUser && (read.asked == Asked::kAssignment || !singly) &&
             read.state.presence == Presence::kPresent &&
             (read.state.user_name.empty() || read.state.user_name == name);
    });
  }

  bool IsGiven(const std::string& name, const std::string& id) const {
    return promises_.GivesName(name, id, seq_);
  }
  bool CleansUp(const json& lock) const { return promises_.CleansUp(lock, seq_); }

  void Locked(const std::string& lock_name, const json& before, const json& after) {
    const std::string id = Label(after, "oktasync/okta-user-id");
    const std::string purpose = Label(after, "oktasync/purpose");
    const std::string target = Target(after);
    if (!before.is_null() && Target(before) != target) Broken("1", "aims at somebody else than before");
    if (!Lasts(after, at_)) {
      if (Lasts(before, at_)) Lifted(lock_name, id, target);
      return;
    }
    if (purpose == "leave" && !CleansUp(after) && !ShownGone(id))
      Broken("3", "follows no single read of " + id + " in the last minute that shows him gone");
    if ((purpose == "rename" || purpose == "handover") && !ShownRenamed(id, target))
      Broken("3", "follows no single read of " + id + " in the last minute that shows another name");
    if (purpose == "suspend" && !Shown(id, at_ - kReadAge, [](const Read& read) {
          return read.asked != Asked::kUser && read.state.presence == Presence::kSuspended;
        })) {
      Broken("3", "follows no read of " + id + " in the last minute that shows him suspended");
    }
  }

  // Only in a cleanup; of a lock in force only when certificates from before it have ended.
  void LockRemoved(const std::string& lock_name, const json& before) {
    const std::string id = Label(before, "oktasync/okta-user-id");
    if (!promises_.CleansUpLock(lock_name, id, Target(before), seq_)) return Broken("4", "was not approved");
    const auto known = locks_.find(lock_name);
    if (Lasts(before, at_) && (known == locks_.end() || known->second.written > at_ - kCredentialLife))
      Broken("9", "removes a lock in force that has not stood for 30 hours");
  }

  void Lifted(const std::string& lock_name, const std::string& id, const std::string& target) {
    const auto known = locks_.find(lock_name);
    const double placed = known == locks_.end() ? 0 : known->second.written;
    if (ShownPresent(id, target, placed, true)) return;
    if (IsGiven(target, "")) {
      const auto removed = removed_.find(FoldCase(target));
      if (removed != removed_.end()) removed->second.given = true;
      return;
    }
    for (const auto& [name, lock] : locks_) {
      if (name != lock_name && Ours(lock.value) && Target(lock.value) == target &&
          Lasts(lock.value, at_ + kCredentialLife)) {
        return;
      }
    }
    Broken("4", "lifts a lock, and no single read of " + id +
                    " since it was placed shows him present under that name");
  }

  void Deleted(const std::string& name, const json& before) {
    const std::string id = Label(before, "teleport.internal/okta-user-id");
    Removal removal{id, at_};
    bool locked = false;
    bool cleaned_up = false;
    for (const auto& [lock_name, lock] : locks_) {
      if (Target(lock.value) != name || !Lasts(lock.value, at_ + kCredentialLife - 1)) continue;
      locked = true;
      cleaned_up = cleaned_up || CleansUp(lock.value);
      removal.leave = removal.leave || Label(lock.value, "oktasync/purpose") == "leave";
    }
    if (!locked) Broken("2", "follows no lock that outlives it by 30 hours");
    if (!cleaned_up && !ShownGone(id) && !ShownRenamed(id, name))
      Broken("3", "follows no single read of " + id + " in the last minute that shows him gone or renamed");
    if (removal.leave) left_[id] = at_;
    removed_[FoldCase(name)] = removal;
  }

  void Created(const std::string& name, const json& after) {
    const std::string id = Label(after, "teleport.internal/okta-user-id");
    const auto left = left_.find(id);
    if (!ShownPresent(id, name, std::max(at_ - kRun, left == left_.end() ? 0 : left->second), false))
      Broken("4", "follows no read of " + id + " that shows him present under that name");
    const auto removed = removed_.find(FoldCase(name));
    if (removed == removed_.end()) return;
    if (removed->second.id != id && at_ - removed->second.at < kCredentialLife && !IsGiven(name, id)) {
      Broken("9", "gives the name of " + removed->second.id + ", who was removed, to " + id);
    }
    removed_.erase(removed);
  }

  void Given(const json& before, const json& after) {
    const json none = json::object();
    const json& old_traits = before.is_object() && before.contains("traits") ? before["traits"] : none;
    if (after.contains("traits") && after["traits"].is_object()) {
      for (const auto& [key, value] : after["traits"].items()) {
        if (!old_traits.contains(key) && !IsTraitKey(key)) Broken("13", "adds the trait " + key);
      }
    }
    if (promises_.roles.empty() || !after.contains("roles")) return;
    const json had = before.is_object() ? before.value("roles", json::array()) : json::array();
    if (promises_.keeps_foreign) {
      for (const json& role : had) {
        const auto& roles = after["roles"];
        if (promises_.roles.count(role.get<std::string>()) == 0 &&
            std::find(roles.begin(), roles.end(), role) == roles.end()) {
          Broken("1", "takes the role " + role.get<std::string>() + ", which is not ours");
        }
      }
      for (const auto& [key, value] : old_traits.items()) {
        if (!IsTraitKey(key) && after.value("traits", none).value(key, json()) != value)
          Broken("1", "changes the trait " + key + ", which is not ours");
      }
    }
    for (const json& role : after["roles"]) {
      const bool known = promises_.roles.count(role.get<std::string>()) > 0 ||
                         std::find(had.begin(), had.end(), role) != had.end();
      if (!known) Broken("13", "gives the role " + role.get<std::string>());
    }
  }

  // The auth service's state after the write, whoever made it.
  void Keep(const json& entry) {
    const std::string call = Text(entry, "call");
    const std::string name = Text(entry, "name");
    const bool lock = call.find("Lock") != std::string::npos || call.find("lock") != std::string::npos;
    if (!lock) return;
    const json after = entry.value("after", json());
    if (after.is_null()) {
      locks_.erase(name);
    } else {
      Lock& kept = locks_[name];
      // A lock whose end is moved while it lasts is as old as before.
      if (!Lasts(kept.value, at_)) kept.written = at_;
      kept.value = after;
    }
  }

  void AtTheEnd() {
    for (const auto& [name, removal] : removed_) {
      what_ = "the name " + name;
      bool locked = false;
      for (const auto& [lock_name, lock] : locks_) {
        locked = locked || (FoldCase(Target(lock.value)) == name &&
                            Lasts(lock.value, removal.at + kCredentialLife - 1));
      }
      if (!locked && !removal.given)
        Broken("9", "of " + removal.id + ", who was removed, is not locked for 30 hours");
    }
  }

  const Promises& promises_;
  OktaTruth okta_;
  Removals removals_;
  double at_ = 0;
  uint64_t seq_ = 0;
  std::string what_;
  std::map<std::string, Lock> locks_;       // by name
  std::map<std::string, Removal> removed_;  // by folded user name, until somebody has it again
  std::map<std::string, double> left_;      // Okta id to its last removal as a leaver
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> BrokenInvariants(const json& record, const Promises& promises) {
  return Judge(promises).Hear(record);
}

}  // namespace harness
