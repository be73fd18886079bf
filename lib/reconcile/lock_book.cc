#include "reconcile/lock_book.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"

namespace oktasync::reconcile {
namespace {

std::string ApprovalKey(std::string_view okta_id, std::string_view name) {
  return std::string(okta_id) + '\0' + FoldCase(name);
}

}  // namespace

bool IsOurs(const LockRecord& lock, const SourceId& source) {
  return LabelOr(lock.labels, labels::kOrigin) == labels::kOriginOkta &&
         LabelOr(lock.labels, labels::kSource) == source.Label() &&
         !LabelOr(lock.labels, labels::kLockOktaUserId).empty() &&
         ParseLockPurpose(LabelOr(lock.labels, labels::kPurpose)).has_value() && lock.user_only &&
         !lock.user.empty();
}

std::string LockName(const SourceId& source, std::string_view okta_id, std::string_view target,
                     LockPurpose purpose, int attempt) {
  std::string input;
  for (std::string_view part : {std::string_view(source.org_id), std::string_view(source.app_id), okta_id,
                                target, ToString(purpose)}) {
    input += std::to_string(part.size());
    input += ':';
    input += part;
  }
  input += std::to_string(attempt);
  return "oktasync-" + std::string(ToString(purpose)) + "-" + Hex(Sha256(input)).substr(0, 32);
}

bool IsHeld(const LockRecord& lock) { return !LabelOr(lock.labels, labels::kHeld).empty(); }

LockBook::LockBook(std::vector<LockRecord> all, const std::vector<LockRecord>& in_force,
                   const SourceId& source, absl::Time now) {
  absl::flat_hash_set<std::string> live;
  for (const LockRecord& lock : in_force) live.insert(lock.name);
  for (LockRecord& lock : all) {
    if (!IsOurs(lock, source)) continue;
    const auto index = static_cast<uint32_t>(locks_.size());
    by_id_[std::string(LabelOr(lock.labels, labels::kLockOktaUserId))].push_back(index);
    by_name_[FoldCase(lock.user)].push_back(index);
    const bool shown = live.contains(lock.name);
    const bool is_live = shown || (lock.InForce(now) && !IsLifted(lock));
    const LockPurpose purpose = *ParseLockPurpose(LabelOr(lock.labels, labels::kPurpose));
    locks_.push_back({std::move(lock), purpose, is_live, shown});
  }
}

std::vector<const LockRecord*> LockBook::InForceFor(std::string_view okta_id) const {
  std::vector<const LockRecord*> found;
  const auto it = by_id_.find(Sv(okta_id));
  if (it == by_id_.end()) return found;
  for (uint32_t i : it->second) {
    if (locks_[i].in_force) found.push_back(&locks_[i].lock);
  }
  return found;
}

const LockRecord* LockBook::QuarantineOf(std::string_view name, std::string_view okta_id) const {
  if (NameApproved(okta_id, name)) return nullptr;
  const std::vector<const LockRecord*> locks = LocksOfOthers(name, okta_id);
  return locks.empty() ? nullptr : locks.front();
}

std::vector<const LockRecord*> LockBook::LocksOfOthers(std::string_view name,
                                                       std::string_view okta_id) const {
  std::vector<const LockRecord*> found;
  if (by_name_.empty()) return found;
  const auto it = by_name_.find(FoldCase(name));
  if (it == by_name_.end()) return found;
  for (uint32_t i : it->second) {
    const Entry& entry = locks_[i];
    if (entry.in_force && LabelOr(entry.lock.labels, labels::kLockOktaUserId) != okta_id) {
      found.push_back(&entry.lock);
    }
  }
  return found;
}

const LockRecord* LockBook::OwnLock(std::string_view okta_id, std::string_view name) const {
  const auto it = by_id_.find(Sv(okta_id));
  if (it == by_id_.end()) return nullptr;
  for (uint32_t i : it->second) {
    if (locks_[i].in_force && locks_[i].lock.user == name) return &locks_[i].lock;
  }
  return nullptr;
}

bool LockBook::LocksOut(std::string_view okta_id, std::string_view name) const {
  const auto it = by_id_.find(Sv(okta_id));
  if (it == by_id_.end()) return false;
  return std::any_of(it->second.begin(), it->second.end(),
                     [&](uint32_t i) { return locks_[i].shown && locks_[i].lock.user == name; });
}

void LockBook::ApproveName(std::string_view okta_id, std::string_view name) {
  approved_names_.insert(ApprovalKey(okta_id, name));
}

bool LockBook::NameApproved(std::string_view okta_id, std::string_view name) const {
  return !approved_names_.empty() && approved_names_.contains(ApprovalKey(okta_id, name));
}

const LockRecord* LockBook::LeaveLock(std::string_view okta_id, std::string_view name) const {
  const auto it = by_id_.find(Sv(okta_id));
  if (it == by_id_.end()) return nullptr;
  for (uint32_t i : it->second) {
    const Entry& entry = locks_[i];
    if (entry.in_force && entry.purpose == LockPurpose::kLeave && entry.lock.user == name) return &entry.lock;
  }
  return nullptr;
}

bool LockBook::Counts(const Entry& entry, absl::Time since) {
  const bool removal = entry.purpose == LockPurpose::kLeave || entry.purpose == LockPurpose::kRename ||
                       entry.purpose == LockPurpose::kHandover;
  return removal && entry.lock.created_at >= since && !IsHeld(entry.lock) &&
         LabelOr(entry.lock.labels, labels::kApproval).empty();
}

uint32_t LockBook::RemovedSince(absl::Time since) const {
  return static_cast<uint32_t>(
      std::count_if(locks_.begin(), locks_.end(), [&](const Entry& entry) { return Counts(entry, since); }));
}

bool LockBook::CountedSince(std::string_view okta_id, std::string_view name, absl::Time since) const {
  const auto it = by_id_.find(Sv(okta_id));
  if (it == by_id_.end()) return false;
  for (uint32_t i : it->second) {
    const Entry& entry = locks_[i];
    if (entry.in_force && entry.lock.user == name && Counts(entry, since)) return true;
  }
  return false;
}

bool LockBook::EndedUnder(std::string_view okta_id, std::string_view name, const ApprovalMark& mark) const {
  const auto it = by_id_.find(Sv(okta_id));
  if (it == by_id_.end()) return false;
  return std::any_of(it->second.begin(), it->second.end(), [&](uint32_t i) {
    const Entry& entry = locks_[i];
    return !entry.in_force && entry.lock.user == name && MarkOf(entry.lock) == mark;
  });
}

ApprovalMark MarkOf(const LockRecord& lock) {
  ApprovalMark mark{std::string(LabelOr(lock.labels, labels::kApproval)), 0};
  if (!absl::SimpleAtoi(Sv(LabelOr(lock.labels, labels::kPlanned)), &mark.planned)) mark.planned = 0;
  return mark;
}

}  // namespace oktasync::reconcile
