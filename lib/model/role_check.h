// Whether a role is too powerful to be given by a rule (rule R8). Pure; safe on any thread.
//
// A role that Okta's data hands out is only as safe as Okta's data. So a role by which one could change who
// may do what in Teleport, or get into everything, is given only when users.allow_powerful_roles names it.
// A warning against mistakes, not a proof of harmlessness: predicate expressions are not evaluated, and what a
// request for access may bring is the reviewers' to decide.
#pragma once

#include <string>

#include "model/role_facts.h"

namespace oktasync {

// Why the role can administer the cluster, as the rest of a sentence that begins with the role:
// "may create and update roles (rule on role: create, update)". "" when nothing says that it can.
std::string Administers(const RoleFacts& role);

// Whether app_labels reaches every Okta application. Teleport Enterprise's guide to its Okta integration
// warns of such roles: app access through them is open to whoever has one of them.
bool HasWildcardApps(const RoleFacts& role);

}  // namespace oktasync
