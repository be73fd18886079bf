#include "reconcile/world.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/run.h"
#include "teleport/errors.h"

namespace oktasync::reconcile {
namespace {

absl::Status NotFound(const std::string& what) {
  return MakeStatus(absl::StatusCode::kNotFound, what + " not found");
}

// Rows own copies of a person's texts, as a page of the wire does.
struct Storage {
  std::vector<std::pair<std::string, Person>> rows;
};

AppUser RowOf(const std::string& id, const Person& person) {
  AppUser row;
  row.id = id;
  row.user_name = person.user_name;
  row.assignment_text = person.assignment;
  row.assignment = ParseAssignmentStatus(person.assignment);
  row.status_text = person.status;
  row.status = ParseUserStatus(person.status);
  for (const auto& [key, value] : person.profile) {
    row.user_profile.attributes.push_back({key, static_cast<uint32_t>(row.user_profile.values.size()), 1, 0});
    row.user_profile.values.emplace_back(std::string_view(value));
  }
  return row;
}

class FakeWalk final : public okta::AppUserWalk {
 public:
  FakeWalk(FakeOkta& okta, Cancel& cancel) : okta_(okta), cancel_(cancel) {}

  absl::StatusOr<std::unique_ptr<okta::AppUserPage>> Next() override {
    OKTASYNC_RETURN_IF_ERROR(cancel_.Check("walking"));
    std::lock_guard lock(okta_.mutex);
    if (page_ == 0) ++okta_.walks;
    if (page_ == okta_.fail_page) return MakeStatus(absl::StatusCode::kUnavailable, "page failed");
    std::vector<std::pair<std::string, Person>> all;
    for (const auto& [id, person] : okta_.people) {
      if (!okta_.empty_list && !person.deleted && !person.hidden && !person.assignment.empty()) {
        all.emplace_back(id, person);
      }
    }
    if (okta_.reversed) std::reverse(all.begin(), all.end());
    const size_t begin = std::min(all.size(), static_cast<size_t>(page_) * okta_.page_size);
    const size_t end = std::min(all.size(), begin + okta_.page_size);
    ++page_;
    if (begin == end) return nullptr;
    auto storage = std::make_shared<Storage>();
    storage->rows.assign(all.begin() + static_cast<ptrdiff_t>(begin),
                         all.begin() + static_cast<ptrdiff_t>(end));
    auto page = std::make_unique<okta::AppUserPage>();
    for (const auto& [id, person] : storage->rows) page->users.push_back(RowOf(id, person));
    page->storage = storage;
    return page;
  }

 private:
  FakeOkta& okta_;
  Cancel& cancel_;
  int page_ = 0;
};

}  // namespace

absl::Time FakeClock::Now() const {
  std::lock_guard lock(mutex_);
  return now_;
}
absl::Duration FakeClock::SinceBoot() const {
  std::lock_guard lock(mutex_);
  return boot_;
}
void FakeClock::Advance(absl::Duration by) {
  std::lock_guard lock(mutex_);
  now_ += by;
  boot_ += by;
}

absl::StatusOr<std::string> FakeOkta::FindApp(const SamlConnector& connector, const okta::Org&, Cancel&) {
  if (!connector.okta_app_id.empty()) return connector.okta_app_id;
  if (!okta::LoginOrigin(connector).empty()) return app.id;
  return MakeStatus(absl::StatusCode::kNotFound, "no app belongs to it");
}

absl::Status FakeOkta::UseApp(const std::string& id) {
  used_app = id;
  return absl::OkStatus();
}

absl::StatusOr<okta::App> FakeOkta::ReadApp(Cancel&) {
  std::lock_guard lock(mutex);
  return app;
}

std::unique_ptr<okta::AppUserWalk> FakeOkta::WalkAppUsers(Cancel& cancel) {
  if (before_walk) before_walk();
  return std::make_unique<FakeWalk>(*this, cancel);
}

absl::StatusOr<okta::UserRead> FakeOkta::ReadUser(const std::string& id, Cancel&) {
  if (before_read) before_read(id);
  std::lock_guard lock(mutex);
  ++user_reads;
  if (read_errors.contains(id)) return read_errors[id];
  okta::UserRead read;
  read.citation = {"req-" + id, clock.SinceBoot()};
  const auto it = people.find(id);
  if (it == people.end() || it->second.deleted) return read;
  read.exists = true;
  read.status_text = it->second.status;
  read.status = ParseUserStatus(read.status_text);
  return read;
}

absl::StatusOr<okta::Group> FakeOkta::FindGroup(const std::string& name_or_id, Cancel&) {
  std::lock_guard lock(mutex);
  group_calls.push_back("find " + name_or_id);
  if (!groups_error.ok()) return groups_error;
  for (const auto& [id, group] : groups) {
    if (id == name_or_id || group.name == name_or_id) return okta::Group{id, group.name};
  }
  return MakeStatus(absl::StatusCode::kNotFound, "there is no group called " + name_or_id);
}

absl::Status FakeOkta::ListGroupMembers(const std::string& group_id,
                                        const std::function<absl::Status(std::string_view okta_id)>& visit,
                                        Cancel&) {
  std::lock_guard lock(mutex);
  group_calls.push_back("list " + group_id);
  if (!groups_error.ok()) return groups_error;
  if (!list_error.ok()) return list_error;
  for (const std::string& id : groups.at(group_id).members) OKTASYNC_RETURN_IF_ERROR(visit(id));
  return absl::OkStatus();
}

absl::StatusOr<okta::AssignmentRead> FakeOkta::ReadAssignment(const std::string& id, Cancel&) {
  if (before_read) before_read(id);
  std::lock_guard lock(mutex);
  ++assignment_reads;
  if (read_errors.contains(id)) return read_errors[id];
  okta::AssignmentRead read;
  read.citation = {"req-" + id, clock.SinceBoot()};
  const auto it = people.find(id);
  if (it == people.end() || it->second.deleted || it->second.assignment.empty()) return read;
  auto storage = std::make_shared<Storage>();
  storage->rows.emplace_back(id, it->second);
  read.exists = true;
  read.user = RowOf(storage->rows[0].first, storage->rows[0].second);
  read.storage = storage;
  return read;
}

absl::StatusOr<teleport::ServerInfo> FakeTeleport::Ping(Cancel&) {
  return teleport::ServerInfo{"example.com", "18.1.0"};
}

absl::Status FakeTeleport::ListUsers(const std::function<absl::Status(const UserRecord&)>& visit, Cancel&) {
  std::map<std::string, UserRecord> copy;
  {
    std::lock_guard lock(mutex);
    copy = listed_users.value_or(users);
  }
  for (const auto& [name, user] : copy) OKTASYNC_RETURN_IF_ERROR(visit(user));
  return absl::OkStatus();
}

absl::StatusOr<UserRecord> FakeTeleport::GetUser(const std::string& name, Cancel&) {
  if (before_get_user) before_get_user();
  std::lock_guard lock(mutex);
  const auto it = users.find(name);
  if (it == users.end()) return NotFound("user " + name);
  return it->second;
}

absl::StatusOr<UserRecord> FakeTeleport::CreateUser(const UserRecord& user, Cancel&) {
  if (fail) OKTASYNC_RETURN_IF_ERROR(fail("create", user.name));
  std::lock_guard lock(mutex);
  for (const std::string& role : user.roles) {
    if (!roles.contains(role)) return NotFound("role " + role + " is");
  }
  if (users.contains(user.name)) return MakeStatus(absl::StatusCode::kAlreadyExists, "already registered");
  UserRecord stored = user;
  stored.revision = std::to_string(++revision);
  users[user.name] = stored;
  writes.push_back({"create", user.name, {}});
  return stored;
}

absl::StatusOr<UserRecord> FakeTeleport::UpdateUser(const UserRecord& user, Cancel&) {
  if (fail) OKTASYNC_RETURN_IF_ERROR(fail("update", user.name));
  std::lock_guard lock(mutex);
  const auto it = users.find(user.name);
  if (it != users.end() && updates_to_refuse > 0) {
    --updates_to_refuse;
    it->second.revision = std::to_string(++revision);
  }
  for (const std::string& role : user.roles) {
    if (!roles.contains(role)) return NotFound("role " + role + " is");
  }
  if (it == users.end() || it->second.revision != user.revision) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "resource revision does not match");
  }
  it->second = user;
  it->second.revision = std::to_string(++revision);
  writes.push_back({"update", user.name, {}});
  return it->second;
}

absl::Status FakeTeleport::DeleteUser(const std::string& name, Cancel&) {
  if (fail) OKTASYNC_RETURN_IF_ERROR(fail("delete", name));
  std::lock_guard lock(mutex);
  if (users.erase(name) == 0) return NotFound("user " + name);
  writes.push_back({"delete", name, {}});
  return absl::OkStatus();
}

absl::Status FakeTeleport::UpsertLock(const LockRecord& lock_in, Cancel&) {
  if (fail) OKTASYNC_RETURN_IF_ERROR(fail("lock", lock_in.user));
  std::lock_guard lock(mutex);
  const auto user = users.find(lock_in.user);
  if (user == users.end() || LabelOr(user->second.labels, labels::kOrigin) != labels::kOriginOkta) {
    return MakeStatus(absl::StatusCode::kPermissionDenied, "Okta service may only lock okta user");
  }
  const auto it = locks.find(lock_in.name);
  if (it != locks.end() && LabelOr(it->second.labels, labels::kOrigin) != labels::kOriginOkta) {
    return MakeStatus(absl::StatusCode::kPermissionDenied, "Okta service may only update Okta resources");
  }
  LockRecord stored = lock_in;
  if (stored.created_at == absl::InfinitePast()) stored.created_at = clock.Now() + server_ahead;
  locks[stored.name] = stored;
  writes.push_back({"lock", stored.user, stored});
  return absl::OkStatus();
}

absl::Status FakeTeleport::DeleteLock(const std::string& name, Cancel&) {
  std::lock_guard lock(mutex);
  const auto it = locks.find(name);
  if (it == locks.end()) return NotFound("lock " + name);
  if (LabelOr(it->second.labels, labels::kOrigin) != labels::kOriginOkta) {
    return MakeStatus(absl::StatusCode::kPermissionDenied, "Okta service may only delete Okta resources");
  }
  writes.push_back({"delete lock", it->second.user, it->second});
  locks.erase(it);
  return absl::OkStatus();
}

void FakeTeleport::ForgetExpired() {
  const absl::Time now = clock.Now() + server_ahead;
  std::erase_if(locks, [&](const auto& entry) { return entry.second.record_expires <= now; });
}

absl::StatusOr<LockRecord> FakeTeleport::GetLock(const std::string& name, Cancel&) {
  std::lock_guard lock(mutex);
  ForgetExpired();
  const auto it = locks.find(name);
  if (it == locks.end()) return NotFound("lock " + name);
  return it->second;
}

absl::StatusOr<std::vector<LockRecord>> FakeTeleport::GetLocks(const std::vector<std::string>& targets,
                                                               bool in_force_only, Cancel&) {
  std::lock_guard lock(mutex);
  const absl::Time now = clock.Now() + server_ahead;
  ForgetExpired();
  std::vector<LockRecord> found;
  for (const auto& [name, record] : listed_locks.value_or(locks)) {
    const bool asked =
        targets.empty() || std::find(targets.begin(), targets.end(), record.user) != targets.end();
    if (!asked || (in_force_only && (!record.InForce(now) || locks_never_in_force || name == dud_lock)))
      continue;
    found.push_back(record);
  }
  return found;
}

absl::StatusOr<RoleFacts> FakeTeleport::GetRole(const std::string& name, Cancel&) {
  std::lock_guard lock(mutex);
  if (!roles_error.ok()) return roles_error;
  const auto it = roles.find(name);
  if (it == roles.end()) return NotFound("role " + name);
  return it->second;
}

absl::StatusOr<std::vector<SamlConnector>> FakeTeleport::GetSamlConnectors(Cancel&) {
  std::lock_guard lock(mutex);
  if (!connectors_error.ok()) return connectors_error;
  return connectors;
}

absl::StatusOr<SamlConnector> FakeTeleport::GetSamlConnector(const std::string& name, Cancel&) {
  std::lock_guard lock(mutex);
  if (!connectors_error.ok()) return connectors_error;
  for (const SamlConnector& connector : connectors) {
    if (connector.name == name) return connector;
  }
  return MakeStatus(absl::StatusCode::kNotFound, "SAML connector \"" + name + "\" is not configured");
}

absl::StatusOr<teleport::Lease> FakeTeleport::AcquireLease(const std::string& kind, const std::string& name,
                                                           const std::string& holder, absl::Time expires,
                                                           Cancel&) {
  std::lock_guard lock(mutex);
  if (lease_checks_clock && expires <= clock.Now() + server_ahead) {
    return teleport::AnswerInWords({"AcquireSemaphore", name, "us"},
                                   {3, "cannot acquire expired semaphore lease", {}});
  }
  if (!lease_holder.empty() && lease_expires > clock.Now() + server_ahead) {
    return teleport::AnswerInWords(
        {"AcquireSemaphore", name, "us"},
        {8, "cannot acquire semaphore " + kind + "/" + name + " (err-max-leases)", {}});
  }
  lease_holder = holder;
  lease_expires = expires;
  return teleport::Lease{kind, name, "lease-1", expires};
}

absl::Status FakeTeleport::KeepLeaseAlive(const teleport::Lease&, absl::Time new_expires, Cancel&) {
  std::lock_guard lock(mutex);
  if (lease_holder.empty()) return NotFound("lease");
  lease_expires = new_expires;
  return absl::OkStatus();
}

absl::Status FakeTeleport::CancelLease(const teleport::Lease&, Cancel&) {
  std::lock_guard lock(mutex);
  lease_holder.clear();
  return absl::OkStatus();
}

absl::Status FakeTeleport::EmitUserSync(const teleport::UserSyncEvent& event, Cancel&) {
  if (fail) OKTASYNC_RETURN_IF_ERROR(fail("audit", ""));
  std::lock_guard lock(mutex);
  events.push_back(event);
  return absl::OkStatus();
}

World::World() {
  options.app_id = "0oaapp";
  options.writers = 4;
}

std::vector<std::string> World::Hire(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i, ++hired_) {
    char id[32];
    std::snprintf(id, sizeof(id), "00u%03d", hired_);
    char name[32];
    std::snprintf(name, sizeof(name), "u%03d@example.com", hired_);
    okta.people[id] = {name, "ACTIVE", "ACTIVE", {{"department", "Sales"}, {"login", name}}, false, false};
    ids.emplace_back(id);
  }
  return ids;
}

Report World::Execute(RunKind kind) {
  RunProgress progress;
  Run run(kind, options, okta, teleport, corrected, NullLog(), cancel, progress, lease,
          {known_org_id, approvals, overdue, found.app_id, found.connector});
  Report report = run.Execute();
  if (!run.found().app_id.empty()) found.app_id = run.found().app_id;
  if (!run.found().connector.empty()) found.connector = run.found().connector;
  Cancel never;
  lease.Release(never);
  return report;
}
Report World::Sync() { return Execute(RunKind::kSync); }
Report World::Plan() { return Execute(RunKind::kPlan); }

std::vector<std::string> World::Names() {
  std::lock_guard lock(teleport.mutex);
  std::vector<std::string> names;
  for (const auto& [name, user] : teleport.users) names.push_back(name);
  return names;
}

bool World::LockedOut(const std::string& name) {
  std::lock_guard lock(teleport.mutex);
  const absl::Time now = clock.Now() + teleport.server_ahead;
  return std::any_of(teleport.locks.begin(), teleport.locks.end(), [&](const auto& entry) {
    return entry.second.user == name && entry.second.InForce(now);
  });
}

std::vector<std::string> World::TakeWrites() {
  std::lock_guard lock(teleport.mutex);
  std::vector<std::string> out;
  for (const Write& write : teleport.writes) {
    std::string call = write.call;
    if (call == "lock" && !write.lock.InForce(clock.Now() + teleport.server_ahead)) call = "lift";
    out.push_back(call + " " + write.name);
  }
  teleport.writes.clear();
  return out;
}

Settled::Settled(int count) : ids(Hire(count)) {
  const Report report = Sync();
  if (!report.outcome.ok()) throw std::logic_error("the first import failed: " + Message(report.outcome));
  TakeWrites();
}

const Line* FindLine(const Report& report, Outcome outcome, const std::string& okta_id) {
  for (const Line& line : report.lines) {
    if (line.outcome == outcome && line.okta_id == okta_id) return &line;
  }
  return nullptr;
}

size_t HeldCount(const Report& report, HeldKind kind) {
  size_t count = 0;
  for (const HeldSet& set : report.held) count += set.kind == kind ? set.items.size() : 0;
  return count;
}

std::vector<Approval> ApproveAll(const Report& report) {
  std::vector<Approval> approvals;
  for (const HeldSet& set : report.held) {
    approvals.push_back(ApprovalOf(set, SourceId{report.org_id, report.app_id}.Label(), report.ended));
  }
  return approvals;
}

}  // namespace oktasync::reconcile
