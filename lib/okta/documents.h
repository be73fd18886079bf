// The small answers: a user, the app, the org, groups, apps. Pure.
//
// Strict like the pages: a missing or contradicting member is kDataLoss, never a default that means
// something. Source: GET /api/v1/users/{id}, /api/v1/apps, /api/v1/apps/{id}, /.well-known/okta-organization,
// /api/v1/groups, management API 2026.06.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "okta/app_search.h"
#include "okta/client.h"

namespace oktasync::okta {

struct UserDocument {
  std::string id;
  std::string status_text;
};

absl::StatusOr<UserDocument> ParseUser(std::string_view body);
absl::StatusOr<App> ParseApp(std::string_view body);
// The canonical URL is https, in lower case, without a slash at its end.
absl::StatusOr<Org> ParseOrg(std::string_view body);
absl::StatusOr<Group> ParseGroup(std::string_view body);
absl::StatusOr<std::vector<Group>> ParseGroups(std::string_view body);
// A row without settings that we look at is a row without them.
absl::StatusOr<std::vector<AppRow>> ParseApps(std::string_view body);

}  // namespace oktasync::okta
