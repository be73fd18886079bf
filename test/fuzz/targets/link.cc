// Link headers, one a line, and where they lead: never to another origin, never to another list, never twice.
#include <string>
#include <vector>

#include "base/status.h"
#include "check.h"
#include "http/link.h"
#include "http/url.h"
#include "okta/page_cursor.h"

namespace {

using oktasync::http::Link;

std::string Write(const std::vector<Link>& links) {
  std::string text;
  for (const Link& link : links) {
    text += (text.empty() ? "<" : ", <") + link.target + ">";
    for (const auto& [name, value] : link.params) {
      text += "; " + name + "=\"";
      for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      text += '"';
    }
  }
  return text;
}

void CheckSame(const std::vector<Link>& a, const std::vector<Link>& b) {
  FUZZ_CHECK(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    FUZZ_CHECK(a[i].target == b[i].target);
    FUZZ_CHECK(a[i].params == b[i].params);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace http = oktasync::http;
  const std::string first = "https://example.okta.com/api/v1/apps/0oa1/users?limit=500&expand=user";
  std::string_view rest = oktasync::fuzz::View(data, size);
  std::vector<std::string_view> values;
  while (!rest.empty() && values.size() < 8) values.push_back(oktasync::fuzz::TakeUntil(rest, '\n'));

  const auto links = http::ParseLinks(values);
  const auto next = http::FindNext(values);
  oktasync::fuzz::CheckWords(links.status());
  oktasync::fuzz::CheckWords(next.status());
  if (!links.ok()) {
    FUZZ_CHECK(!next.ok());
    return 0;
  }
  const std::string written = Write(*links);
  const auto again = http::ParseLinks({written});
  FUZZ_CHECK(again.ok());
  CheckSame(*links, *again);

  oktasync::http::Response response;
  for (const std::string_view value : values) response.headers.emplace_back("link", std::string(value));
  oktasync::okta::PageCursor cursor(first, 3);
  const absl::Status advanced = cursor.Advance(response, first);
  oktasync::fuzz::CheckWords(advanced);
  if (!advanced.ok()) return 0;
  FUZZ_CHECK(next.ok());
  FUZZ_CHECK(cursor.url().empty() == !next->has_value());
  if (cursor.url().empty()) return 0;
  const auto url = http::ParseUrl(cursor.url());
  FUZZ_CHECK(url.ok() && url->Origin() == "https://example.okta.com");
  FUZZ_CHECK(url->path == "/api/v1/apps/0oa1/users");
  FUZZ_CHECK(cursor.url() != first);
  // What is asked for next, merged once more, stays what it is.
  const auto merged = http::MergeNext(first, cursor.url());
  FUZZ_CHECK(merged.ok() && *merged == cursor.url());
  oktasync::okta::HalvePageSize(cursor.url());
  // The same link on the page that it leads to leads back.
  FUZZ_CHECK(!cursor.Advance(response, cursor.url()).ok() || cursor.url() != *merged);
  return 0;
}
