// Which app of the org a SAML connector of Teleport belongs to. For client.cc.
//
// Source: GET /api/v1/apps (filter, limit at most 200), Okta management API 2026.06; scope okta.apps.read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "model/saml_connector.h"
#include "okta/caller.h"
#include "okta/client.h"

namespace oktasync::okta {

// What an SSO URL of Okta says: "https://<org>/app/<app name>/exk…/sso/saml". Both "" when it is none.
struct SsoUrl {
  std::string origin;  // "https://example.okta.com"
  std::string app_name;
};
SsoUrl ReadSsoUrl(std::string_view url);

// As Client::FindApp promises.
absl::StatusOr<std::string> FindAppOf(const SamlConnector& connector, const Org& org, Caller& caller,
                                      Cancel& cancel);

// A row of the list of apps.
struct AppRow {
  std::string id;
  std::string name;   // "example_teleport_1"
  std::string label;  // text from outside
  std::string acs_url;
  bool saml = false;
  bool active = false;
};

// The rows that are meant by the connector: those of the SSO URL's app name, or of the connector's assertion
// consumer service when there is no such name or several have it. Inactive ones only when no active one is.
std::vector<AppRow> Matching(const std::vector<AppRow>& rows, const std::string& app_name,
                             const std::string& acs_url);

}  // namespace oktasync::okta
