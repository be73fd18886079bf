// A list that comes in pages, fetched one after the other. For groups.cc and app_search.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "base/cancel.h"
#include "okta/caller.h"

namespace oktasync::okta {

// `read` takes the body of each page, numbered from 1. The link is judged before the page is: a page with a bad
// link may be no page of the list. The first error, `read`'s included, ends the walk.
absl::Status WalkPages(Caller& caller, Call call, uint64_t max_pages, Cancel& cancel,
                       const std::function<absl::Status(std::string body, uint64_t page)>& read);

// "Okta's answer to GET /path (request id …): …"
absl::Status Blame(const absl::Status& status, const Call& call, const Answer& answer);

}  // namespace oktasync::okta
