#include "history/teleport_model.h"

#include <algorithm>
#include <chrono>

#include "auth/rules.h"
#include "teleport/errors.h"

namespace history {
namespace {

using oktasync::LockRecord;
using oktasync::UserRecord;

std::chrono::steady_clock::time_point Steady(absl::Time now) {
  return std::chrono::steady_clock::time_point(absl::ToChronoNanoseconds(now - absl::UnixEpoch()));
}

// The client's own words for a refusal, as over the wire.
absl::Status Refusal(const char* call, const std::string& subject, const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return oktasync::teleport::AnswerInWords(
      {call, subject, "us"}, {static_cast<int>(status.error_code()), status.error_message(), {}});
}

template <class Record>
types::Metadata MetadataOf(const Record& record) {
  types::Metadata metadata;
  metadata.set_name(record.name);
  metadata.set_namespace_("default");
  for (const auto& [key, value] : record.labels) (*metadata.mutable_labels())[key] = value;
  return metadata;
}

grpc::Status FirstOf(std::initializer_list<grpc::Status> checks) {
  for (const grpc::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return grpc::Status::OK;
}

}  // namespace

void TeleportModel::Tick(absl::Time now) {
  std::vector<std::string> over;
  for (const auto& [name, user] : users.Fresh()) {
    if (user->expires <= now) over.push_back(name);
  }
  for (const std::string& name : over) users.Erase(name, Steady(now));
  over.clear();
  for (const auto& [name, lock] : locks.Fresh()) {
    if (lock->record_expires <= now) over.push_back(name);
  }
  for (const std::string& name : over) locks.Erase(name, Steady(now));
  users.CatchUp(Steady(now), absl::ToChronoNanoseconds(lag));
  locks.CatchUp(Steady(now), absl::ToChronoNanoseconds(lag));
}

absl::Status TeleportModel::CheckRoles(const UserRecord& user) const {
  for (const std::string& role : user.roles) {
    if (!roles.contains(role)) {
      return Refusal("user", user.name, {grpc::StatusCode::NOT_FOUND, "role " + role + " is not found"});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<UserPtr> TeleportModel::CreateUser(const UserRecord& user, absl::Time now) {
  Tick(now);
  const types::Metadata metadata = MetadataOf(user);
  const grpc::Status form = FirstOf({playground::CheckOrigin(metadata), playground::CheckMetadata(metadata)});
  if (!form.ok()) return Refusal("CreateUser", user.name, form);
  if (absl::Status status = CheckRoles(user); !status.ok()) return status;
  if (users.Find(user.name) != nullptr) {
    return Refusal("CreateUser", user.name,
                   {grpc::StatusCode::ALREADY_EXISTS, "user \"" + user.name + "\" already registered"});
  }
  const grpc::Status name = playground::CheckUserName(user.name);
  if (!name.ok()) return Refusal("CreateUser", user.name, name);
  UserRecord stored = user;
  stored.revision = std::to_string(++revision_);
  auto kept = std::make_shared<const UserRecord>(std::move(stored));
  users.Put(user.name, kept, Steady(now));
  return kept;
}

absl::StatusOr<UserPtr> TeleportModel::UpdateUser(const UserRecord& user, absl::Time now) {
  Tick(now);
  const types::Metadata metadata = MetadataOf(user);
  const grpc::Status form = FirstOf({playground::CheckOrigin(metadata), playground::CheckMetadata(metadata)});
  if (!form.ok()) return Refusal("UpdateUser", user.name, form);
  if (absl::Status status = CheckRoles(user); !status.ok()) return status;
  const auto before = users.Find(user.name);
  grpc::Status status;
  if (before != nullptr) status = playground::CheckStored(MetadataOf(*before), "update");
  if (status.ok()) status = playground::CheckUserName(user.name);
  if (status.ok() && (before == nullptr || before->revision != user.revision)) {
    status = playground::StaleRevision();
  }
  if (!status.ok()) return Refusal("UpdateUser", user.name, status);
  UserRecord stored = user;
  stored.connector = before->connector;  // an update cannot change created_by
  stored.created_by_user = before->created_by_user;
  stored.revision = std::to_string(++revision_);
  auto kept = std::make_shared<const UserRecord>(std::move(stored));
  users.Put(user.name, kept, Steady(now));
  return kept;
}

absl::Status TeleportModel::DeleteUser(const std::string& name, absl::Time now) {
  Tick(now);
  const auto before = users.Find(name);
  if (before == nullptr) {
    return Refusal("DeleteUser", name, {grpc::StatusCode::NOT_FOUND, "user \"" + name + "\" not found"});
  }
  const grpc::Status status = playground::CheckStored(MetadataOf(*before), "delete");
  if (!status.ok()) return Refusal("DeleteUser", name, status);
  users.Erase(name, Steady(now));
  return absl::OkStatus();
}

absl::StatusOr<UserPtr> TeleportModel::GetUser(const std::string& name, absl::Time now) {
  Tick(now);
  if (auto found = users.Find(name)) return found;
  return Refusal("GetUser", name, {grpc::StatusCode::NOT_FOUND, "\"user\" \"" + name + "\" does not exist"});
}

absl::StatusOr<LockPtr> TeleportModel::UpsertLock(const LockRecord& lock, absl::Time now, bool dud) {
  Tick(now);
  const types::Metadata metadata = MetadataOf(lock);
  grpc::Status status = playground::CheckOrigin(metadata);
  if (status.ok()) {
    types::LockTarget target;
    target.set_user(lock.user);
    const auto holder = users.Find(lock.user);
    types::UserV2 user;
    if (holder != nullptr) *user.mutable_metadata() = MetadataOf(*holder);
    status = playground::CheckLockTarget(target, holder != nullptr ? &user : nullptr);
  }
  const auto before = locks.Find(lock.name);
  if (status.ok() && before != nullptr) status = playground::CheckStored(MetadataOf(*before), "update");
  if (status.ok()) status = playground::CheckMetadata(metadata);
  if (status.ok()) status = playground::CheckLockName(lock.name);
  if (!status.ok()) return Refusal("UpsertLock", lock.name, status);
  LockRecord stored = lock;
  if (stored.created_at == absl::InfinitePast()) stored.created_at = now;
  if (stored.created_by.empty()) stored.created_by = "us";
  stored.revision = std::to_string(++revision_);
  auto kept = std::make_shared<const LockRecord>(std::move(stored));
  locks.Put(lock.name, kept, Steady(now));
  if (dud) {
    dud_locks.insert(lock.name);
  } else {
    dud_locks.erase(lock.name);
  }
  return kept;
}

absl::StatusOr<LockPtr> TeleportModel::GetLock(const std::string& name, absl::Time now) {
  Tick(now);
  if (auto found = locks.Find(name)) return found;
  return Refusal("GetLock", name, {grpc::StatusCode::NOT_FOUND, "lock \"" + name + "\" is not found"});
}

std::vector<LockPtr> TeleportModel::GetLocks(const std::vector<std::string>& targets, bool in_force_only,
                                             absl::Time now) {
  Tick(now);
  std::vector<LockPtr> found;
  for (const auto& [name, lock] : locks.Listed()) {
    const bool asked =
        targets.empty() || std::find(targets.begin(), targets.end(), lock->user) != targets.end();
    if (!asked || (in_force_only && (!lock->InForce(now) || dud_locks.contains(name)))) continue;
    found.push_back(lock);
  }
  return found;
}

absl::StatusOr<oktasync::RoleFacts> TeleportModel::GetRole(const std::string& name) const {
  const auto it = roles.find(name);
  if (it != roles.end()) return it->second;
  return Refusal("GetRole", name, {grpc::StatusCode::NOT_FOUND, "role " + name + " is not found"});
}

absl::StatusOr<oktasync::teleport::Lease> TeleportModel::AcquireLease(const std::string& kind,
                                                                      const std::string& name,
                                                                      absl::Time expires, absl::Time now) {
  const std::string full = kind + "/" + name;
  if (expires <= now) {
    return Refusal("AcquireSemaphore", full,
                   {grpc::StatusCode::INVALID_ARGUMENT, "cannot acquire expired semaphore lease"});
  }
  const grpc::Status named = playground::CheckSemaphoreName(kind, name);
  if (!named.ok()) return Refusal("AcquireSemaphore", full, named);
  std::erase_if(leases, [&](const auto& lease) { return lease.second <= now; });
  if (!leases.empty()) {
    return Refusal(
        "AcquireSemaphore", full,
        {grpc::StatusCode::RESOURCE_EXHAUSTED, "cannot acquire semaphore " + full + " (err-max-leases)"});
  }
  const std::string id = "lease-" + std::to_string(++revision_);
  leases[id] = expires;
  return oktasync::teleport::Lease{kind, name, id, expires};
}

absl::Status TeleportModel::KeepLeaseAlive(const oktasync::teleport::Lease& lease, absl::Time expires,
                                           absl::Time now) {
  if (expires <= now) {
    return Refusal("KeepAliveSemaphoreLease", lease.name,
                   {grpc::StatusCode::INVALID_ARGUMENT, "lease " + lease.id + " has expired"});
  }
  std::erase_if(leases, [&](const auto& known) { return known.second <= now; });
  const auto it = leases.find(lease.id);
  if (it == leases.end()) {
    return Refusal("KeepAliveSemaphoreLease", lease.name,
                   {grpc::StatusCode::NOT_FOUND, "cannot keepalive, lease not found: \"" + lease.id + "\""});
  }
  it->second = expires;
  return absl::OkStatus();
}

absl::Status TeleportModel::CancelLease(const oktasync::teleport::Lease& lease, absl::Time now) {
  if (lease.expires <= now) {
    return Refusal("CancelSemaphoreLease", lease.name,
                   {grpc::StatusCode::INVALID_ARGUMENT, "the lease " + lease.id + " has expired"});
  }
  if (leases.erase(lease.id) > 0) return absl::OkStatus();
  return Refusal("CancelSemaphoreLease", lease.name,
                 {grpc::StatusCode::NOT_FOUND, "semaphore lease not found: \"" + lease.id + "\""});
}

void TeleportModel::PutUser(UserRecord user, absl::Time now) {
  user.revision = std::to_string(++revision_);
  const std::string name = user.name;
  users.Put(name, std::make_shared<const UserRecord>(std::move(user)), Steady(now));
}

void TeleportModel::EraseUser(const std::string& name, absl::Time now) { users.Erase(name, Steady(now)); }

void TeleportModel::PutLock(LockRecord lock, absl::Time now) {
  lock.revision = std::to_string(++revision_);
  const std::string name = lock.name;
  locks.Put(name, std::make_shared<const LockRecord>(std::move(lock)), Steady(now));
}

}  // namespace history
