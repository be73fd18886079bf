// Teleport's auth server as we use it: users, locks, roles, the lease, the audit event, ping.
//
// Everything goes through the tunnel (teleport/tunnel.h) and reconnects by itself. An error says which call
// failed, with which identity, and in words what Teleport's rules about okta-origin resources ask for.
// Codes: kUnavailable (after retries), kDeadlineExceeded, kPermissionDenied, kNotFound, kAlreadyExists,
// kFailedPrecondition (stale revision), kInvalidArgument (name or field refused), kResourceExhausted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/lock_record.h"
#include "model/role_facts.h"
#include "model/saml_connector.h"
#include "model/user_record.h"
#include "teleport/http_proxy.h"
#include "teleport/identity.h"

namespace oktasync::teleport {

struct ServerInfo {
  std::string cluster_name;
  std::string version;  // "18.0.0"
};

// teleport's semaphore lease. `expires` is what we asked for, in the server's eyes.
struct Lease {
  std::string kind;
  std::string name;
  std::string id;
  absl::Time expires;
};

// One who holds a lease, as the server lists it.
struct LeaseHolder {
  std::string holder;  // text from outside
  absl::Time expires;
};

// Audit event okta.user.sync (TOK007I, or TOK007E with `error`).
struct UserSyncEvent {
  bool success = true;
  std::string error;
  std::string org_url;
  std::string app_id;
  int created = 0;
  int deleted = 0;
  int modified = 0;
  int total = 0;
};

// Asks for a new certificate for the same host; the role is Okta.
struct HostCertsRequest {
  std::string host_id;
  std::string public_key_pem;
  std::string public_ssh_key;  // an authorized_keys line
};
struct HostCerts {
  std::string cert_pem;
  std::string ca_pem;  // the cluster's host CAs, one or more
};

// A connected byte stream that the tunnel then owns.
struct Dialled {
  Dialled(int fd_in, bool secured_in = false) : fd(fd_in), secured(secured_in) {}
  int fd;
  // The host has done TLS (with its own identity, the server proved, h2 chosen) and the stream carries what is
  // inside. Else TLS with our identity runs over it.
  bool secured;
};
// Connects to the auth server; a host may bring its own. Blocking; must honour `cancel`.
using Dial = std::function<absl::StatusOr<Dialled>(const std::string& address, Cancel& cancel)>;
// Asked for each new connection, so that a renewed identity is used from then on.
using IdentitySource = std::function<absl::StatusOr<Identity>()>;

struct ClientOptions {
  std::string address;  // host:port of the auth server, or of the proxy
  // The address is the proxy's: the ALPN protocols follow from the cluster's name in the identity.
  bool proxy = false;
  // ALPN protocols in order. The auth server's port takes "h2" alone; the proxy's port wants
  // "teleport-auth@<hex(cluster)>.teleport.cluster.local" first.
  std::vector<std::string> alpn = {"h2"};
  absl::Duration call_timeout = absl::Seconds(30);  // of one try of one call
  absl::Duration connect_timeout = absl::Seconds(15);
  int max_tries =
      10;  // of a call that may be repeated: within some 16 s, which an auth server's restart may take
  int list_page_size = 500;
  IdentitySource identity;             // null: the dial secures its connections
  Dial dial;                           // null: TCP to `address`
  ProxyEnvironment proxy_environment;  // HTTP proxies for that TCP
  // What to do when certificates are not accepted, behind such errors: "; join again with …".
  std::string identity_advice;
};

// Thread-safe; calls block. A write whose outcome is unknown (the connection broke, the deadline passed) is
// not repeated blindly: the caller gets kUnavailable or kDeadlineExceeded and reads before it decides.
// Reads are repeated here.
class Client {
 public:
  virtual ~Client() = default;

  virtual absl::StatusOr<ServerInfo> Ping(Cancel& cancel) = 0;

  // Every user, in pages. On a server whose ListUsers loses one user at each page border (18.0.0) the result
  // is the union of two listings with different page sizes; a user may then be visited twice. Stops at the
  // first error, which `visit` may return too. Listings lag a write by up to a second.
  virtual absl::Status ListUsers(const std::function<absl::Status(const UserRecord&)>& visit,
                                 Cancel& cancel) = 0;
  virtual absl::StatusOr<UserRecord> GetUser(const std::string& name, Cancel& cancel) = 0;
  // Both return the stored user with its revision.
  virtual absl::StatusOr<UserRecord> CreateUser(const UserRecord& user, Cancel& cancel) = 0;
  virtual absl::StatusOr<UserRecord> UpdateUser(const UserRecord& user, Cancel& cancel) = 0;
  virtual absl::Status DeleteUser(const std::string& name, Cancel& cancel) = 0;

  virtual absl::Status UpsertLock(const LockRecord& lock, Cancel& cancel) = 0;
  // At once, also of one in force. kNotFound when there is none.
  virtual absl::Status DeleteLock(const std::string& /*name*/, Cancel& /*cancel*/) {
    return absl::UnimplementedError("DeleteLock");
  }
  virtual absl::StatusOr<LockRecord> GetLock(const std::string& name, Cancel& cancel) = 0;
  // Locks that target any of `users`; all locks when `users` is empty.
  virtual absl::StatusOr<std::vector<LockRecord>> GetLocks(const std::vector<std::string>& users,
                                                           bool in_force_only, Cancel& cancel) = 0;

  virtual absl::StatusOr<RoleFacts> GetRole(const std::string& name, Cancel& cancel) = 0;
  // Every role, in pages. Stops at the first error, which `visit` may return too.
  virtual absl::Status ListRoles(const std::function<absl::Status(const RoleFacts&)>& /*visit*/,
                                 Cancel& /*cancel*/) {
    return absl::UnimplementedError("ListRoles");
  }

  // kNotFound when there is none of that name; the open-source edition has none at all.
  virtual absl::StatusOr<SamlConnector> GetSamlConnector(const std::string& /*name*/, Cancel& /*cancel*/) {
    return absl::UnimplementedError("GetSAMLConnector");
  }
  virtual absl::StatusOr<std::vector<SamlConnector>> GetSamlConnectors(Cancel& /*cancel*/) {
    return absl::UnimplementedError("GetSAMLConnectors");
  }

  // kResourceExhausted when another holds it: ask IsLeaseTaken, for a busy server gives the same code.
  virtual absl::StatusOr<Lease> AcquireLease(const std::string& kind, const std::string& name,
                                             const std::string& holder, absl::Time expires,
                                             Cancel& cancel) = 0;
  // kNotFound: the lease is lost.
  virtual absl::Status KeepLeaseAlive(const Lease& lease, absl::Time new_expires, Cancel& cancel) = 0;
  virtual absl::Status CancelLease(const Lease& lease, Cancel& cancel) = 0;
  // Who holds a lease now; takes none. Empty: nobody.
  virtual absl::StatusOr<std::vector<LeaseHolder>> GetLeaseHolders(const std::string& /*kind*/,
                                                                   const std::string& /*name*/,
                                                                   Cancel& /*cancel*/) {
    return absl::UnimplementedError("GetSemaphores");
  }

  // The cluster's host CAs as PEM, who issues first; several while the CA is rotated.
  virtual absl::StatusOr<std::string> GetClusterCas(Cancel& /*cancel*/) {
    return absl::UnimplementedError("GetClusterCACert");
  }
  virtual absl::StatusOr<HostCerts> GenerateHostCerts(const HostCertsRequest& /*request*/,
                                                      Cancel& /*cancel*/) {
    return absl::UnimplementedError("GenerateHostCerts");
  }

  virtual absl::Status EmitUserSync(const UserSyncEvent& event, Cancel& cancel) = 0;

  // Connect anew with the identity source's present answer.
  // Nothing leaves this process after that moment of Clock::SinceBoot(), also what is queued already (R20);
  // InfiniteDuration lifts that. Calls that are cut off so end with kAborted or kUnavailable.
  virtual void SendOnlyUntil(absl::Duration /*since_boot*/) {}
  virtual void IdentityChanged() = 0;
};

bool IsLeaseTaken(const absl::Status& status);
// The role that Teleport does not know, when that is what a kNotFound is about; else "". It need not be one of
// ours: an update carries the roles that an admin gave too.
std::string MissingRole(const absl::Status& status);

// "teleport-auth@<hex of the cluster's name>.teleport.cluster.local", "h2": for the proxy's port.
std::vector<std::string> ProxyAlpn(const std::string& cluster);

// clock and log must outlive the client. kFailedPrecondition when no identity can be had or it does not hold
// the role Okta; connecting itself happens at the first call.
absl::StatusOr<std::unique_ptr<Client>> MakeClient(ClientOptions options, const Clock& clock, LogSink& log);

}  // namespace oktasync::teleport
