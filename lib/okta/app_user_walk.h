// The walk over the list of an app's users: follows the next links and looks one page ahead.
//
// Source: GET /api/v1/apps/{appId}/users, Okta "Pagination".
#pragma once

#include <memory>
#include <string>

#include "base/cancel.h"
#include "okta/caller.h"
#include "okta/client.h"

namespace oktasync::okta {

struct WalkOptions {
  std::string org_url;
  std::string app_id;
  int page_size = 500;
  uint64_t max_pages = 20'000;
};

// caller and cancel must outlive the walk.
std::unique_ptr<AppUserWalk> MakeAppUserWalk(WalkOptions options, Caller& caller, Cancel& cancel);

}  // namespace oktasync::okta
