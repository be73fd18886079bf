#include "oauth/assertion.h"

#include <catch2/catch.hpp>

#include "nlohmann/json.hpp"

namespace oktasync::oauth {
namespace {

TEST_CASE("assertion: RFC 7523 claims as Okta wants them") {
  const nlohmann::json claims = AssertionClaims("0oaClient", "https://example.okta.com/oauth2/v1/token",
                                                absl::FromUnixMillis(1'800'000'000'900), "jti-1");
  CHECK(claims == nlohmann::json({{"iss", "0oaClient"},
                                  {"sub", "0oaClient"},
                                  {"aud", "https://example.okta.com/oauth2/v1/token"},
                                  {"iat", 1'799'999'990},
                                  {"exp", 1'800'000'300},
                                  {"jti", "jti-1"}}));
  CHECK(claims["iat"].is_number_integer());
  CHECK(claims["exp"].is_number_integer());
}

}  // namespace
}  // namespace oktasync::oauth
