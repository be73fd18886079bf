#include "http/url.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/status.h"

namespace oktasync::http {
namespace {

TEST_CASE(
    "a host name with %XX is resolved once; one that would be another host when read again is refused") {
  CHECK(ParseUrl("https://ex%61mple.okta.com/")->Origin() == "https://example.okta.com");
  // Found by the fuzz target url: "%a61.b" after one reading.
  for (const std::string text : {"https://%%6161.b/", "https://a%2541/", "https://a%01b/", "https://%30/"}) {
    INFO(text);
    const absl::StatusOr<Url> url = ParseUrl(text);
    REQUIRE_FALSE(url.ok());
    CHECK(url.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK_THAT(Message(url.status()), Catch::Matchers::StartsWith("not a usable URL: "));
  }
  CHECK(ParseUrl("https://[::1]:8443/")->Origin() == "https://[::1]:8443");
  CHECK(ParseUrl("https://127.1/")->Origin() == "https://127.0.0.1");
}

}  // namespace
}  // namespace oktasync::http
