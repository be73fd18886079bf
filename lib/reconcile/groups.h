// The members of the groups that role rules name, read once a run (rule R8).
//
// For the run, before its walk begins. Blocking. A list that is not whole is an error, never a short list: who
// is missing from it would lose his roles.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "reconcile/source.h"
#include "traits/group_members.h"

namespace oktasync::reconcile {

// `groups` as traits::GroupsOfRules gives them: names or ids. Each Okta group is listed once, also when two
// texts mean the same one; nothing is asked when `groups` is empty. An error names the group.
absl::StatusOr<std::shared_ptr<const traits::GroupMembers>> ReadGroups(Source& source,
                                                                       const std::vector<std::string>& groups,
                                                                       Cancel& cancel);

}  // namespace oktasync::reconcile
