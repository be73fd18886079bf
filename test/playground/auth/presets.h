// The roles that a cluster has from the start (facts/teleport-api.md 0.2 "Users", 5).
#pragma once

#include <vector>

#include "teleport/legacy/types/types.pb.h"

namespace playground {

// access, auditor, editor; with okta_requester (an Enterprise preset) that one and okta-access too.
std::vector<types::RoleV6> PresetRoles(bool okta_requester);

}  // namespace playground
