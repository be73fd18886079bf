// A Teleport user as we read and write it, and what we want one to be.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace oktasync {

// CreatedBy.Connector: through which connector a person logs in. Teleport lets an SSO login use an existing
// record only when type and id are those of the login's connector.
struct ConnectorRef {
  std::string type;  // "saml", "oidc", "github"
  std::string name;
  std::string identity;

  friend bool operator==(const ConnectorRef&, const ConnectorRef&) = default;
};

using Labels = std::map<std::string, std::string, std::less<>>;
using Traits = std::map<std::string, std::vector<std::string>, std::less<>>;

// types.UserV2 as far as we look into it.
struct UserRecord {
  std::string name;
  std::string revision;  // opaque; an update is refused when it is not the stored one
  Labels labels;
  std::vector<std::string> roles;
  Traits traits;           // never a key without values
  ConnectorRef connector;  // all empty for none
  std::string created_by_user;
  absl::Time expires = absl::InfiniteFuture();  // a login's temporary record has one, ours never

  // The encoded message that this was read from ("" for a new user). An update starts from it, so fields
  // that we do not know are written back as they were.
  std::string raw;
};

// What Okta and the configuration make of a person: rule R4's name, roles, traits, labels, connector.
struct DesiredUser {
  std::string okta_id;
  std::string name;
  std::vector<std::string> roles;  // sorted, no duplicates
  Traits traits;
  std::vector<std::string> own_trait_keys;  // sorted: keys in `traits` outside "okta/", remembered in a label
  Labels labels;                            // all of ours, complete
  ConnectorRef connector;
};

// The label's value, or "".
std::string_view LabelOr(const Labels& labels, std::string_view key);

// "a,b" and back. Items hold no comma.
std::string JoinList(const std::vector<std::string>& items);
std::vector<std::string> SplitList(std::string_view text);

}  // namespace oktasync
