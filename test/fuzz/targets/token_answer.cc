// What the token endpoint answers when it agrees.
#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "check.h"
#include "nlohmann/json.hpp"
#include "oauth/token_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = oktasync::fuzz::View(data, size);
  const std::vector<std::string> asked = {"okta.apps.read", "okta.users.read"};
  const auto answer = oktasync::oauth::ParseTokenAnswer(text, asked);
  oktasync::fuzz::CheckWords(answer.status());
  if (!answer.ok()) {
    const auto json = oktasync::ParseJson(text);
    if (!json.ok()) return 0;
    const std::string token = oktasync::JsonString(*json, "access_token");
    const std::string type = oktasync::JsonString(*json, "token_type");
    // One that looks like one: others are words of the message.
    if (token.size() < 32 || token.rfind("eyJ", 0) != 0 || type.find(token) != std::string::npos) return 0;
    FUZZ_CHECK(oktasync::Message(answer.status()).find(token) == std::string::npos);
    return 0;
  }
  const std::string_view token = answer->access_token.Reveal();
  // It goes into a header.
  FUZZ_CHECK(!token.empty() && oktasync::fuzz::IsPlain(token) &&
             token.find_first_of(" ,\"") == std::string::npos);
  FUZZ_CHECK(answer->lifetime >= absl::Seconds(1) && answer->lifetime <= absl::Hours(24));
  const auto missing = oktasync::oauth::MissingScopes(asked, answer->scopes);
  FUZZ_CHECK(missing.size() <= asked.size());
  return 0;
}
