#include "okta/api_error.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/status.h"

namespace oktasync::okta {
namespace {

const std::string kPath = "/api/v1/apps/0oa1/users";
const std::string kToken = "eyJhbGciOiJSUzI1NiJ9.eyJqdGkiOiJBVC5hYmMifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";

http::Response With(int status, const std::string& header, const std::string& value) {
  http::Response response;
  response.status = status;
  response.headers.emplace_back(header, value);
  return response;
}

// Found by the fuzz target okta_error: of these only the summary was looked at.
TEST_CASE("an answer that throws our token back, in whatever place, gets it into no message") {
  const std::vector<http::Response> echoes = {
      With(403, "www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + kToken + "\""),
      With(401, "www-authenticate", "DPoP error=\"use_dpop_nonce\", error_description=\"" + kToken + "\""),
      With(500, "x-okta-request-id", kToken),
      With(200, "content-type", kToken),
  };
  for (const http::Response& echo : echoes) {
    INFO(echo.headers.front().first);
    for (const absl::Status& status : {ExplainAnswer(echo, kPath), ExplainNotJson(echo, kPath)}) {
      CHECK_THAT(Message(status), !Catch::Matchers::Contains("eyJ"));
    }
  }
  for (const std::string member : {"errorCode", "errorSummary", "errorId"}) {
    INFO(member);
    http::Response echo;
    echo.status = 400;
    std::string body = R"({"errorCode":"E0000001","errorSummary":"s","errorId":"i"})";
    const size_t at = body.find("\"" + member + "\":\"") + member.size() + 4;
    body.replace(at, body.find('"', at) - at, kToken);
    echo.body = body;
    CHECK_THAT(Message(ExplainAnswer(echo, kPath)),
               Catch::Matchers::Contains("[token]") && !Catch::Matchers::Contains("eyJ"));
  }
}

TEST_CASE("a request id is told as it is, and one that is an echo of our token is none") {
  CHECK(RequestId(With(500, "x-okta-request-id", "ZQn-7Hq1.a_b@c:d+e/f=")) == "ZQn-7Hq1.a_b@c:d+e/f=");
  CHECK(RequestId(With(500, "x-okta-request-id", kToken)).empty());
}

}  // namespace
}  // namespace oktasync::okta
