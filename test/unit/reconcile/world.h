// An Okta app and a Teleport cluster in this process, for the reconciler's unit tests: plain maps that keep
// the rules which the reconciler leans on. The strict fakes that speak the wire are the playground's.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "reconcile/lease.h"
#include "reconcile/options.h"
#include "reconcile/report.h"
#include "reconcile/run.h"
#include "reconcile/source.h"
#include "reconcile/target.h"

namespace oktasync::reconcile {

class FakeClock final : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration SinceBoot() const override;
  void Advance(absl::Duration by);

 private:
  mutable std::mutex mutex_;
  absl::Time now_ = absl::FromUnixSeconds(1'790'000'000);
  absl::Duration boot_ = absl::Hours(1);
};

struct FakeGroup {
  std::string name;
  std::vector<std::string> members;  // Okta ids
};

struct Person {
  std::string user_name;
  std::string status = "ACTIVE";
  std::string assignment = "ACTIVE";  // "" for not assigned
  std::map<std::string, std::string> profile;
  bool deleted = false;
  bool hidden = false;  // skipped by the listing while still assigned
};

class FakeOkta final : public okta::Client {
 public:
  explicit FakeOkta(FakeClock& clock_in) : clock(clock_in) {}

  absl::StatusOr<okta::Org> ReadOrg(Cancel&) override { return org; }
  absl::StatusOr<okta::App> ReadApp(Cancel&) override;
  std::unique_ptr<okta::AppUserWalk> WalkAppUsers(Cancel& cancel) override;
  absl::StatusOr<okta::UserRead> ReadUser(const std::string& id, Cancel&) override;
  absl::StatusOr<okta::AssignmentRead> ReadAssignment(const std::string& id, Cancel&) override;
  absl::StatusOr<okta::Group> FindGroup(const std::string& name_or_id, Cancel&) override;
  absl::Status ListGroupMembers(const std::string& group_id,
                                const std::function<absl::Status(std::string_view okta_id)>& visit,
                                Cancel&) override;
  absl::StatusOr<std::string> FindApp(const SamlConnector& connector, const okta::Org&, Cancel&) override;
  absl::Status UseApp(const std::string& id) override;
  std::vector<okta::RateWindow> RateWindows() const override { return {}; }

  FakeClock& clock;
  std::mutex mutex;
  okta::Org org{"00oorg", "https://example.okta.com"};
  okta::App app{"0oaapp", "ACTIVE", "Teleport", false};
  std::string used_app;                     // by UseApp
  std::map<std::string, Person> people;     // by id
  std::map<std::string, FakeGroup> groups;  // by id
  absl::Status groups_error;                // of finding and of listing groups
  absl::Status list_error;                  // of listing members
  std::vector<std::string> group_calls;     // "find engineers", "list 00g1"
  size_t page_size = 3;
  bool reversed = false;  // the order of pages and of rows
  bool empty_list = false;
  std::atomic<int> fail_page = -1;                      // this page (from 0) of every walk is an error
  std::map<std::string, absl::Status> read_errors;      // of the single reads, by id
  std::function<void(const std::string&)> before_read;  // of a single user or assignment
  std::function<void()> before_walk;
  int walks = 0;
  int user_reads = 0;
  int assignment_reads = 0;
};

struct Write {
  std::string call;  // "create", "update", "delete", "lock", "delete lock"
  std::string name;  // of the user, or of the lock's target
  LockRecord lock;
};

class FakeTeleport final : public teleport::Client {
 public:
  explicit FakeTeleport(FakeClock& clock_in) : clock(clock_in) {}

  absl::StatusOr<teleport::ServerInfo> Ping(Cancel&) override;
  absl::Status ListUsers(const std::function<absl::Status(const UserRecord&)>& visit, Cancel&) override;
  absl::StatusOr<UserRecord> GetUser(const std::string& name, Cancel&) override;
  absl::StatusOr<UserRecord> CreateUser(const UserRecord& user, Cancel&) override;
  absl::StatusOr<UserRecord> UpdateUser(const UserRecord& user, Cancel&) override;
  absl::Status DeleteUser(const std::string& name, Cancel&) override;
  absl::Status UpsertLock(const LockRecord& lock, Cancel&) override;
  absl::Status DeleteLock(const std::string& name, Cancel&) override;
  absl::StatusOr<LockRecord> GetLock(const std::string& name, Cancel&) override;
  absl::StatusOr<std::vector<LockRecord>> GetLocks(const std::vector<std::string>& users, bool in_force_only,
                                                   Cancel&) override;
  absl::StatusOr<RoleFacts> GetRole(const std::string& name, Cancel&) override;
  absl::StatusOr<SamlConnector> GetSamlConnector(const std::string& name, Cancel&) override;
  absl::StatusOr<std::vector<SamlConnector>> GetSamlConnectors(Cancel&) override;
  absl::StatusOr<teleport::Lease> AcquireLease(const std::string& kind, const std::string& name,
                                               const std::string& holder, absl::Time expires,
                                               Cancel&) override;
  absl::Status KeepLeaseAlive(const teleport::Lease& lease, absl::Time new_expires, Cancel&) override;
  absl::Status CancelLease(const teleport::Lease& lease, Cancel&) override;
  absl::Status EmitUserSync(const teleport::UserSyncEvent& event, Cancel&) override;
  void IdentityChanged() override {}

  // Calls `fail` before a write is looked at; an error is answered instead of doing it.
  std::function<absl::Status(const std::string& call, const std::string& name)> fail;
  std::function<void()> before_get_user;

  FakeClock& clock;
  std::mutex mutex;
  absl::Duration server_ahead = absl::ZeroDuration();  // the server's clock minus ours
  std::map<std::string, UserRecord> users;
  std::map<std::string, LockRecord> locks;
  std::map<std::string, RoleFacts> roles{{"okta-requester", {"okta-requester"}}};
  absl::Status roles_error;  // of reading one
  std::vector<SamlConnector> connectors{{"okta", "", "", "", ""}};
  absl::Status connectors_error;  // of reading them
  // What the listings still show, if set: they lag the writes.
  std::optional<std::map<std::string, UserRecord>> listed_users;
  std::optional<std::map<std::string, LockRecord>> listed_locks;
  std::string lease_holder;
  absl::Time lease_expires = absl::InfiniteFuture();
  bool lease_checks_clock = false;  // refuses an end that is past by its own clock
  bool locks_never_in_force = false;
  std::string dud_lock;  // the name of a lock that stands there and does not work
  std::vector<Write> writes;
  std::vector<teleport::UserSyncEvent> events;
  int updates_to_refuse = 0;  // with a stale revision, as if a login had written meanwhile
  int revision = 0;

 private:
  void ForgetExpired();  // records whose metadata.expires has passed
};

// The two of them, an oktasync between, and its configuration.
class World {
 public:
  World();

  // Makes `count` assigned people u000@example.com, … and returns their ids.
  std::vector<std::string> Hire(int count);
  Report Sync();
  Report Plan();

  // Names of the users that Teleport holds.
  std::vector<std::string> Names();
  bool LockedOut(const std::string& name);  // a lock in force, by the server's clock
  // The writes since the last call, "create u000@example.com" and so on; locks as "lock" and "lift".
  std::vector<std::string> TakeWrites();

  FakeClock clock;
  CorrectedClock corrected{clock};
  FakeOkta okta{clock};
  FakeTeleport teleport{clock};
  Options options;
  Cancel cancel;
  std::string known_org_id;
  Found found;                      // by the runs before, where the configuration names none
  std::vector<Approval> approvals;  // of the next runs
  bool overdue = false;             // no whole walk for too long
  LeaseSlot lease;

 private:
  Report Execute(RunKind kind);
  int hired_ = 0;
};

// A world with `count` people imported; throws when the import fails.
class Settled : public World {
 public:
  explicit Settled(int count);
  const std::string& Name(size_t i) { return okta.people[ids[i]].user_name; }
  std::vector<std::string> ids;
};

// The first line of that outcome about that person, or null.
const Line* FindLine(const Report& report, Outcome outcome, const std::string& okta_id);

// People in the held sets of that kind.
size_t HeldCount(const Report& report, HeldKind kind = HeldKind::kRemovals);
// What an admin who read this report would approve: all of its sets.
std::vector<Approval> ApproveAll(const Report& report);

}  // namespace oktasync::reconcile
