// The token request: what goes out, and the tries that a bad day takes.
#include "oauth/minter.h"

#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "mint_fixture.h"
#include "nlohmann/json.hpp"

namespace oktasync::oauth {
namespace {

using absl::StatusCode;

using testing::Assertion;
using testing::Fixture;
using testing::Jwt;
using testing::kGood;
using testing::Refuse;
using testing::Respond;

TEST_CASE("mint: the request is what RFC 6749 and RFC 7523 say") {
  Fixture f({Respond(200, kGood)});
  const auto token = f.Mint();
  REQUIRE(token.ok());
  CHECK(token->value.Reveal() == "sECReT");
  CHECK(token->lifetime == absl::Hours(1));
  CHECK(token->begun == absl::Seconds(1000));
  const http::Request& request = f.http.requests.at(0);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://example.okta.com/oauth2/v1/token");
  CHECK(request.authorization.empty());
  CHECK_THAT(request.body,
             Catch::StartsWith("grant_type=client_credentials&scope=okta.apps.read%20okta.users.read&"
                               "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
                               "jwt-bearer&client_assertion="));
  const Jwt sent = Assertion(request);
  CHECK(sent.header["alg"] == "ES256");
  CHECK(sent.header["kid"] == "key-7");
  CHECK(sent.claims["iss"] == "0oaClient");
  CHECK(sent.claims["sub"] == "0oaClient");
  CHECK(sent.claims["aud"] == request.url);
  CHECK(sent.claims["iat"] == 1'800'000'000 - 10);
  CHECK(sent.claims["exp"] == 1'800'000'000 + 300);
  CHECK(sent.claims["jti"].get<std::string>().size() >= 16);
}

TEST_CASE("mint: every try has an assertion of its own") {
  Fixture f({MakeStatus(StatusCode::kUnavailable, "reset"), Respond(503, ""), Respond(200, kGood)});
  REQUIRE(f.Mint().ok());
  std::set<std::string> ids;
  for (const http::Request& request : f.http.requests) ids.insert(Assertion(request).claims["jti"]);
  CHECK(ids.size() == 3);
  CHECK(f.clock.passed > absl::ZeroDuration());
}

TEST_CASE("R8, bad day: scope granted smaller than asked: a token without the extra scopes will do") {
  const bool said_by_refusal = GENERATE(true, false);
  Fixture f({said_by_refusal ? Respond(400, R"({"error":"invalid_scope","error_description":"x"})")
                             : Respond(200, R"({"token_type":"Bearer","expires_in":3600,
                                   "access_token":"sECReT","scope":"okta.apps.read okta.users.read"})"),
             Respond(200, kGood)});
  f.options.extra_scopes = {"okta.groups.read"};
  const auto token = f.Mint();
  INFO(Message(token.status()));
  REQUIRE(token.ok());
  CHECK_THAT(f.http.requests.at(0).body, Catch::Contains("okta.users.read%20okta.groups.read&"));
  CHECK(f.http.requests.size() == (said_by_refusal ? 2u : 1u));
  if (said_by_refusal) CHECK_THAT(f.http.requests.at(1).body, Catch::Contains("okta.users.read&"));
  CHECK_THAT(f.log.text, Catch::Contains("okta.groups.read") && Catch::Contains("grant"));

  Fixture poor({Respond(400, R"({"error":"invalid_scope","error_description":"x"})")});
  poor.options.extra_scopes = {"okta.groups.read"};
  CHECK(poor.Mint().status().code() == StatusCode::kFailedPrecondition);
  CHECK(poor.http.requests.size() == 2);
}

TEST_CASE("bad day: token endpoint down: retried with backoff, then said") {
  Fixture f({Respond(500, "<html>")});
  const auto token = f.Mint();
  CHECK(token.status().code() == StatusCode::kUnavailable);
  CHECK(f.http.requests.size() == 5);
  Fixture quick({Respond(500, "")});
  MintLimits once;
  once.tries = 1;
  CHECK_FALSE(quick.Mint(once).ok());
  CHECK(quick.http.requests.size() == 1);
  CHECK(quick.clock.passed == absl::ZeroDuration());
}

TEST_CASE("bad day: our clock 10 min slow or fast: the assertion is corrected from Date, once") {
  for (const std::string words : {"The client_assertion token must be issued before the current time.",
                                  "The client_assertion token is expired.",
                                  "The client_assertion token has an expiration too far into the future."}) {
    Fixture f({Refuse("invalid_client", words, "Fri, 15 Jan 2027 08:10:00 GMT"), Respond(200, kGood)});
    REQUIRE(f.Mint().ok());
    REQUIRE(f.http.requests.size() == 2);
    const int64_t iat = Assertion(f.http.requests[1]).claims["iat"];
    CHECK(std::abs(iat - (1'800'000'600 - 10)) <= 1);
    CHECK(Assertion(f.http.requests[0]).claims["jti"] != Assertion(f.http.requests[1]).claims["jti"]);
    CHECK_THAT(f.log.text, Catch::Contains("time of Okta's answer"));
  }
  Fixture lasting(
      {Refuse("invalid_client", "The client_assertion token is expired.", "Fri, 15 Jan 2027 08:10:00 GMT")});
  const auto token = lasting.Mint();
  CHECK(token.status().code() == StatusCode::kUnauthenticated);
  CHECK_THAT(Message(token.status()), Catch::Contains("NTP"));
  CHECK(lasting.http.requests.size() == 2);
  // Without a Date there is nothing to correct by.
  Fixture undated({Refuse("invalid_client", "The client_assertion token is expired.")});
  CHECK_FALSE(undated.Mint().ok());
  CHECK(undated.http.requests.size() == 1);
}

TEST_CASE("bad day: a used jti: once more with a new one") {
  Fixture f(
      {Refuse("invalid_client", "The client_assertion token has already been used."), Respond(200, kGood)});
  CHECK(f.Mint().ok());
  Fixture lasting({Refuse("invalid_client", "The client_assertion token has already been used.")});
  CHECK(lasting.Mint().status().code() == StatusCode::kUnauthenticated);
  CHECK(lasting.http.requests.size() == 2);
}

TEST_CASE("bad day: what an admin must mend is not tried again") {
  Fixture f({Refuse("invalid_client", "The client_assertion JWT kid is invalid.")});
  const auto token = f.Mint();
  CHECK(token.status().code() == StatusCode::kFailedPrecondition);
  CHECK(f.http.requests.size() == 1);
}

TEST_CASE("bad day: scope granted smaller than asked") {
  Fixture f({Respond(
      200, R"({"token_type":"Bearer","expires_in":3600,"access_token":"sECReT","scope":"okta.apps.read"})")});
  const auto token = f.Mint();
  CHECK(token.status().code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(token.status()),
             Catch::Contains("a token without okta.users.read") && !Catch::Contains("sECReT"));
}

TEST_CASE("bad day: 200 with HTML at the token endpoint") {
  Fixture f({Respond(200, "<html>Sign in</html>")});
  CHECK(f.Mint().status().code() == StatusCode::kDataLoss);
  CHECK(f.http.requests.size() == 1);
}

TEST_CASE("bad day: token endpoint 429: waits, counts as no try, and has an end") {
  http::Response refused = Respond(429, R"({"errorCode":"E0000047"})");
  std::vector<absl::StatusOr<http::Response>> answers(7, refused);
  answers.emplace_back(Respond(200, kGood));
  Fixture f(answers);
  CHECK(f.Mint().ok());
  CHECK(f.clock.passed >= absl::Minutes(7));
  REQUIRE(f.rate_waits.size() == 7);
  for (const absl::Duration told : f.rate_waits) CHECK(told >= absl::Minutes(1));
  CHECK(f.minter->RateWait() == absl::ZeroDuration());
  CHECK_THAT(f.log.text, Catch::Contains("Okta asks us to wait") && Catch::Contains("/oauth2/v1/token"));
  Fixture lasting({refused});
  CHECK(lasting.Mint().status().code() == StatusCode::kResourceExhausted);
  CHECK(lasting.clock.passed <= absl::Minutes(10));
  MintLimits impatient;
  impatient.patience = absl::ZeroDuration();
  Fixture quick({refused});
  CHECK(quick.Mint(impatient).status().code() == StatusCode::kResourceExhausted);
  CHECK(quick.clock.passed == absl::ZeroDuration());
}

TEST_CASE("mint: a stop ends a wait, and a bad certificate is not tried again") {
  Fixture f({Respond(503, "")});
  f.stop_when_asleep = true;
  CHECK(f.Mint().status().code() == StatusCode::kCancelled);
  CHECK(f.http.requests.size() == 1);
  Fixture tls({MakeStatus(StatusCode::kFailedPrecondition, "certificate has expired")});
  CHECK_THAT(Message(tls.Mint().status()), Catch::Contains("certificate has expired"));
  CHECK(tls.http.requests.size() == 1);
}

TEST_CASE("mint: a signer that fails is named") {
  Fixture f({Respond(200, kGood)});
  f.signer->error = MakeStatus(StatusCode::kUnavailable, "the KMS does not answer");
  const auto token = f.Mint();
  CHECK(token.status().code() == StatusCode::kUnavailable);
  CHECK_THAT(Message(token.status()),
             Catch::Contains("signing the client assertion") && Catch::Contains("KMS"));
  CHECK(f.http.requests.empty());
}

TEST_CASE("bad day: no secret in any message or log of the token source") {
  Fixture f(
      {Refuse("invalid_client", "The client_assertion token is expired.", "Fri, 15 Jan 2027 08:10:00 GMT")});
  const std::string message = Message(f.Mint().status());
  for (const http::Request& request : f.http.requests) {
    const std::string assertion = request.body.substr(request.body.find("&client_assertion=") + 18);
    CHECK_THAT(message, !Catch::Contains(assertion));
    CHECK_THAT(f.log.text, !Catch::Contains(assertion));
  }
}

}  // namespace
}  // namespace oktasync::oauth
