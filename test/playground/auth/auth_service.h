// The playground's Teleport auth service: a strict fake on loopback that refuses what the real one refuses.
//
// Owned by the playground's main, which drives it through Control. Everything it is asked and everything it
// accepts goes into the Record (auth/desk.h says how an RPC looks there, auth/render.h how a user or lock
// looks). The process should ignore SIGPIPE. Control is thread-safe; Start and Stop belong to one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kill_switch.h"
#include "nlohmann/json.hpp"
#include "record.h"

namespace playground {

struct AuthOptions {
  // Gets identity.key, identity.crt (role Okta), host-ca.pem; for tests node.key/.crt (role Node),
  // expired.key/.crt, foreign.key/.crt (role Okta of another cluster's CA of the same name), foreign-ca.pem.
  // Keys have mode 0600. Made when it does not exist. proxy-ca.pem is for the proxy's port.
  std::string dir;
  int port = 0;  // 0: any free one
  std::string cluster = "playground";
  std::string version = "18.1.0";
  int page_default = 1000;
  // Whether the Enterprise presets okta-requester and okta-access are there.
  bool okta_requester = false;
  // Off: the record counts traits instead of holding them, which matters from some 10,000 users on.
  bool record_traits = true;
  // Seconds after which a connection gets GOAWAY: calls under way may end, new ones need another connection.
  // 0: never.
  double connection_age = 0;
  // The Okta side's control commands, for faults whose command begins with "okta/".
  std::function<nlohmann::json(const std::string& command, const nlohmann::json& args)> okta;
};

class AuthService {
 public:
  // `record` and `kill` must outlive the service.
  AuthService(AuthOptions options, Record& record, KillSwitch& kill);
  ~AuthService();

  // Makes the CA and the identities, opens the port. Throws std::runtime_error.
  void Start();
  void Stop();
  // "127.0.0.1:<port>"
  std::string address() const;
  // "localhost:<port>": the proxy's port, with a certificate of proxy-ca.pem for that name.
  std::string proxy_address() const;
  // "http://127.0.0.1:<port>"
  std::string http_proxy() const;
  // UUID in the certificate's common name of identity.crt.
  std::string host_id() const;
  // Of the host CA, as `tctl status` and `tctl tokens add` print it.
  std::string ca_pin() const;

  // Looks and side doors for tests. Always an object; {"error": text} when the command or its arguments are
  // wrong. Times are seconds since the epoch, null for unset. Side doors ("by an admin") follow no rules and
  // are recorded as {side "control", kind "write", call, name, before, after}.
  //
  //   users {brief?}            {"count": n, "users": [user, …]}, or names alone with brief
  //   user {name}               {"user": user or null}
  //   locks                     {"locks": [lock with "in_force", …]}, at once, without lag
  //   lock {name}               {"lock": lock or null}
  //   roles                     {"roles": [role, …]}
  //   leases                    {"leases": [{kind, name, lease_id, holder, expires}, …]}
  //   audit                     {"audit": [event, …]}
  //   put_user {name, labels?, roles?, traits?, connector? {type, id, identity?}, created_by_user?, expires?}
  //   delete_user {name}
  //   put_lock {name, labels?, target {user|role|login|server_id}, message?, expires?, metadata_expires?,
  //             created_at?, created_by?}
  //   delete_lock {name}
  //   put_role {name, labels?, rules? [{resources, verbs}], logins?, node_labels?, max_session_ttl? (seconds),
  //             …}: see ParseRole in auth/render.h
  //   delete_role {name}
  //   put_saml_connector {name, labels?, issuer?, sso?, acs?, display?}
  //   delete_saml_connector {name}
  //   lag {seconds}             ListUsers and GetLocks show the state of so long ago
  //   border_bug {on}           ListUsers loses a user at each page border, as 18.0.0 does
  //   version {version}         of Ping and of the response header
  //   clock_offset {seconds}    the server's clock against the machine's
  //   record_traits {on}
  //   put_token {roles? ["Okta"], seconds? 3600}   {"token": a new one}
  //   host_ca                   {"phase", "pins": [pin, …], "pem"}; all that are trusted, who issues first
  //   rotate {phase}            see auth/host_ca.h; from update_servers on all connections are closed
  //   certificate_life {seconds}  of the host certificates that are issued from now on
  //   http_proxy {credentials?, refuse?, silent?, padding?}   see auth/proxies.h; what is left out is off
  //   fault {…}                 see auth/faults.h
  //   faults                    {"faults": [{call, name, kind, after, left, struck}, …]}
  //   clear_faults              also ends what hangs
  //   cut_connections
  //   refuse {seconds}          new connections are refused; those that exist live on
  //   drop_lease {kind?, name?} as if they had run out
  //   save {name}               keeps users, locks, roles, leases and audit events under that name
  //   restore {name}            brings them back
  nlohmann::json Control(const std::string& command, const nlohmann::json& args);

 private:
  struct Parts;
  AuthOptions options_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace playground
