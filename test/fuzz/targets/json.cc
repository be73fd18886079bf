// JSON from outside, with limits: what is accepted is written and read again as the same.
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "check.h"
#include "nlohmann/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = oktasync::fuzz::View(data, size);
  const auto json = oktasync::ParseJson(text, {.max_bytes = 4096, .max_depth = 8});
  oktasync::fuzz::CheckWords(json.status());
  if (!json.ok()) return 0;
  FUZZ_CHECK(size <= 4096);
  const std::string written = oktasync::DumpJson(*json);
  FUZZ_CHECK(oktasync::IsUtf8(written));
  const auto again = oktasync::ParseJson(written, {.max_bytes = 1 << 20, .max_depth = 8});
  FUZZ_CHECK(again.ok() && *again == *json);
  FUZZ_CHECK(oktasync::DumpJson(*again) == written);
  return 0;
}
