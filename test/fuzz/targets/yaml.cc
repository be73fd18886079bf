// The configuration file: YAML to JSON.
#include <string>

#include "base/json.h"
#include "check.h"
#include "nlohmann/json.hpp"
#include "yaml_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto document = oktasync::host::ConvertYaml(oktasync::fuzz::View(data, size));
  oktasync::fuzz::CheckWords(document.status());
  if (!document.ok()) return 0;
  const auto json = oktasync::ParseJson(document->json, {.max_bytes = 64 << 20, .max_depth = 40});
  FUZZ_CHECK(json.ok());
  for (const auto& [pointer, line] : document->lines) {
    FUZZ_CHECK(line >= 1);
    FUZZ_CHECK(oktasync::host::LineOf(*document, pointer) == line);
  }
  FUZZ_CHECK(oktasync::host::DigestOf(*document).size() == 16);
  // JSON is YAML: read once more it is the same. (Longer keys than 1024 are none in YAML.)
  const auto again = oktasync::host::ConvertYaml(document->json);
  if (again.ok()) FUZZ_CHECK(again->json == document->json);
  return 0;
}
