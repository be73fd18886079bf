#include "okta/page_cursor.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "http/link.h"
#include "http/url.h"

namespace oktasync::okta {
namespace {

constexpr int kSmallestPage = 50;

}  // namespace

std::string_view QueryParam(std::string_view url, std::string_view name) {
  const size_t query = url.find('?');
  if (query == std::string_view::npos) return {};
  std::string_view rest = url.substr(query + 1);
  rest = rest.substr(0, rest.find('#'));
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    if (pair.substr(0, name.size()) == name && pair.size() > name.size() && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
  }
  return {};
}

std::string HalvePageSize(const std::string& url) {
  const std::string_view text = QueryParam(url, "limit");
  int limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit <= kSmallestPage) return url;
  std::string halved = url;
  halved.replace(static_cast<size_t>(text.data() - url.data()), text.size(),
                 std::to_string(std::max(limit / 2, kSmallestPage)));
  return halved;
}

PageCursor::PageCursor(std::string first_url, uint64_t max_pages)
    : first_url_(std::move(first_url)), max_pages_(max_pages), url_(first_url_) {}

// Okta's cursor is the parameter `after`. A page that was fetched with a smaller limit, or a link whose
// parameters are ordered otherwise, is the same page all the same.
absl::Status PageCursor::Remember(const std::string& url) {
  const std::string_view after = QueryParam(url, "after");
  const bool is_new =
      seen_.insert(Sha256(after.empty() ? "url " + url : "after " + std::string(after))).second;
  if (is_new) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kDataLoss,
                    "the next link leads back to a page that was already read; the list is not whole");
}

absl::Status PageCursor::Advance(const http::Response& response, const std::string& fetched) {
  if (page_ == 1) {
    OKTASYNC_RETURN_IF_ERROR(Remember(first_url_));
    if (fetched != first_url_) OKTASYNC_RETURN_IF_ERROR(Remember(fetched));
  }
  OKTASYNC_ASSIGN_OR_RETURN(const std::optional<std::string> next, http::FindNext(response.All("link")));
  if (!next.has_value()) {
    url_.clear();
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> followed = http::MergeNext(first_url_, *next);
  if (!followed.ok()) {
    // An org that is asked under another of its names links to its own.
    return MakeStatus(
        followed.status().code(),
        Message(followed.status()) + "; check that okta.org_url is the address that Okta's links have");
  }
  std::string merged = *std::move(followed);
  // MergeNext has seen to the origin; another path there is another list.
  OKTASYNC_ASSIGN_OR_RETURN(const http::Url here, http::ParseUrl(first_url_));
  OKTASYNC_ASSIGN_OR_RETURN(const http::Url there, http::ParseUrl(merged));
  if (there.path != here.path) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "the next link leaves the list: it points to '" + Escape(there.path, 200) + "'");
  }
  OKTASYNC_RETURN_IF_ERROR(Remember(merged));
  if (page_ >= max_pages_) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "the list has no end: more than " + std::to_string(max_pages_) + " pages");
  }
  ++page_;
  url_ = std::move(merged);
  return absl::OkStatus();
}

}  // namespace oktasync::okta
