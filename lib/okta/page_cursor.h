// Where the next page is, and whether the list goes round in circles. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "absl/status/status.h"
#include "http/message.h"

namespace oktasync::okta {

// Not thread-safe; one for each walk.
class PageCursor {
 public:
  PageCursor(std::string first_url, uint64_t max_pages);

  // The page to fetch; "" after the last.
  const std::string& url() const { return url_; }
  uint64_t page() const { return page_; }  // counts from 1

  // Goes on by the answer's Link header. `fetched` is the URL that the page really came from. kDataLoss when
  // the link cannot be read, leaves the list (another origin or path), leads to a page that was already
  // fetched, or when the list has no end.
  absl::Status Advance(const http::Response& response, const std::string& fetched);

 private:
  absl::Status Remember(const std::string& url);

  const std::string first_url_;
  const uint64_t max_pages_;
  std::string url_;
  uint64_t page_ = 1;
  std::unordered_set<std::string> seen_;  // digests: a cursor may be long
};

// `url` with limit halved, but not below 50; unchanged when it has no limit.
std::string HalvePageSize(const std::string& url);

// The value of a query parameter as written; "" when it is missing.
std::string_view QueryParam(std::string_view url, std::string_view name);

}  // namespace oktasync::okta
