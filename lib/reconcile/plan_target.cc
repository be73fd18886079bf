#include "reconcile/plan_target.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "model/labels.h"

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

absl::StatusOr<UserRecord> PlanTarget::CreateUser(const UserRecord& user, Cancel&) {
  PlannedWrite write{"create user", std::string(LabelOr(user.labels, labels::kOktaUserId)), user.name, {}};
  if (!user.roles.empty()) write.changes.push_back({"roles", "", Join(user.roles)});
  Note(std::move(write));
  return user;
}

absl::StatusOr<UserRecord> PlanTarget::UpdateUser(const UserRecord& user, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(const UserRecord before, inner().GetUser(user.name, cancel));
  Note({"update user", std::string(LabelOr(user.labels, labels::kOktaUserId)), user.name,
        Differences(before, user)});
  return user;
}

absl::Status PlanTarget::DeleteUser(const std::string& name, Cancel&) {
  std::string okta_id;
  {
    std::lock_guard lock(mutex_);
    okta_id = okta_ids_[name];
  }
  Note({"delete user", okta_id, name, {}});
  return absl::OkStatus();
}

absl::Status PlanTarget::UpsertLock(const LockRecord& lock, Cancel&) {
  const absl::Time now = clock_.Now();
  const std::string okta_id(LabelOr(lock.labels, labels::kLockOktaUserId));
  LockRecord planned = lock;
  if (planned.created_at == absl::InfinitePast()) planned.created_at = now;
  const char* call = lock.InForce(now) ? "lock" : "lift lock";
  {
    std::lock_guard guard(mutex_);
    okta_ids_[lock.user] = okta_id;
    locks_[lock.name] = std::move(planned);
  }
  Note({call, okta_id, lock.user, {{"purpose", "", std::string(LabelOr(lock.labels, labels::kPurpose))}}});
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
    if (asked && (!in_force_only || lock.InForce(clock_.Now()))) found.push_back(lock);
  }
  return found;
}

absl::StatusOr<teleport::Lease> PlanTarget::AcquireLease(const std::string& kind, const std::string& name,
                                                         const std::string&, absl::Time expires, Cancel&) {
  return teleport::Lease{kind, name, "plan", expires};
}

std::vector<PlannedWrite> PlanTarget::Take() {
  std::lock_guard guard(mutex_);
  std::stable_sort(writes_.begin(), writes_.end(),
                   [](const PlannedWrite& a, const PlannedWrite& b) { return a.name < b.name; });
  return std::exchange(writes_, {});
}

}  // namespace oktasync::reconcile
