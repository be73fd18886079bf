// All that the playground's auth service knows: users, locks, roles, leases, audit events and its settings.
//
// Shared by the two gRPC services and the control commands; whoever touches a member other than `record` and
// `faults`, which guard themselves, holds `mutex`.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "auth/faults.h"
#include "auth/lagged_map.h"
#include "nlohmann/json.hpp"
#include "record.h"
#include "teleport/legacy/types/types.pb.h"

namespace playground {

// A user as it goes over the wire, from AsSentByGo: a tenth of the memory of the message, and a listing
// copies bytes. It holds no passwords.
struct StoredUser {
  std::string wire;
};

// What can be saved, and brought back by a control command.
struct Holdings {
  Holdings();

  LaggedMap<StoredUser> users;
  LaggedMap<types::LockV2> locks;
  std::map<std::string, types::RoleV6> roles;
  std::map<std::string, types::SAMLConnectorV2> saml_connectors;
  std::map<std::pair<std::string, std::string>, types::SemaphoreV3> semaphores;  // by kind and name
  std::vector<nlohmann::json> audit;
  // Locks that were accepted but never come into force (a fault).
  std::set<std::string> dud_locks;
  // Names of locks with a server or role as target, so that every RPC need not look through all locks.
  std::set<std::string> caller_locks;
  // Names by the time when the record expires.
  std::multimap<double, std::string> user_expiries;
  std::multimap<double, std::string> lock_expiries;
};

struct JoinToken {
  std::set<std::string> roles;
  double expires = 0;  // by the server's clock
};

struct World : Holdings {
  explicit World(Record& record_in) : record(record_in) {}

  // The server's clock, in seconds since the epoch: the machine's plus clock_offset.
  double Now() const;
  // Forgets users and locks whose record has expired, and shows listings what is old enough.
  void Tick();

  std::shared_ptr<const types::UserV2> FindUser(const std::string& name);
  LaggedMap<types::LockV2>::Ptr FindLock(const std::string& name);

  // Each puts a write into the store and into the record, under a new revision, and returns what is stored.
  // `side` is "auth" for an accepted RPC and "control" for the side door.
  types::UserV2 PutUser(types::UserV2 user, const std::string& side, const std::string& call);
  void EraseUser(const std::string& name, const std::string& side, const std::string& call);
  types::LockV2 PutLock(types::LockV2 lock, const std::string& side, const std::string& call);
  void EraseLock(const std::string& name, const std::string& side, const std::string& call);
  void PutRole(types::RoleV6 role);

  // Why the bearer of a host certificate is locked out, or "".
  std::string LockedOut(const std::string& host_id, const std::vector<std::string>& system_roles);

  std::mutex mutex;
  std::map<std::string, Holdings> saved;  // by the name that the caller gave

  std::string cluster = "playground";
  std::string version = "18.1.0";
  int page_default = 1000;
  bool border_bug = false;
  std::chrono::steady_clock::duration lag{};
  double clock_offset = 0;
  std::map<std::string, JoinToken> tokens;
  // Seconds for which host certificates are issued.
  long certificate_life = 10L * 365 * 24 * 3600;
  // Off: the record holds counts of traits instead of the traits, for runs with very many users.
  bool record_traits = true;

  Record& record;
  Faults faults;

 private:
  void AddWrite(const std::string& side, const std::string& call, const std::string& name,
                nlohmann::json before, nlohmann::json after);
};

types::UserV2 ParseStored(const StoredUser& stored);

// A random UUID, as Teleport uses for revisions, leases and hosts.
std::string NewUuid();

}  // namespace playground
