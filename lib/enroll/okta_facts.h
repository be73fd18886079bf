// What a preflight learns from Okta: a handful of reads, each once, each within a bounded time.
//
// Used by preflight.h; judged by okta_checks.h. What was not asked because its ground is missing is nullopt.
// Writes nothing in Okta, but that it takes an access token.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/client.h"
#include "oauth/client_keys.h"
#include "oauth/token_source.h"
#include "okta/client.h"

namespace oktasync::enroll {

// As the service gets it from the configuration.
struct OktaInputs {
  http::ClientOptions http;
  oauth::ClientCredentials credentials;
  absl::StatusOr<std::shared_ptr<oauth::ClientKeys>> keys;  // or why there are none
  okta::ClientOptions client;
  // The connector that the app is to be found from, when client.app_id is ""; asks Teleport.
  std::function<absl::StatusOr<SamlConnector>(const okta::Org& org, Cancel& cancel)> connector;
  std::string pinned_org_id;               // "" for none
  std::vector<std::string> needed_scopes;  // by what is configured
  std::vector<std::string> groups;         // that rules name, by name or id
};

struct OktaFacts {
  absl::Status keys;
  std::vector<std::string> key_ids;
  oauth::KeyTrouble key_trouble;  // after the tokens were asked for
  // Of one exchange without a token: OK when anything answered over TLS that we trust.
  absl::Status reached;
  std::optional<absl::Duration> server_ahead;  // Okta's clock against ours; nullopt: no Date header
  std::optional<absl::Status> token;
  std::vector<std::string> granted;  // scopes
  bool dpop = false;                 // the token is bound to our key
  std::optional<absl::StatusOr<okta::Org>> org;
  std::string app_id;  // configured, or found; "" when it was not
  // Of an app that is to be found: how that went, connector and search; OK when it is configured.
  absl::Status connector;
  absl::Status search;
  std::optional<absl::StatusOr<okta::App>> app;
  std::optional<absl::StatusOr<std::vector<std::string>>>
      people;                                            // ids on the list's first page, at most one
  std::optional<absl::StatusOr<okta::UserRead>> person;  // that one, read singly
  // Of OktaInputs::groups, as far as they were asked for.
  std::vector<std::pair<std::string, absl::Status>> groups;
  // When the app was found by a label of the connector: that connector's name.
  std::string labelled_by;
  std::optional<okta::RateWindow> window;  // of the list's bucket
  int refused = 0;                         // answers 429 of the API
};

// `step` bounds each read. `clock` learns from Okta's Date.
OktaFacts LookAtOkta(const OktaInputs& inputs, absl::Duration step, CorrectedClock& clock, LogSink& log,
                     Cancel& cancel);

}  // namespace oktasync::enroll
