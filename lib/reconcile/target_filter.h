// A target that hands every call on to another; filters override what they change.
#pragma once

#include "reconcile/target.h"

namespace oktasync::reconcile {

class TargetFilter : public Target {
 public:
  // `inner` must outlive the filter.
  explicit TargetFilter(Target& inner) : inner_(inner) {}

  absl::StatusOr<teleport::ServerInfo> Ping(Cancel& cancel) override { return inner_.Ping(cancel); }
  absl::Status ListUsers(const std::function<absl::Status(const UserRecord&)>& visit,
                         Cancel& cancel) override {
    return inner_.ListUsers(visit, cancel);
  }
  absl::StatusOr<UserRecord> GetUser(const std::string& name, Cancel& cancel) override {
    return inner_.GetUser(name, cancel);
  }
  absl::StatusOr<UserRecord> CreateUser(const UserRecord& user, Cancel& cancel) override {
    return inner_.CreateUser(user, cancel);
  }
  absl::StatusOr<UserRecord> UpdateUser(const UserRecord& user, Cancel& cancel) override {
    return inner_.UpdateUser(user, cancel);
  }
  absl::Status DeleteUser(const std::string& name, Cancel& cancel) override {
    return inner_.DeleteUser(name, cancel);
  }
  absl::Status UpsertLock(const LockRecord& lock, Cancel& cancel) override {
    return inner_.UpsertLock(lock, cancel);
  }
  absl::Status DeleteLock(const std::string& name, Cancel& cancel) override {
    return inner_.DeleteLock(name, cancel);
  }
  absl::StatusOr<LockRecord> GetLock(const std::string& name, Cancel& cancel) override {
    return inner_.GetLock(name, cancel);
  }
  absl::StatusOr<std::vector<LockRecord>> GetLocks(const std::vector<std::string>& users, bool in_force_only,
                                                   Cancel& cancel) override {
    return inner_.GetLocks(users, in_force_only, cancel);
  }
  absl::StatusOr<RoleFacts> GetRole(const std::string& name, Cancel& cancel) override {
    return inner_.GetRole(name, cancel);
  }
  absl::Status ListRoles(const std::function<absl::Status(const RoleFacts&)>& visit,
                         Cancel& cancel) override {
    return inner_.ListRoles(visit, cancel);
  }
  absl::StatusOr<SamlConnector> GetSamlConnector(const std::string& name, Cancel& cancel) override {
    return inner_.GetSamlConnector(name, cancel);
  }
  absl::StatusOr<std::vector<SamlConnector>> GetSamlConnectors(Cancel& cancel) override {
    return inner_.GetSamlConnectors(cancel);
  }
  absl::StatusOr<teleport::Lease> AcquireLease(const std::string& kind, const std::string& name,
                                               const std::string& holder, absl::Time expires,
                                               Cancel& cancel) override {
    return inner_.AcquireLease(kind, name, holder, expires, cancel);
  }
  absl::Status KeepLeaseAlive(const teleport::Lease& lease, absl::Time new_expires, Cancel& cancel) override {
    return inner_.KeepLeaseAlive(lease, new_expires, cancel);
  }
  absl::Status CancelLease(const teleport::Lease& lease, Cancel& cancel) override {
    return inner_.CancelLease(lease, cancel);
  }
  absl::StatusOr<std::vector<teleport::LeaseHolder>> GetLeaseHolders(const std::string& kind,
                                                                     const std::string& name,
                                                                     Cancel& cancel) override {
    return inner_.GetLeaseHolders(kind, name, cancel);
  }
  absl::Status EmitUserSync(const teleport::UserSyncEvent& event, Cancel& cancel) override {
    return inner_.EmitUserSync(event, cancel);
  }
  void SendOnlyUntil(absl::Duration since_boot) override { inner_.SendOnlyUntil(since_boot); }
  void IdentityChanged() override { inner_.IdentityChanged(); }

 protected:
  Target& inner() { return inner_; }

 private:
  Target& inner_;
};

}  // namespace oktasync::reconcile
