#include "auth/world.h"

#include <algorithm>
#include <cstdio>
#include <random>

#include "auth/render.h"

namespace playground {
namespace {

std::chrono::steady_clock::time_point SteadyNow() { return std::chrono::steady_clock::now(); }

std::optional<double> RecordExpiry(const types::LockV2& lock) {
  return TimeOf(lock.metadata().has_expires(), lock.metadata().expires());
}

// Teleport's Resource expiry of a user: the metadata's, else the spec's.
std::optional<double> RecordExpiry(const types::UserV2& user) {
  const auto expires = TimeOf(user.metadata().has_expires(), user.metadata().expires());
  return expires ? expires : TimeOf(user.spec().has_expires(), user.spec().expires());
}

// What Teleport sets on every resource that it stores: the one namespace, and a new revision.
void SetDefaults(types::Metadata* metadata) {
  if (metadata->namespace_().empty()) metadata->set_namespace_("default");
  metadata->set_revision(NewUuid());
}

}  // namespace

std::string NewUuid() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const uint64_t high = random(), low = random();
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>((high >> 16) & 0xffff), static_cast<unsigned>(high & 0xfff),
                static_cast<unsigned>(0x8000 | ((low >> 48) & 0x3fff)),
                static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text;
}

types::UserV2 ParseStored(const StoredUser& stored) {
  types::UserV2 user;
  user.ParseFromString(stored.wire);
  return user;
}

Holdings::Holdings() : locks([](const types::LockV2& lock) { return lock.spec().target().user(); }) {}

double World::Now() const {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() +
         clock_offset;
}

void World::Tick() {
  const double now = Now();
  const auto steady = SteadyNow();
  while (!user_expiries.empty() && user_expiries.begin()->first <= now) {
    const std::string name = user_expiries.begin()->second;
    user_expiries.erase(user_expiries.begin());
    const auto user = users.Find(name);
    if (user && RecordExpiry(ParseStored(*user)).value_or(now + 1) <= now) users.Erase(name, steady);
  }
  while (!lock_expiries.empty() && lock_expiries.begin()->first <= now) {
    const std::string name = lock_expiries.begin()->second;
    lock_expiries.erase(lock_expiries.begin());
    const auto lock = locks.Find(name);
    if (lock && RecordExpiry(*lock).value_or(now + 1) <= now) locks.Erase(name, steady);
  }
  users.CatchUp(steady, lag);
  locks.CatchUp(steady, lag);
}

std::shared_ptr<const types::UserV2> World::FindUser(const std::string& name) {
  Tick();
  const auto stored = users.Find(name);
  return stored ? std::make_shared<const types::UserV2>(ParseStored(*stored)) : nullptr;
}

LaggedMap<types::LockV2>::Ptr World::FindLock(const std::string& name) {
  Tick();
  return locks.Find(name);
}

void World::AddWrite(const std::string& side, const std::string& call, const std::string& name,
                     nlohmann::json before, nlohmann::json after) {
  record.Add({{"side", side},
              {"kind", "write"},
              {"call", call},
              {"name", Utf8(name)},
              {"before", std::move(before)},
              {"after", std::move(after)}});
}

types::UserV2 World::PutUser(types::UserV2 user, const std::string& side, const std::string& call) {
  const std::string name = user.metadata().name();
  const auto before = FindUser(name);
  user.set_kind("user");
  user.set_version("v2");
  SetDefaults(user.mutable_metadata());
  user = AsSentByGo(std::move(user));
  if (const auto expires = RecordExpiry(user)) user_expiries.emplace(*expires, name);
  users.Put(name, std::make_shared<const StoredUser>(StoredUser{user.SerializeAsString()}), SteadyNow());
  AddWrite(side, call, name, before ? Render(*before, record_traits) : nlohmann::json(),
           Render(user, record_traits));
  return user;
}

void World::EraseUser(const std::string& name, const std::string& side, const std::string& call) {
  const auto before = FindUser(name);
  users.Erase(name, SteadyNow());
  AddWrite(side, call, name, before ? Render(*before, record_traits) : nlohmann::json(), nullptr);
}

types::LockV2 World::PutLock(types::LockV2 lock, const std::string& side, const std::string& call) {
  const std::string name = lock.metadata().name();
  const auto before = FindLock(name);
  lock.set_kind("lock");
  lock.set_version("v2");
  SetDefaults(lock.mutable_metadata());
  auto stored = std::make_shared<const types::LockV2>(std::move(lock));
  if (const auto expires = RecordExpiry(*stored)) lock_expiries.emplace(*expires, name);
  if (stored->spec().target().serverid().empty() && stored->spec().target().role().empty()) {
    caller_locks.erase(name);
  } else {
    caller_locks.insert(name);
  }
  locks.Put(name, stored, SteadyNow());
  AddWrite(side, call, name, before ? Render(*before) : nlohmann::json(), Render(*stored));
  return *stored;
}

void World::EraseLock(const std::string& name, const std::string& side, const std::string& call) {
  const auto before = FindLock(name);
  locks.Erase(name, SteadyNow());
  caller_locks.erase(name);
  dud_locks.erase(name);
  AddWrite(side, call, name, before ? Render(*before) : nlohmann::json(), nullptr);
}

void World::PutRole(types::RoleV6 role) {
  role.set_kind("role");
  if (role.version().empty()) role.set_version("v7");
  SetDefaults(role.mutable_metadata());
  for (auto* conditions : {role.mutable_spec()->mutable_allow(), role.mutable_spec()->mutable_deny()}) {
    if (conditions->namespaces().empty()) conditions->add_namespaces("default");
  }
  constexpr int64_t kThirtyHours = int64_t{30} * 3600 * 1000000000;
  auto* options = role.mutable_spec()->mutable_options();
  if (options->maxsessionttl() == 0) options->set_maxsessionttl(kThirtyHours);
  roles[role.metadata().name()] = std::move(role);
}

std::string World::LockedOut(const std::string& host_id, const std::vector<std::string>& system_roles) {
  for (const std::string& name : caller_locks) {
    const auto lock = FindLock(name);
    if (!lock || !InForce(*lock, Now())) continue;
    const auto& target = lock->spec().target();
    if (!target.serverid().empty() && target.serverid() == host_id) {
      return "lock targeting ServerID:\"" + host_id + "\" is in force: " + lock->spec().message();
    }
    if (!target.role().empty() &&
        std::find(system_roles.begin(), system_roles.end(), target.role()) != system_roles.end()) {
      return "lock targeting Role:\"" + target.role() + "\" is in force: " + lock->spec().message();
    }
  }
  return "";
}

}  // namespace playground
