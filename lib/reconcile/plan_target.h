// The other end of the pipeline: a target that reads from the real one and writes everything it is told to
// do into a plan instead.
//
// What was planned is visible to the reads that follow as far as it decides anything: a planned lock is in force
// at once, an updated user has the planned roles. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "reconcile/report.h"
#include "reconcile/target_filter.h"

namespace oktasync::reconcile {

class PlanTarget final : public TargetFilter {
 public:
  PlanTarget(Target& inner, const Clock& clock) : TargetFilter(inner), clock_(clock) {}

  absl::StatusOr<UserRecord> GetUser(const std::string& name, Cancel& cancel) override;
  absl::StatusOr<UserRecord> CreateUser(const UserRecord& user, Cancel& cancel) override;
  absl::StatusOr<UserRecord> UpdateUser(const UserRecord& user, Cancel& cancel) override;
  absl::Status DeleteUser(const std::string& name, Cancel& cancel) override;
  absl::Status UpsertLock(const LockRecord& lock, Cancel& cancel) override;
  absl::Status DeleteLock(const std::string& name, Cancel& cancel) override;
  absl::StatusOr<LockRecord> GetLock(const std::string& name, Cancel& cancel) override;
  absl::StatusOr<std::vector<LockRecord>> GetLocks(const std::vector<std::string>& users, bool in_force_only,
                                                   Cancel& cancel) override;
  // No lease is needed to write nothing, and no audit event tells of what did not happen.
  absl::StatusOr<teleport::Lease> AcquireLease(const std::string& kind, const std::string& name,
                                               const std::string& holder, absl::Time expires,
                                               Cancel& cancel) override;
  absl::Status KeepLeaseAlive(const teleport::Lease&, absl::Time, Cancel&) override {
    return absl::OkStatus();
  }
  absl::Status CancelLease(const teleport::Lease&, Cancel&) override { return absl::OkStatus(); }
  absl::Status EmitUserSync(const teleport::UserSyncEvent&, Cancel&) override { return absl::OkStatus(); }

  // What was planned so far, by name, all of one person together; the writes of one person in their order.
  std::vector<PlannedWrite> Take();

 private:
  void Note(PlannedWrite write);

  const Clock& clock_;
  std::mutex mutex_;
  std::vector<PlannedWrite> writes_;
  std::map<std::string, LockRecord> locks_;
  std::map<std::string, std::vector<std::string>> roles_;  // of users whose roles an update changes
};

// What an update changes, field by field.
std::vector<FieldChange> Differences(const UserRecord& before, const UserRecord& after);

}  // namespace oktasync::reconcile
