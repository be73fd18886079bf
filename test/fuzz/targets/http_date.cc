// The Date header, from which our clock is corrected.
#include <string>

#include "base/status.h"
#include "check.h"
#include "http/date.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto time = oktasync::http::ParseHttpDate(oktasync::fuzz::View(data, size));
  if (!time) return 0;
  FUZZ_CHECK(*time != absl::InfiniteFuture() && *time != absl::InfinitePast());
  const std::string text = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", *time, absl::UTCTimeZone());
  const auto again = oktasync::http::ParseHttpDate(text);
  FUZZ_CHECK(again && *again == *time);
  return 0;
}
