#include "history/invariants.h"

#include <algorithm>

#include "base/text.h"
#include "model/labels.h"

namespace history {

namespace labels = oktasync::labels;
using oktasync::LabelOr;
using oktasync::reconcile::HeldKind;

namespace {

constexpr absl::Duration kWindow = absl::Hours(24);
// Clocks of both sides, and the time that a run takes.
constexpr absl::Duration kWindowSlack = absl::Minutes(3);
// By so much Teleport's listings lag at most.
constexpr absl::Duration kListingLag = absl::Seconds(2);
constexpr absl::Duration kApprovalLife = absl::Hours(24);

}  // namespace

void Invariants::Break(int number, const Entry& entry, const std::string& what) {
  broken_.push_back(std::to_string(number) + ": " + what + " [" + Words(entry) + "]");
}

bool Invariants::OursUser(const oktasync::UserRecord& user) const {
  return LabelOr(user.labels, labels::kOrigin) == labels::kOriginOkta &&
         LabelOr(user.labels, labels::kSource) == promises_.source &&
         !LabelOr(user.labels, labels::kOktaUserId).empty();
}

bool Invariants::OursLock(const oktasync::LockRecord& lock) const {
  return LabelOr(lock.labels, labels::kOrigin) == labels::kOriginOkta &&
         LabelOr(lock.labels, labels::kSource) == promises_.source &&
         !LabelOr(lock.labels, labels::kLockOktaUserId).empty() &&
         !LabelOr(lock.labels, labels::kPurpose).empty();
}

bool Invariants::InForce(const std::string& name, const oktasync::LockRecord& lock, absl::Time at) const {
  return lock.InForce(at) && !duds_.contains(name);
}

absl::Time Invariants::Cover(const std::string& name, const std::string& id, absl::Time at) const {
  absl::Time cover = absl::InfinitePast();
  for (const auto& [lock_name, lock] : locks_) {
    if (lock->user != name || !OursLock(*lock) || !InForce(lock_name, *lock, at)) continue;
    if (!id.empty() && LabelOr(lock->labels, labels::kLockOktaUserId) != id) continue;
    cover = std::max(cover, std::min(lock->expires, lock->record_expires));
  }
  return cover;
}

bool Invariants::ApprovedFor(const Entry& entry, HeldKind kind, const std::string& id,
                             const std::string& what) const {
  for (const Approved& approved : approvals_) {
    if (approved.process != entry.process || approved.set->kind != kind) continue;
    if (entry.boot - approved.boot > kApprovalLife + kWindowSlack) continue;
    for (const auto& item : approved.set->items) {
      if (item.okta_id == id && oktasync::FoldCase(item.what) == oktasync::FoldCase(what)) return true;
    }
  }
  return false;
}

bool Invariants::ApprovedTakeover(const Entry& entry, const std::string& id, const std::string& name) const {
  return ApprovedFor(entry, HeldKind::kQuarantine, id, name) ||
         ApprovedFor(entry, HeldKind::kHandover, id, name);
}

bool Invariants::HasUser(const std::string& id, const std::string& name) const {
  const auto user = users_.find(name);
  return user != users_.end() && LabelOr(user->second->labels, labels::kOktaUserId) == id;
}

const Invariants::Read* Invariants::Latest(const RunFacts& run, const std::string& id, bool of_user) const {
  const auto it = run.reads.find(id);
  if (it == run.reads.end()) return nullptr;
  for (auto read = it->second.rbegin(); read != it->second.rend(); ++read) {
    if (read->of_user == of_user) return &*read;
  }
  return nullptr;
}

void Invariants::Forget(absl::Time now) {
  std::erase_if(locks_, [&](const auto& lock) { return lock.second->record_expires <= now; });
  std::erase_if(users_, [&](const auto& user) { return user.second->expires <= now; });
  std::erase_if(quarantined_, [&](const auto& name) { return name.second.until <= now; });
  while (!removals_.empty() && removals_.front().at <= now - kWindow + kWindowSlack) removals_.pop_front();
}

void Invariants::See(const Entry& entry) {
  using What = Entry::What;
  if (entry.what == What::kPerson) {
    Truth& truth = people_[entry.id];
    const bool same = WhatSays(truth.person) == WhatSays(*entry.person) &&
                      truth.person.user_name == entry.person->user_name && truth.since != 0;
    truth.person = *entry.person;
    if (!same) truth.since = entry.seq;
    return;
  }
  if (entry.what == What::kForeign) {
    if (entry.lock_after != nullptr) {
      locks_[entry.lock_after->name] = entry.lock_after;
    } else if (entry.user_after != nullptr) {
      users_[entry.user_after->name] = entry.user_after;
    } else {
      users_.erase(entry.name);
    }
    foreign_at_[entry.lock_after != nullptr ? entry.lock_after->name : entry.name] = entry.seq;
    return;
  }
  if (entry.what == What::kStart) last_whole_[entry.process] = entry.boot;
  if (entry.what == What::kApproval) {
    approvals_.push_back({entry.began_boot, entry.process, entry.approval});
  }
  if (entry.what == What::kLease) leaseholder_ = entry.process;
  if (entry.what == What::kBegin) return SeeBegin(entry);
  const auto found = runs_.find(entry.run);
  if (found == runs_.end()) return;
  RunFacts& run = found->second;
  switch (entry.what) {
    case What::kEnd:
      if (run.whole) last_whole_[run.process] = entry.boot;
      // An approval holds for one run that came to its end; that of a name in quarantine until it was taken.
      if (entry.good) {
        std::erase_if(approvals_, [&](const Approved& approved) {
          const auto& item = approved.set->items.front();
          const bool waits = approved.set->kind == HeldKind::kQuarantine && !HasUser(item.okta_id, item.what);
          return approved.process == run.process && approved.boot <= run.began_boot && !waits;
        });
      }
      runs_.erase(found);
      return;
    case What::kAppRead:
      run.app_good = entry.good;
      return;
    case What::kPage:
      // What begins when the list was read to its end is the second walk.
      for (const auto& [id, person] : *entry.rows) {
        (run.whole ? run.second_rows : run.rows)
            .emplace(id,
                     Read{entry.began_seq, entry.began_boot, false, std::make_shared<const Person>(person)});
      }
      return;
    case What::kWalkEnd:
      run.second = run.whole;
      run.whole = true;
      return;
    case What::kUserRead:
    case What::kAssignmentRead:
      run.reads[entry.id].push_back(
          {entry.began_seq, entry.began_boot, entry.what == What::kUserRead, entry.person});
      return;
    default:
      break;
  }
  if (!IsWrite(entry)) return;
  written_boot_ = entry.boot;
  Forget(entry.at);
  if (leaseholder_ != entry.process) {
    Break(14, entry, "a write of a process whose lease another has taken over");
  }
  switch (entry.what) {
    case What::kCreate:
      return SeeCreate(entry, run);
    case What::kUpdate:
      return SeeUpdate(entry, run);
    case What::kDelete:
      return SeeDelete(entry, run);
    default:
      return SeeLock(entry, run);
  }
}

void Invariants::SeeBegin(const Entry& entry) {
  Forget(entry.at);
  RunFacts run;
  run.process = entry.process;
  run.began_seq = entry.seq;
  run.began_boot = entry.boot;
  run.plan = entry.plan;
  run.stale = entry.lags && entry.boot - written_boot_ < kListingLag;
  run.overdue = entry.boot - last_whole_[entry.process] > promises_.alarm_after;
  for (const auto& [name, user] : users_) {
    if (!OursUser(*user)) continue;
    const std::string id(LabelOr(user->labels, labels::kOktaUserId));
    run.users.emplace_back(id, name);
    for (const auto& [lock_name, lock] : locks_) {
      if (lock->user == name && OursLock(*lock) && lock->InForce(entry.at) &&
          LabelOr(lock->labels, labels::kPurpose) == "leave" &&
          LabelOr(lock->labels, labels::kLockOktaUserId) == id) {
        run.locked_at_begin.insert(id + " " + name);
      }
    }
  }
  runs_[entry.run] = std::move(run);
}

std::string Invariants::StateKey() const {
  std::string key;
  for (const Removal& removal : removals_) key += removal.key + "@" + absl::FormatTime(removal.at) + ";";
  key += "|";
  for (const auto& [name, held] : quarantined_) {
    key += name + "=" + held.id + "@" + absl::FormatTime(held.until) + ";";
  }
  key += "|";
  for (const Approved& approved : approvals_) {
    key += approved.set->digest + "@" + std::to_string(approved.process) + ";";
  }
  return key;
}

}  // namespace history
