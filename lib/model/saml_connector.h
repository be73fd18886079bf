// How people log in to Teleport through the org: what of a SAML connector tells which Okta app it belongs to.
//
// Source: types.SAMLConnectorV2. Of Okta the issuer is "http://www.okta.com/exk…" and logins begin at
// "https://<org>/app/<app name>/exk…/sso/saml"; the label is Teleport Enterprise's own.
#pragma once

#include <string>

namespace oktasync {

// All of it is text from outside; "" for what the connector does not say.
struct SamlConnector {
  std::string name;
  std::string okta_app_id;  // label teleport.internal/okta-app-id
  std::string issuer;
  std::string sso_url;
  std::string acs_url;  // where Okta sends the assertion: Teleport's
};

}  // namespace oktasync
