// What we need to know of a Teleport role before we give it: what it grants, as Teleport stores it.
//
// Filled by teleport/codec.h from `spec.allow` alone: a `deny` of the role, and the condition (`where`) of a
// rule, are not looked into, so a role may look mightier here than it is, never weaker. Judged by
// model/role_check.h (rule R8). Plain values. Source: types.RoleV6 of Teleport's types.proto.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace oktasync {

// spec.allow.rules: what may be done with which kinds of resources; "*" stands for all of either.
struct RoleAllowRule {
  std::vector<std::string> resources = {};
  std::vector<std::string> verbs = {};
};

// Which resources a role reaches, by their labels; {"*": ["*"]} is all of them.
using LabelSelector = std::map<std::string, std::vector<std::string>, std::less<>>;

struct RoleFacts {
  std::string name = {};
  absl::Duration max_session_ttl = absl::Hours(30);  // the server fills in 30 h when the role says nothing

  std::vector<RoleAllowRule> rules = {};
  // As whom one gets in; templates such as {{internal.logins}} as they stand in the role.
  std::vector<std::string> logins = {};          // to nodes
  std::vector<std::string> kube_users = {};      // and groups
  std::vector<std::string> database_users = {};  // and database roles
  std::vector<std::string> desktop_logins = {};
  LabelSelector node_labels = {};
  LabelSelector app_labels = {};
  LabelSelector kube_labels = {};
  LabelSelector database_labels = {};
  LabelSelector desktop_labels = {};
  bool impersonates = false;  // may issue credentials of other users or roles (allow.impersonate)
};

}  // namespace oktasync
