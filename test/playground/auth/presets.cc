#include "auth/presets.h"

#include <initializer_list>

namespace playground {
namespace {

using Strings = std::initializer_list<const char*>;

types::RoleV6 Preset(const char* name, const char* description, const char* resource_type) {
  types::RoleV6 role;
  role.set_kind("role");
  role.set_version("v7");
  auto* metadata = role.mutable_metadata();
  metadata->set_name(name);
  metadata->set_namespace_("default");
  metadata->set_description(description);
  (*metadata->mutable_labels())["teleport.internal/resource-type"] = resource_type;
  return role;
}

void AddRule(types::RoleConditions* allow, Strings resources, Strings verbs) {
  auto* rule = allow->add_rules();
  for (const char* resource : resources) rule->add_resources(resource);
  for (const char* verb : verbs) rule->add_verbs(verb);
}

void SelectAll(wrappers::LabelValues* labels) { (*labels->mutable_values())["*"].add_values("*"); }

types::RoleV6 Access() {
  types::RoleV6 role = Preset("access", "Access cluster resources", "preset");
  auto* allow = role.mutable_spec()->mutable_allow();
  allow->add_logins("{{internal.logins}}");
  allow->add_kubegroups("{{internal.kubernetes_groups}}");
  allow->add_databaseusers("{{internal.db_users}}");
  allow->add_databasenames("{{internal.db_names}}");
  SelectAll(allow->mutable_nodelabels());
  SelectAll(allow->mutable_applabels());
  SelectAll(allow->mutable_kuberneteslabels());
  SelectAll(allow->mutable_databaselabels());
  AddRule(allow, {"event"}, {"list", "read"});
  return role;
}

types::RoleV6 Auditor() {
  types::RoleV6 role = Preset("auditor", "Review cluster events and replay sessions", "preset");
  auto* allow = role.mutable_spec()->mutable_allow();
  AddRule(allow, {"session"}, {"list", "read"});
  AddRule(allow, {"event"}, {"list", "read"});
  AddRule(allow, {"session_tracker"}, {"list", "read"});
  return role;
}

types::RoleV6 Editor() {
  types::RoleV6 role = Preset("editor", "Edit cluster configuration", "preset");
  auto* allow = role.mutable_spec()->mutable_allow();
  for (const char* kind :
       {"user", "role", "oidc", "saml", "github", "token", "lock", "cluster_auth_preference"}) {
    AddRule(allow, {kind}, {"list", "create", "read", "update", "delete"});
  }
  return role;
}

types::RoleV6 OktaRequester() {
  types::RoleV6 role = Preset("okta-requester", "Request Okta resources", "system");
  (*role.mutable_metadata()->mutable_labels())["teleport.dev/origin"] = "okta";
  auto* request = role.mutable_spec()->mutable_allow()->mutable_request();
  request->add_searchasroles("okta-access");
  request->set_maxduration(int64_t{336} * 3600 * 1000000000);
  return role;
}

types::RoleV6 OktaAccess() {
  types::RoleV6 role = Preset("okta-access", "Access Okta resources", "system");
  auto* allow = role.mutable_spec()->mutable_allow();
  (*allow->mutable_applabels()->mutable_values())["teleport.dev/origin"].add_values("okta");
  (*allow->mutable_grouplabels()->mutable_values())["teleport.dev/origin"].add_values("okta");
  AddRule(allow, {"user_group"}, {"list", "read"});
  return role;
}

}  // namespace

std::vector<types::RoleV6> PresetRoles(bool okta_requester) {
  std::vector<types::RoleV6> roles = {Access(), Auditor(), Editor()};
  if (okta_requester) {
    roles.push_back(OktaRequester());
    roles.push_back(OktaAccess());
  }
  return roles;
}

}  // namespace playground
