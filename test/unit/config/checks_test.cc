#include <catch2/catch.hpp>

#include <string>

#include "config/checks.h"
#include "config/duration.h"
#include "config/pointer.h"

namespace oktasync::config {
namespace {

bool Fine(TextCheck check, std::string_view text) { return check(text).empty(); }

TEST_CASE("the org's address: https and nothing but the host") {
  for (const char* url : {"https://example.okta.com", "https://example.okta.com/", "HTTPS://Example.OKTA.com",
                          "https://login.example.com:8443", "https://127.0.0.1:9443", "https://[::1]:9443"}) {
    INFO(url);
    CHECK(CheckOrgUrl(url).empty());
  }
  for (const char* url : {"",
                          "example.okta.com",
                          "ftp://example.okta.com",
                          "https://",
                          "https:///",
                          "https://example.okta.com//",
                          "https://example.okta.com/app",
                          "https://example.okta.com?x",
                          "https://example.okta.com#x",
                          "https://user:pw@example.okta.com",
                          "https://exa mple.okta.com",
                          "https://example.okta.com:0",
                          "https://example.okta.com:65536",
                          "https://example.okta.com:",
                          "https://example.okta.com:80x",
                          "https://ex\nample.okta.com",
                          "https://..okta.com",
                          "https://-x.okta.com",
                          "https://[::1",
                          "https://[x]"}) {
    INFO(url);
    CHECK_FALSE(CheckOrgUrl(url).empty());
  }
  CHECK_THAT(CheckOrgUrl("https://example-admin.okta.com"), Catch::Contains("admin console"));
  CHECK_THAT(CheckOrgUrl("http://localhost"), Catch::Contains("localhost"));
  CHECK(NormalOrgUrl("HTTPS://Example.okta.com:443/") == "https://example.okta.com");
  CHECK(NormalOrgUrl("https://example.okta.com:8443") == "https://example.okta.com:8443");
}

// Found by the fuzz target config_text: what the client then asks is spelt otherwise, or cannot be asked at all.
TEST_CASE("an address has one spelling: no zero before the port, and brackets around an IPv6 address alone") {
  for (const char* url :
       {"https://example.okta.com:0443/", "https://[:]", "https://[1:2]:443", "https://[fe80::1%1]"}) {
    INFO(url);
    CHECK_FALSE(CheckOrgUrl(url).empty());
  }
  CHECK_FALSE(CheckAddress("auth:03025").empty());
  CHECK_FALSE(CheckAddress("[::g]:3025").empty());
}

TEST_CASE("Teleport's address: host and port") {
  for (const char* address : {"auth:3025", "auth.example.com:443", "10.0.0.1:3025", "[2001:db8::1]:3025"}) {
    INFO(address);
    CHECK(CheckAddress(address).empty());
  }
  for (const char* address : {"", "auth", "auth:", ":3025", "auth:0", "auth:70000", "https://auth:3025",
                              "a b:1", "auth:3025/x", "2001:db8::1:3025", "[::1]", "auth:+1", "auth:-1"}) {
    INFO(address);
    CHECK_FALSE(CheckAddress(address).empty());
  }
}

TEST_CASE("ids, names and files") {
  CHECK(Fine(CheckAppId, "0oa1gjh63g214q0Hq0g4"));
  for (const char* id : {"", "0oa", "00o1", "0oa1/../x", "0oa1 ", "0OA1"}) CHECK_FALSE(Fine(CheckAppId, id));
  CHECK(Fine(CheckOrgId, "00o1abc"));
  CHECK_FALSE(Fine(CheckOrgId, "0oa1abc"));
  CHECK(Fine(CheckClientId, "0oa1-x_y.z"));
  CHECK_FALSE(Fine(CheckClientId, "0oa1 x"));
  CHECK(Fine(CheckKeyId, "SIGNING_KEY/2026+1="));
  CHECK_FALSE(Fine(CheckKeyId, "with blank"));
  CHECK(Fine(CheckScope, "okta.users.read"));
  CHECK_FALSE(Fine(CheckScope, "okta.users.read okta.apps.read"));
  CHECK(Fine(CheckFile, "/etc/oktasync/key 1.pem"));
  CHECK_FALSE(Fine(CheckFile, ""));
  CHECK_FALSE(Fine(CheckFile, std::string_view("a\0b", 3)));
  CHECK(Fine(CheckRole, "okta-requester"));
  CHECK(Fine(CheckRole, ""));
  CHECK_FALSE(Fine(CheckRole, "a,b"));
  CHECK_FALSE(Fine(CheckRole, ".."));
  CHECK(Fine(CheckConnectorType, "saml"));
  CHECK_FALSE(Fine(CheckConnectorType, "SAML"));
  CHECK_FALSE(Fine(CheckConnectorName, ""));
  CHECK(Fine(CheckDomain, "example.com"));
  for (const char* domain : {"", "@example.com", "ada@example.com", "exa mple.com", ".com", "[::1]"}) {
    CHECK_FALSE(Fine(CheckDomain, domain));
  }
  CHECK(Fine(CheckAttribute, "costCenter"));
  CHECK_FALSE(Fine(CheckAttribute, ""));
  CHECK(Fine(CheckAttributeOrAll, "*"));
  CHECK(Fine(CheckTraitKey, "logins"));
  for (const char* key : {"", "okta/x", "a,b", "a b", "a*"}) CHECK_FALSE(Fine(CheckTraitKey, key));
}

TEST_CASE("durations have one form") {
  CHECK(ParseDuration("90s") == absl::Seconds(90));
  CHECK(ParseDuration("30m") == absl::Minutes(30));
  CHECK(ParseDuration("1h30m") == absl::Minutes(90));
  CHECK(ParseDuration("500ms") == absl::Milliseconds(500));
  CHECK(ParseDuration("1h2m3s4ms") == absl::Milliseconds(3'723'004));
  CHECK(ParseDuration("0s") == absl::ZeroDuration());
  for (const char* text : {"", "30", "m", "-1m", "+1m", "1.5h", "1m30", "30m1h", "1m1m", "1 m", " 1m", "1m ",
                           "1d", "1M", "inf", "99999999999999999999s", "9999999999h", "1h-5m", "0x1s"}) {
    INFO(text);
    CHECK_FALSE(ParseDuration(text).has_value());
  }
  for (const char* text : {"0s", "90s", "1ms", "1h1m1s1ms", "720h"}) {
    CHECK(ParseDuration(DurationText(*ParseDuration(text))) == ParseDuration(text));
  }
  CHECK(DurationText(absl::Seconds(90)) == "1m30s");
}

TEST_CASE("the nearest key is near, or none is named") {
  const std::vector<std::string_view> known = {"page_size", "rate_share", "key_id"};
  CHECK(Nearest("pagesize", known) == "page_size");
  CHECK(Nearest("RATE-SHARE", known) == "rate_share");
  CHECK(Nearest("keyid", known) == "key_id");
  CHECK(Nearest("password", known).empty());
  CHECK(Nearest("", known).empty());
  CHECK(Nearest(std::string(100'000, 'p'), known).empty());
}

}  // namespace
}  // namespace oktasync::config
