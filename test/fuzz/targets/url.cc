// A URL of an answer, against a base. Lines: the base (empty for none), the URL.
#include <string>

#include "check.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = oktasync::fuzz::View(data, size);
  const std::string_view base = oktasync::fuzz::TakeUntil(text, '\n');
  const auto url = oktasync::http::ParseUrl(text, base);
  oktasync::fuzz::CheckWords(url.status());
  if (!url.ok()) return 0;
  FUZZ_CHECK(url->scheme == "https" && !url->host.empty() && !url->path.empty() && url->path.front() == '/');
  FUZZ_CHECK(url->host.find_first_of("@/?#\\ ") == std::string::npos);
  const std::string whole = url->Origin() + url->path + (url->query.empty() ? "" : "?" + url->query);
  const auto again = oktasync::http::ParseUrl(whole);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->Origin() == url->Origin() && again->path == url->path && again->query == url->query);
  return 0;
}
