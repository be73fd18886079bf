// An answer's status line and headers, as libcurl hands them over, a line at a time.
#include <algorithm>
#include <string>

#include "check.h"
#include "http/response_head.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using oktasync::http::ResponseHead;
  std::string_view rest = oktasync::fuzz::View(data, size);
  oktasync::http::Response response;
  ResponseHead head(response);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const bool was_whole = head.whole();
    const auto before = was_whole ? response.headers : decltype(response.headers)();
    if (head.Take(rest.substr(0, end)) != ResponseHead::Verdict::kGood) break;
    rest.remove_prefix(end);
    FUZZ_CHECK(!was_whole || (head.whole() && response.headers == before));  // no trailer becomes a header
  }
  FUZZ_CHECK(response.status >= 0 && response.status <= 999);
  FUZZ_CHECK(!head.whole() || response.status >= 200);
  FUZZ_CHECK(response.headers.size() <= 256);
  for (const auto& [name, value] : response.headers) {
    FUZZ_CHECK(!name.empty());
    FUZZ_CHECK(name.find_first_of(":\n") == std::string::npos && value.find('\n') == std::string::npos);
    FUZZ_CHECK(std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
    FUZZ_CHECK(!response.All(name).empty());
  }
  response.IsJson();
  return 0;
}
