// A group by name or id, and the walk over its members. For client.cc.
//
// Sources: GET /api/v1/groups, /api/v1/groups/{groupId} and /api/v1/groups/{groupId}/users, Okta management
// API 2026.06; Okta "Filter" for the search text. Scope okta.groups.read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "okta/caller.h"
#include "okta/client.h"

namespace oktasync::okta {

struct GroupOptions {
  std::string org_url;
  int page_size = 1000;  // of the members
  uint64_t max_pages = 20'000;
};

// As Client promises.
absl::StatusOr<Group> FindGroup(const GroupOptions& options, Caller& caller, const std::string& name_or_id,
                                Cancel& cancel);
absl::Status ListGroupMembers(const GroupOptions& options, Caller& caller, const std::string& group_id,
                              const std::function<absl::Status(std::string_view okta_id)>& visit,
                              Cancel& cancel);

// `profile.name eq "…"`, percent-encoded.
std::string SearchByName(std::string_view name);

}  // namespace oktasync::okta
