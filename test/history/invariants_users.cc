// Invariants about users: what may be made, changed and deleted.
#include <algorithm>

#include "base/text.h"
#include "history/invariants.h"
#include "model/labels.h"

namespace history {

namespace labels = oktasync::labels;
using oktasync::LabelOr;
using oktasync::reconcile::HeldKind;

namespace {

constexpr absl::Duration kCredentialLife = absl::Hours(30);

std::string IdOf(const oktasync::UserRecord& user) {
  return std::string(LabelOr(user.labels, labels::kOktaUserId));
}

bool IsTraitKey(std::string_view key) {
  if (key.substr(0, 5) != "okta/" || key.size() == 5) return false;
  return std::all_of(key.begin() + 5, key.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool Holds(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

bool Invariants::ForeignSince(const std::string& name, const RunFacts& run) const {
  const auto it = foreign_at_.find(name);
  return it != foreign_at_.end() && it->second > run.began_seq;
}

bool Invariants::SaidPresent(const RunFacts& run, const std::string& id, const std::string& name,
                             uint64_t after, bool rows_count) const {
  const auto says = [&](const Read& read) {
    return read.began_seq >= after && read.person != nullptr && WhatSays(*read.person) == Says::kPresent &&
           (name.empty() || read.person->user_name == name);
  };
  if (rows_count) {
    const auto row = run.rows.find(id);
    if (row != run.rows.end() && says(row->second)) return true;
  }
  const auto reads = run.reads.find(id);
  if (reads == run.reads.end()) return false;
  return std::any_of(reads->second.begin(), reads->second.end(),
                     [&](const Read& read) { return !read.of_user && says(read); });
}

// 13: what we add has our keys, and roles that the configuration gives. And R8: what others gave stays.
void Invariants::CheckGiven(const Entry& entry) {
  const oktasync::UserRecord none;
  const oktasync::UserRecord& before = entry.user_before != nullptr ? *entry.user_before : none;
  const oktasync::UserRecord& after = *entry.user_after;
  for (const auto& [key, values] : after.traits) {
    if (!before.traits.contains(key) && !IsTraitKey(key)) {
      Break(13, entry, "the trait " + key + " was added, which is not ours");
    }
  }
  for (const std::string& role : after.roles) {
    if (!Holds(before.roles, role) && !promises_.roles.contains(role)) {
      Break(13, entry, "the role " + role + " was given, which no rule gives");
    }
  }
  const std::vector<std::string> given = oktasync::SplitList(LabelOr(before.labels, labels::kRoles));
  for (const std::string& role : before.roles) {
    if (!Holds(given, role) && !Holds(after.roles, role)) {
      Break(1, entry, "the role " + role + ", which somebody else gave, was taken away");
    }
  }
  for (const auto& [key, values] : before.traits) {
    const auto kept = after.traits.find(key);
    if (key.substr(0, 5) != "okta/" && (kept == after.traits.end() || kept->second != values)) {
      Break(1, entry, "the trait " + key + ", which somebody else gave, was changed");
    }
  }
}

void Invariants::SeeCreate(const Entry& entry, RunFacts& run) {
  const oktasync::UserRecord& user = *entry.user_after;
  const std::string id = IdOf(user);
  if (run.plan) Break(12, entry, "a plan wrote");
  if (entry.user_before != nullptr) Break(1, entry, "a create replaced what was there");
  if (!OursUser(user)) Break(1, entry, "a user was made that does not carry our labels");
  const auto removed = removed_at_.find(id);
  const uint64_t after = removed == removed_at_.end() ? 0 : removed->second;
  const bool approved = ApprovedTakeover(entry, id, user.name);
  // In an approved handover the old user goes before the new one comes: the read before both is cited.
  if (!SaidPresent(run, id, user.name, approved ? run.began_seq : after, true)) {
    Break(4, entry,
          "the create follows no read of " + id + " that says present as " + user.name +
              " and began after the last removal");
  }
  for (const auto& [lock_name, lock] : locks_) {
    if (!OursLock(*lock) || !InForce(lock_name, *lock, entry.at)) continue;
    if (oktasync::FoldCase(lock->user) != oktasync::FoldCase(user.name)) continue;
    if (LabelOr(lock->labels, labels::kLockOktaUserId) != id && !approved) {
      Break(9, entry,
            "the name is in quarantine, under a lock of " +
                std::string(LabelOr(lock->labels, labels::kLockOktaUserId)));
    }
  }
  CheckGiven(entry);
  users_[user.name] = entry.user_after;
}

void Invariants::SeeUpdate(const Entry& entry, RunFacts& run) {
  const oktasync::UserRecord& before = *entry.user_before;
  const oktasync::UserRecord& after = *entry.user_after;
  const std::string id = IdOf(after);
  if (run.plan) Break(12, entry, "a plan wrote");
  if (!OursUser(after)) Break(1, entry, "an update left a user that does not carry our labels");
  if (!OursUser(before)) {
    const bool adoptable = promises_.adopt && LabelOr(before.labels, labels::kSource).empty() &&
                           LabelOr(before.labels, labels::kOrigin) == labels::kOriginOkta &&
                           LabelOr(before.labels, labels::kOrg) == promises_.org_url &&
                           (IdOf(before).empty() || IdOf(before) == id);
    if (!adoptable) Break(1, entry, "an update found a user that is not ours");
  } else if (IdOf(before) != id) {
    Break(1, entry, "an update gave the user of " + IdOf(before) + " to " + id);
  }
  if (!SaidPresent(run, id, "", run.began_seq, true)) {
    Break(4, entry, "the update follows no read of " + id + " in this run that says present");
  }
  CheckGiven(entry);
  users_[after.name] = entry.user_after;
}

void Invariants::SeeDelete(const Entry& entry, RunFacts& run) {
  const oktasync::UserRecord& before = *entry.user_before;
  const std::string id = IdOf(before);
  if (run.plan) Break(12, entry, "a plan wrote");
  if (!OursUser(before) && !ForeignSince(entry.name, run)) {
    Break(1, entry, "a user was deleted that is not ours");
  }
  if (Cover(entry.name, "", entry.at) < entry.at + kCredentialLife) {
    Break(2, entry, "no lock on the name is in force for another 30 hours");
  }
  const auto locked = run.locked_boot.find(id + " " + entry.name);
  CheckProof(entry, run, id, locked == run.locked_boot.end() ? entry.boot : locked->second);
  CheckCalm(entry, run, id);
  CheckWhole(entry, run, id);
  bool counted = false;
  for (const auto& [lock_name, lock] : locks_) {
    counted =
        counted || (lock->user == entry.name && OursLock(*lock) && InForce(lock_name, *lock, entry.at) &&
                    LabelOr(lock->labels, labels::kLockOktaUserId) == id &&
                    LabelOr(lock->labels, labels::kPurpose) != "suspend" &&
                    LabelOr(lock->labels, labels::kHeld).empty());
  }
  if (!counted) Break(7, entry, "the deletion is under no lock that the guard counts and no approval");
  users_.erase(entry.name);
  removed_at_[id] = entry.seq;
  quarantined_[entry.name] = {id, entry.at + kCredentialLife};
}

}  // namespace history
