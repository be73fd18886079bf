// Where people go. Implementations: Teleport, the same under a lease, and the plan's, which writes down what
// it is told and does nothing.
//
// Thread-safe, blocking. See teleport/client.h for the meaning of each call and its errors.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "model/lock_record.h"
#include "model/role_facts.h"
#include "model/user_record.h"
#include "teleport/client.h"

namespace oktasync::reconcile {

class Target {
 public:
  virtual ~Target() = default;
  virtual absl::StatusOr<teleport::ServerInfo> Ping(Cancel& cancel) = 0;
  virtual absl::Status ListUsers(const std::function<absl::Status(const UserRecord&)>& visit,
                                 Cancel& cancel) = 0;
  virtual absl::StatusOr<UserRecord> GetUser(const std::string& name, Cancel& cancel) = 0;
  virtual absl::StatusOr<UserRecord> CreateUser(const UserRecord& user, Cancel& cancel) = 0;
  virtual absl::StatusOr<UserRecord> UpdateUser(const UserRecord& user, Cancel& cancel) = 0;
  virtual absl::Status DeleteUser(const std::string& name, Cancel& cancel) = 0;
  virtual absl::Status UpsertLock(const LockRecord& lock, Cancel& cancel) = 0;
  virtual absl::StatusOr<LockRecord> GetLock(const std::string& name, Cancel& cancel) = 0;
  virtual absl::StatusOr<std::vector<LockRecord>> GetLocks(const std::vector<std::string>& users,
                                                           bool in_force_only, Cancel& cancel) = 0;
  virtual absl::StatusOr<RoleFacts> GetRole(const std::string& name, Cancel& cancel) = 0;
  virtual absl::StatusOr<teleport::Lease> AcquireLease(const std::string& name, const std::string& holder,
                                                       absl::Time expires, Cancel& cancel) = 0;
  virtual absl::Status KeepLeaseAlive(const teleport::Lease& lease, absl::Time new_expires, Cancel& cancel) = 0;
  virtual absl::Status CancelLease(const teleport::Lease& lease, Cancel& cancel) = 0;
  virtual absl::Status EmitUserSync(const teleport::UserSyncEvent& event, Cancel& cancel) = 0;
};

}  // namespace oktasync::reconcile
