// What a preflight learns from Teleport: reads alone, each once, each within a bounded time.
//
// Used by preflight.h; judged by teleport_checks.h. What was not asked because its ground is missing is nullopt.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/role_facts.h"
#include "model/saml_connector.h"
#include "model/user_record.h"
#include "okta/client.h"
#include "teleport/client.h"
#include "teleport/identity.h"

namespace oktasync::enroll {

// As the service gets it from the configuration and the host.
struct TeleportInputs {
  // Whether an identity can be had at all; OK also when the host secures its connections itself.
  absl::Status identity;
  std::string identity_file;      // that joining made and that runs keep renewed; "" for another kind
  bool identity_of_host = false;  // it comes from the host, which looks after it
  teleport::ClientOptions client;
  std::string default_role;        // "" for none
  std::vector<std::string> roles;  // all that may be given, the default one included
  std::vector<std::string> allow_powerful_roles;
  ConnectorRef connector;  // type "" for none
  // The configuration names no connector: which of those that there are.
  bool find_connector = false;
  std::function<absl::StatusOr<SamlConnector>(const std::vector<SamlConnector>& all, const okta::Org& org)>
      pick_connector;
  std::string lease_kind;
};

struct TeleportFacts {
  bool secured_by_host = false;  // the identity is the host's own and is not shown to us
  absl::StatusOr<teleport::IdentityFacts> identity;
  absl::Status keepable;  // whether a renewed identity could be written to TeleportInputs::identity_file
  absl::Time now;         // corrected by Okta's Date, when that is known
  std::optional<absl::StatusOr<teleport::ServerInfo>> server;
  // Why the identity is to be renewed, "" when it is not. Of one that runs do not renew: by the cluster's CAs alone.
  std::optional<absl::StatusOr<std::string>> renewal;
  std::map<std::string, absl::StatusOr<RoleFacts>> roles;  // of TeleportInputs::roles
  // Every role with a wildcard in app_labels, also of those that are not ours to give.
  std::optional<absl::StatusOr<std::vector<std::string>>> wildcard_roles;
  std::vector<std::pair<std::string, absl::Status>> reads;  // by Teleport's name of the call
  std::string lease;                                        // its name; "" when the org's id is not known
  std::optional<absl::StatusOr<std::vector<teleport::LeaseHolder>>> holders;
  std::string app_id;                                      // configured, or found
  std::optional<absl::StatusOr<SamlConnector>> connector;  // SAML alone can be read by the role Okta
  // Where the connector sends people, when that is none of the org's addresses that we know.
  std::string logs_in_at;
};

// `org` null and `app_id` "" when they are not known. `step` bounds each read.
TeleportFacts LookAtTeleport(const TeleportInputs& inputs, const okta::Org* org, const std::string& app_id,
                             absl::Duration step, const Clock& clock, LogSink& log, Cancel& cancel);

// The connector alone, beforehand, to find the app from.
absl::StatusOr<SamlConnector> LookAtConnector(const TeleportInputs& inputs, const okta::Org& org,
                                              absl::Duration step, const Clock& clock, LogSink& log,
                                              Cancel& cancel);

}  // namespace oktasync::enroll
