// The Teleport auth service of a history, without the wire.
//
// What is refused and in which words is decided by the playground's own functions (auth/rules.h), what is
// stored and how listings lag by its own map (auth/lagged_map.h); the calls do their checks in the order of
// auth/users_rpc.cc, auth_rpc.cc and semaphores_rpc.cc. Time is the history's, so locks and leases expire when
// the history says so. Copyable: values are immutable and shared. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "auth/lagged_map.h"
#include "model/lock_record.h"
#include "model/role_facts.h"
#include "model/user_record.h"
#include "teleport/client.h"

namespace history {

using UserPtr = std::shared_ptr<const oktasync::UserRecord>;
using LockPtr = std::shared_ptr<const oktasync::LockRecord>;

class TeleportModel {
 public:
  // Everything below goes by the server's clock, `now`.
  void Tick(absl::Time now);  // forgets expired records and lets listings catch up

  // What a client may ask for. `caller` is whom created_by names.
  absl::StatusOr<UserPtr> CreateUser(const oktasync::UserRecord& user, absl::Time now);
  absl::StatusOr<UserPtr> UpdateUser(const oktasync::UserRecord& user, absl::Time now);
  absl::Status DeleteUser(const std::string& name, absl::Time now);
  absl::StatusOr<UserPtr> GetUser(const std::string& name, absl::Time now);
  absl::StatusOr<LockPtr> UpsertLock(const oktasync::LockRecord& lock, absl::Time now, bool dud);
  absl::StatusOr<LockPtr> GetLock(const std::string& name, absl::Time now);
  std::vector<LockPtr> GetLocks(const std::vector<std::string>& users, bool in_force_only, absl::Time now);
  absl::StatusOr<oktasync::RoleFacts> GetRole(const std::string& name) const;
  absl::StatusOr<oktasync::teleport::Lease> AcquireLease(const std::string& kind, const std::string& name,
                                                         absl::Time expires, absl::Time now);
  absl::Status KeepLeaseAlive(const oktasync::teleport::Lease& lease, absl::Time expires, absl::Time now);
  absl::Status CancelLease(const oktasync::teleport::Lease& lease, absl::Time now);

  // The admin's side door, without any rule.
  void PutUser(oktasync::UserRecord user, absl::Time now);
  void EraseUser(const std::string& name, absl::Time now);
  void PutLock(oktasync::LockRecord lock, absl::Time now);

  playground::LaggedMap<oktasync::UserRecord> users;
  playground::LaggedMap<oktasync::LockRecord> locks{
      [](const oktasync::LockRecord& lock) { return lock.user; }};
  std::map<std::string, oktasync::RoleFacts> roles;
  std::set<std::string> dud_locks;           // accepted, but never in force
  std::map<std::string, absl::Time> leases;  // by id; of the one semaphore
  absl::Duration lag = absl::ZeroDuration();

 private:
  absl::Status CheckRoles(const oktasync::UserRecord& user) const;

  int revision_ = 0;
};

}  // namespace history
