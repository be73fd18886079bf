#include "reconcile/plan_target.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/lock_book.h"

namespace oktasync::reconcile {
namespace {

std::string Join(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) {
    if (!out.empty()) out += ", ";
    out += value;
  }
  return out;
}

const std::string& TextOf(const std::string& value) { return value; }
std::string TextOf(const std::vector<std::string>& values) { return Join(values); }

template <typename Map>
void Compare(const Map& before, const Map& after, const std::string& what,
             std::vector<FieldChange>* changes) {
  for (const auto& [key, value] : before) {
    const auto it = after.find(key);
    if (it == after.end()) {
      changes->push_back({what + key, TextOf(value), ""});
    } else if (it->second != value) {
      changes->push_back({what + key, TextOf(value), TextOf(it->second)});
    }
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) changes->push_back({what + key, "", TextOf(value)});
  }
}

}  // namespace

std::vector<FieldChange> Differences(const UserRecord& before, const UserRecord& after) {
  std::vector<FieldChange> changes;
  if (before.roles != after.roles) changes.push_back({"roles", Join(before.roles), Join(after.roles)});
  Compare(before.traits, after.traits, "trait ", &changes);
  Compare(before.labels, after.labels, "label ", &changes);
  return changes;
}

void PlanTarget::Note(PlannedWrite write) {
  std::lock_guard lock(mutex_);
  writes_.push_back(std::move(write));
}

absl::StatusOr<UserRecord> PlanTarget::GetUser(const std::string& name, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(UserRecord user, inner().GetUser(name, cancel));
  std::lock_guard lock(mutex_);
  const auto it = roles_.find(name);
  if (it != roles_.end()) user.roles = it->second;
  return user;
}

absl::StatusOr<UserRecord> PlanTarget::CreateUser(const UserRecord& user, Cancel&) {
  PlannedWrite write{"create user", std::string(LabelOr(user.labels, labels::kOktaUserId)), user.name, {}};
  if (!user.roles.empty()) write.changes.push_back({"roles", "", Join(user.roles)});
  Note(std::move(write));
  return user;
}

absl::StatusOr<UserRecord> PlanTarget::UpdateUser(const UserRecord& user, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(const UserRecord before, GetUser(user.name, cancel));
  Note({"update user", std::string(LabelOr(user.labels, labels::kOktaUserId)), user.name,
        Differences(before, user)});
  if (before.roles != user.roles) {
    std::lock_guard lock(mutex_);
    roles_[user.name] = user.roles;
  }
  return user;
}

absl::Status PlanTarget::DeleteUser(const std::string& name, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(const UserRecord user, GetUser(name, cancel));
  Note({"delete user", std::string(LabelOr(user.labels, labels::kOktaUserId)), name, {}});
  return absl::OkStatus();
}

absl::Status PlanTarget::UpsertLock(const LockRecord& lock, Cancel&) {
  const absl::Time now = clock_.Now();
  const std::string okta_id(LabelOr(lock.labels, labels::kLockOktaUserId));
  LockRecord planned = lock;
  if (planned.created_at == absl::InfinitePast()) planned.created_at = now;
  const char* call = IsLifted(planned) ? "lift lock" : "lock";
  {
    std::lock_guard guard(mutex_);
    locks_[lock.name] = std::move(planned);
  }
  Note({call, okta_id, lock.user, {{"purpose", "", std::string(LabelOr(lock.labels, labels::kPurpose))}}});
  return absl::OkStatus();
}

absl::Status PlanTarget::DeleteLock(const std::string& name, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(const LockRecord lock, GetLock(name, cancel));
  Note({"delete lock", std::string(LabelOr(lock.labels, labels::kLockOktaUserId)), lock.user, {}});
  return absl::OkStatus();
}

absl::StatusOr<LockRecord> PlanTarget::GetLock(const std::string& name, Cancel& cancel) {
  {
    std::lock_guard guard(mutex_);
    const auto it = locks_.find(name);
    if (it != locks_.end()) return it->second;
  }
  return inner().GetLock(name, cancel);
}

absl::StatusOr<std::vector<LockRecord>> PlanTarget::GetLocks(const std::vector<std::string>& users,
                                                             bool in_force_only, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(std::vector<LockRecord> found, inner().GetLocks(users, in_force_only, cancel));
  std::lock_guard guard(mutex_);
  std::erase_if(found, [this](const LockRecord& lock) { return locks_.contains(lock.name); });
  for (const auto& [name, lock] : locks_) {
    const bool asked = users.empty() || std::find(users.begin(), users.end(), lock.user) != users.end();
    if (asked && (!in_force_only || !IsLifted(lock))) found.push_back(lock);
  }
  return found;
}

absl::StatusOr<teleport::Lease> PlanTarget::AcquireLease(const std::string& kind, const std::string& name,
                                                         const std::string&, absl::Time expires, Cancel&) {
  return teleport::Lease{kind, name, "plan", expires};
}

std::vector<PlannedWrite> PlanTarget::Take() {
  std::lock_guard guard(mutex_);
  // Somebody who is renamed has two names, and the order of what is done to them matters.
  std::map<std::string, std::string> first_name;
  for (const PlannedWrite& write : writes_) {
    const auto [it, fresh] = first_name.emplace(write.okta_id, write.name);
    if (!fresh) it->second = std::min(it->second, write.name);
  }
  std::stable_sort(writes_.begin(), writes_.end(), [&](const PlannedWrite& a, const PlannedWrite& b) {
    return std::tie(first_name[a.okta_id], a.okta_id) < std::tie(first_name[b.okta_id], b.okta_id);
  });
  return std::exchange(writes_, {});
}

}  // namespace oktasync::reconcile
