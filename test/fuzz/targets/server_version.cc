// The version that an auth server tells.
#include <string_view>

#include "check.h"
#include "enroll/server_versions.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto verdict = oktasync::enroll::JudgeVersion(oktasync::fuzz::View(data, size));
  FUZZ_CHECK(verdict.readable || (!verdict.usable && !verdict.tried && verdict.known.empty()));
  // What cannot be used has its reason.
  FUZZ_CHECK(!verdict.readable || verdict.usable || !verdict.known.empty());
  return 0;
}
