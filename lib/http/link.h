// Link headers, and the address of the next page.
//
// A list is complete when its last page has no rel="next". A Link header that cannot be read is therefore an
// error and not "no link": a walk that ends early makes people look gone. Pure; safe on any thread.
// Source: RFC 8288 section 3; Okta "Pagination" (several headers, or one that is comma-joined).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace oktasync::http {

struct Link {
  std::string target;  // as written between < and >
  // Names in lower case; in order, values without quotes and escapes.
  std::vector<std::pair<std::string, std::string>> params;

  // Whether the first `rel` (RFC 8288: later ones are ignored) holds `relation`, in any case.
  bool HasRelation(std::string_view relation) const;
};

// All links of all header values. kDataLoss when one of them is malformed.
absl::StatusOr<std::vector<Link>> ParseLinks(const std::vector<std::string_view>& header_values);

// The target of rel="next", nullopt when there is none. kDataLoss when the headers are malformed or name two
// different next pages.
absl::StatusOr<std::optional<std::string>> FindNext(const std::vector<std::string_view>& header_values);

// The URL to fetch for `next_url` (absolute, or relative to the original): its path and its query, with those
// parameters of `original_url` added that the link does not carry itself. Okta's next links drop
// `expand=user` (okta-sdk-nodejs #439), and without it the pages hold no users. A parameter that the link
// repeats with the same value comes once.
//
// kDataLoss when the link is not https, carries a user name, or points to another origin (scheme, host, port)
// than the original: the access token must not go there.
absl::StatusOr<std::string> MergeNext(std::string_view original_url, std::string_view next_url);

}  // namespace oktasync::http
