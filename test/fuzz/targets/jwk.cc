// A public JWK: a private member is never let through.
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "check.h"
#include "jose/jwk.h"
#include "nlohmann/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = oktasync::fuzz::View(data, size);
  const auto thumbprint = oktasync::jose::Thumbprint(text);
  oktasync::fuzz::CheckWords(thumbprint.status());
  if (!thumbprint.ok()) return 0;
  const auto bytes = oktasync::FromBase64Url(*thumbprint);
  FUZZ_CHECK(bytes.has_value() && bytes->size() == 32);
  const auto key = oktasync::ParseJson(text);
  FUZZ_CHECK(key.ok());
  for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) FUZZ_CHECK(!key->contains(secret));
  return 0;
}
