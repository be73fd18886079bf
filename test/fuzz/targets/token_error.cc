// The token endpoint's refusals. The first line is the status, the rest the body.
#include <cstdlib>
#include <string>

#include "base/status.h"
#include "check.h"
#include "oauth/token_errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace oauth = oktasync::oauth;
  std::string_view rest = oktasync::fuzz::View(data, size);
  int status = std::atoi(std::string(oktasync::fuzz::TakeUntil(rest, '\n')).c_str()) % 600;
  if (status < 300) status = 400;
  for (const bool proved : {false, true}) {
    const oauth::TokenRequester who = {
        "https://example.okta.com", "0oa1client", "kid1", {"okta.apps.read"}, proved};
    const oauth::TokenRefusal refusal = oauth::ExplainTokenRefusal(status, rest, who);
    FUZZ_CHECK(!refusal.status.ok());
    oktasync::fuzz::CheckWords(refusal.status);
    const std::string message = oktasync::Message(refusal.status);
    FUZZ_CHECK(oauth::WithoutTokens(message) == message);
    FUZZ_CHECK((refusal.remedy == oauth::Remedy::kWaitForWindow) == (status == 429));
  }
  return 0;
}
