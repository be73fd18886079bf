#include "oauth/token_answer.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/status.h"

namespace oktasync::oauth {
namespace {

const std::vector<std::string> kAsked = {"okta.apps.read", "okta.users.read"};

TEST_CASE("token answer: Okta's own shape") {
  const auto answer = ParseTokenAnswer(
      R"({"token_type":"Bearer","expires_in":3600,"access_token":"eyJhbGciOi.x-y_z","scope":"okta.users.read okta.apps.read"})",
      kAsked);
  REQUIRE(answer.ok());
  CHECK(answer->access_token.Reveal() == "eyJhbGciOi.x-y_z");
  CHECK(answer->lifetime == absl::Hours(1));
  CHECK(MissingScopes(kAsked, answer->scopes).empty());
}

TEST_CASE("token answer: no scope member means what was asked for (RFC 6749 section 5.1)") {
  const auto answer =
      ParseTokenAnswer(R"({"token_type":"bearer","expires_in":60,"access_token":"a"})", kAsked);
  REQUIRE(answer.ok());
  CHECK(answer->scopes == kAsked);
  CHECK(MissingScopes(kAsked, {"okta.apps.read"}) == std::vector<std::string>{"okta.users.read"});
  CHECK(MissingScopes(kAsked, {}) == kAsked);
}

TEST_CASE("token answer: what is none, and its words hold nothing of it") {
  for (const std::string body : {
           R"()",
           R"(<html>sECReT</html>)",
           R"([])",
           R"({"token_type":"Bearer","expires_in":3600})",
           R"({"token_type":"Bearer","expires_in":3600,"access_token":""})",
           R"({"token_type":"Bearer","expires_in":3600,"access_token":7})",
           R"({"token_type":"Bearer","expires_in":3600,"access_token":"sECReT\r\nX: y"})",
           R"({"token_type":"Bearer","expires_in":3600,"access_token":"sECReT x"})",
           R"({"token_type":"Bearer","access_token":"sECReT"})",
           R"({"token_type":"Bearer","expires_in":0,"access_token":"sECReT"})",
           R"({"token_type":"Bearer","expires_in":-5,"access_token":"sECReT"})",
           R"({"token_type":"Bearer","expires_in":"3600","access_token":"sECReT"})",
           R"({"token_type":"MAC","expires_in":3600,"access_token":"sECReT"})",
           R"({"expires_in":3600,"access_token":"sECReT"})",
           R"({"token_type":"Bearer","expires_in":3600,"access_token":"sECReT","scope":["a"]})",
       }) {
    INFO(body);
    const auto answer = ParseTokenAnswer(body, kAsked);
    CHECK(answer.status().code() == absl::StatusCode::kDataLoss);
    CHECK_THAT(Message(answer.status()), !Catch::Contains("sECReT"));
  }
}

TEST_CASE("token answer: DPoP, in any case of letters, is a token bound to a key (RFC 9449)") {
  for (const auto& [type, bound] :
       {std::pair<std::string, bool>{"DPoP", true}, {"dpop", true}, {"bearer", false}}) {
    const auto answer = ParseTokenAnswer(
        R"({"token_type":")" + type + R"(","expires_in":3600,"access_token":"sECReT"})", kAsked);
    REQUIRE(answer.ok());
    CHECK(answer->bound == bound);
  }
}

TEST_CASE("token answer: a lifetime beyond a day is not believed") {
  const auto answer =
      ParseTokenAnswer(R"({"token_type":"Bearer","expires_in":1e300,"access_token":"a"})", kAsked);
  REQUIRE(answer.ok());
  CHECK(answer->lifetime == absl::Hours(24));
}

}  // namespace
}  // namespace oktasync::oauth
