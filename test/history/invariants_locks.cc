// Invariants about locks: who may be shut out, on which proof, how many, and who is let in again.
#include <algorithm>

#include "history/invariants.h"
#include "model/labels.h"

namespace history {

namespace labels = oktasync::labels;
using oktasync::LabelOr;
using oktasync::reconcile::HeldKind;

namespace {

constexpr absl::Duration kReadAge = absl::Seconds(60);
constexpr absl::Duration kCredentialLife = absl::Hours(30);

bool TakesAway(std::string_view purpose) {
  return purpose == "leave" || purpose == "rename" || purpose == "handover";
}

std::string IdOf(const oktasync::LockRecord& lock) {
  return std::string(LabelOr(lock.labels, labels::kLockOktaUserId));
}

}  // namespace

// Whether so many were looked up singly in this run that the second walk stands in for the rest.
bool Invariants::Bulk(const RunFacts& run) {
  constexpr std::ptrdiff_t kMany = 20;
  std::ptrdiff_t looked_up = 0;
  for (const auto& [id, reads] : run.reads) {
    looked_up += std::count_if(reads.begin(), reads.end(), [](const Read& read) { return !read.of_user; });
  }
  return looked_up >= kMany;
}

void Invariants::SeeLock(const Entry& entry, RunFacts& run) {
  const oktasync::LockRecord& after = *entry.lock_after;
  const std::string id = IdOf(after);
  const std::string purpose(LabelOr(after.labels, labels::kPurpose));
  const std::string key = id + " " + after.user;
  if (run.plan) Break(12, entry, "a plan wrote");
  if (!OursLock(after)) Break(1, entry, "a lock was left that does not carry our labels");
  if (entry.lock_before != nullptr && !OursLock(*entry.lock_before) && !ForeignSince(after.name, run)) {
    Break(1, entry, "a lock was overwritten that is not ours");
  }
  if (entry.lock_before != nullptr && OursLock(*entry.lock_before) &&
      (IdOf(*entry.lock_before) != id || entry.lock_before->user != after.user)) {
    Break(1, entry, "a lock of ours was turned against somebody else");
  }
  if (!after.InForce(entry.at)) {
    locks_[after.name] = entry.lock_after;
    SeeLift(entry, run, id);
    return;
  }
  const auto user = users_.find(after.user);
  if (user != users_.end() && !ForeignSince(after.user, run) &&
      (!OursUser(*user->second) || LabelOr(user->second->labels, labels::kOktaUserId) != id)) {
    Break(1, entry, "a lock on a user who is not ours, or somebody else's");
  }
  const bool waits =
      purpose == "suspend" || (purpose == "handover" && LabelOr(after.labels, labels::kApproval).empty());
  if (waits && std::min(after.expires, after.record_expires) != absl::InfiniteFuture()) {
    Break(9, entry, "a lock that waits for somebody ends by itself (R15, R19)");
  }
  CheckCalm(entry, run, id);
  if (purpose == "suspend") {
    const auto row = run.rows.find(id);
    const bool said = row != run.rows.end() && WhatSays(*row->second.person) == Says::kSuspended;
    if (!said || !promises_.lock_suspended) Break(3, entry, "a suspend lock without a suspension");
  } else {
    CheckProof(entry, run, id, entry.boot);
    CheckWhole(entry, run, id);
    CountRemoval(entry, run, id);
  }
  locks_[after.name] = entry.lock_after;
  duds_.erase(after.name);
  if (entry.dud) duds_.insert(after.name);
  locked_at_[after.name] = entry.seq;
  run.locked_boot[key] = entry.boot;
  removed_at_[id] = entry.seq;
  CheckQuarantine(entry);
}

// 4 and 9: back comes only who was read as present after his lock was seen, or who was approved. A lock that
// another one outlives may go: nobody comes back by that.
void Invariants::SeeLift(const Entry& entry, RunFacts& run, const std::string& id) {
  const oktasync::LockRecord& lock = *entry.lock_after;
  const bool was_in_force = entry.lock_before != nullptr && InForce(lock.name, *entry.lock_before, entry.at);
  if (!was_in_force) return;
  if (Cover(lock.user, "", entry.at) >= entry.at + kCredentialLife) return;
  const auto locked = locked_at_.find(lock.name);
  const uint64_t after = locked == locked_at_.end() ? 0 : locked->second;
  bool allowed = SaidPresent(run, id, lock.user, after, false);
  const auto user = users_.find(lock.user);
  if (!allowed && user != users_.end()) {
    allowed =
        ApprovedTakeover(entry, std::string(LabelOr(user->second->labels, labels::kOktaUserId)), lock.user);
  }
  if (!allowed) {
    Break(4, entry,
          "a lock was lifted without a single read of " + id + " that says present as " + lock.user +
              " and began after the lock, and without an approval");
    return CheckQuarantine(entry);
  }
  quarantined_.erase(lock.user);
}

// 3: a single read, at most 60 s old, that proves the departure or the new name.
void Invariants::CheckProof(const Entry& entry, const RunFacts& run, const std::string& id,
                            absl::Duration sent) {
  const std::string name = entry.what == Entry::What::kLock ? entry.lock_after->user : entry.name;
  const std::string purpose = entry.what == Entry::What::kLock
                                  ? std::string(LabelOr(entry.lock_after->labels, labels::kPurpose))
                                  : std::string();
  bool proven = false;
  const auto reads = run.reads.find(id);
  if (reads != run.reads.end()) {
    for (const Read& read : reads->second) {
      if (sent - read.began_boot > kReadAge) continue;
      if (purpose != "rename" && purpose != "handover") {
        const bool user_gone = read.person == nullptr || read.person->status == "DEPROVISIONED";
        const bool unassigned =
            !read.of_user && (read.person == nullptr || WhatSays(*read.person) == Says::kGone);
        proven = proven || (read.of_user ? user_gone : unassigned && run.app_good);
      }
      // The second walk, which began when the list had been read whole: it says so, or he is missing again and
      // one of many.
      if (run.second && read.of_user && run.app_good && (purpose.empty() || purpose == "leave")) {
        const auto again = run.second_rows.find(id);
        proven = proven || (again == run.second_rows.end() ? Bulk(run)
                                                           : WhatSays(*again->second.person) == Says::kGone);
      }
      if (purpose != "leave" && !read.of_user && read.person != nullptr) {
        proven = proven || (WhatSays(*read.person) == Says::kPresent && read.person->user_name != name);
      }
    }
  }
  if (!proven) {
    Break(3, entry,
          "no single read of " + id + " in the last minute proves that he left or has another name");
  }
}

// 5: whoever has been present under this very name since before the run began.
void Invariants::CheckCalm(const Entry& entry, const RunFacts& run, const std::string& id) {
  const std::string& name = entry.what == Entry::What::kLock ? entry.lock_after->user : entry.name;
  const auto truth = people_.find(id);
  if (truth == people_.end()) return;
  const Person& person = truth->second.person;
  // R13: in bulk a second walk stands for the single reads, and neither walk showed him.
  if (run.second && !run.rows.contains(id) && !run.second_rows.contains(id) && Bulk(run)) return;
  if (WhatSays(person) == Says::kPresent && person.user_name == name && truth->second.since < run.began_seq) {
    Break(5, entry, id + " is present as " + name + " all the time, and is shut out");
  }
}

// 6: without a whole walk nobody goes but who was on his way out already (R16), and who is deactivated when no
// walk has succeeded for long (R23).
void Invariants::CheckWhole(const Entry& entry, const RunFacts& run, const std::string& id) {
  if (run.whole) return;
  const std::string& name = entry.what == Entry::What::kLock ? entry.lock_after->user : entry.name;
  if (run.locked_at_begin.contains(id + " " + name)) return;
  const Read* user = Latest(run, id, true);
  const bool deactivated =
      user != nullptr && (user->person == nullptr || user->person->status == "DEPROVISIONED");
  if (run.overdue && deactivated) return;
  Break(6, entry, "somebody is shut out although the list was not read whole");
}

// 7: what the guard lets through.
void Invariants::CountRemoval(const Entry& entry, const RunFacts& run, const std::string& id) {
  const oktasync::LockRecord& after = *entry.lock_after;
  if (!TakesAway(LabelOr(after.labels, labels::kPurpose))) return;
  const std::string key = id + " " + after.user;
  if (!LabelOr(after.labels, labels::kApproval).empty()) {
    const bool rename = LabelOr(after.labels, labels::kPurpose) == "rename";
    const bool approved = std::any_of(approvals_.begin(), approvals_.end(), [&](const Approved& known) {
      if (known.process != entry.process || entry.boot - known.boot > absl::Hours(24) + absl::Minutes(3)) {
        return false;
      };
      return std::any_of(known.set->items.begin(), known.set->items.end(), [&](const auto& item) {
        return item.okta_id == id && item.name == after.user && (!rename || !item.what.empty());
      });
    });
    if (!approved) Break(7, entry, "a lock says that it was approved, and was not");
    // What was locked before the approval is an approved removal from now on.
    std::erase_if(removals_, [&](const Removal& removal) { return removal.key == key; });
    return;
  }
  if (!LabelOr(after.labels, labels::kHeld).empty()) {
    const Read* user = Latest(run, id, true);
    if (user == nullptr || (user->person != nullptr && user->person->status != "DEPROVISIONED")) {
      Break(7, entry, "a lock beyond the limit on somebody whom no read shows as deactivated");
    }
    return;
  }
  for (const auto& [lock_name, lock] : locks_) {
    if (lock->user == after.user && IdOf(*lock) == id && OursLock(*lock) && lock->InForce(entry.at) &&
        TakesAway(LabelOr(lock->labels, labels::kPurpose)) && LabelOr(lock->labels, labels::kHeld).empty()) {
      return;  // counted when that lock was made
    }
  }
  const uint64_t before = removals_.size();
  removals_.push_back({entry.at, key});
  const uint64_t share = (run.users.size() + before) * promises_.guard_percent / 100;
  const uint64_t limit = std::min(std::max(promises_.guard_least, share), promises_.guard_most);
  if (removals_.size() > limit && !run.stale) {
    Break(7, entry,
          std::to_string(removals_.size()) + " removals in 24 hours without an approval; the limit is " +
              std::to_string(limit));
  }
  if (!run.whole || run.stale) return;
  uint64_t absent = 0;
  for (const auto& [user_id, name] : run.users) {
    if (run.rows.contains(user_id) || run.locked_at_begin.contains(user_id + " " + name)) continue;
    if (!ApprovedFor(entry, HeldKind::kRemovals, user_id, "")) ++absent;
  }
  if (run.rows.empty() || absent * 2 > run.users.size()) {
    Break(7, entry,
          std::to_string(absent) + " of " + std::to_string(run.users.size()) +
              " users are missing from the list, and somebody is shut out on that");
  }
}

// 9: the name of whom we removed stays locked.
void Invariants::CheckQuarantine(const Entry& entry) {
  const std::string& name = entry.lock_after->user;
  const auto held = quarantined_.find(name);
  if (held == quarantined_.end()) return;
  if (Cover(name, "", entry.at) >= held->second.until) return;
  Break(9, entry,
        "the name of " + held->second.id + ", whom we removed, is not locked for 30 hours any more");
  quarantined_.erase(held);
}

}  // namespace history
