// An answer of Okta's API that is not the one hoped for. Lines: status, content type, WWW-Authenticate, request id;
// the rest is the body.
#include <cstdlib>
#include <string>

#include "base/status.h"
#include "check.h"
#include "oauth/token_errors.h"
#include "okta/api_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace okta = oktasync::okta;
  using oktasync::fuzz::TakeUntil;
  std::string_view rest = oktasync::fuzz::View(data, size);
  oktasync::http::Response response;
  response.status = std::atoi(std::string(TakeUntil(rest, '\n')).c_str()) % 600;
  if (response.status < 100) response.status += 400;
  for (const char* name : {"content-type", "www-authenticate", "x-okta-request-id"}) {
    response.headers.emplace_back(name, std::string(TakeUntil(rest, '\n')));
  }
  response.body = std::string(rest);
  const std::string path = "/api/v1/apps/0oa1/users";
  for (const absl::Status& status :
       {okta::ExplainAnswer(response, path), okta::ExplainNotJson(response, path)}) {
    FUZZ_CHECK(!status.ok());
    oktasync::fuzz::CheckWords(status);
    const std::string message = oktasync::Message(status);
    // Who echoes our request must not get its token into a log.
    FUZZ_CHECK(oktasync::oauth::WithoutTokens(message) == message);
  }
  response.IsJson();
  okta::ParseApiError(response.body);
  okta::ChallengeError(response);
  // It goes back into a header of ours.
  const std::string id = okta::RequestId(response);
  FUZZ_CHECK(oktasync::fuzz::IsPlain(id) && id.find_first_of(" ,;\"") == std::string::npos);
  return 0;
}
