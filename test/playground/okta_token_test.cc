// The token endpoint refuses what Okta refuses: section 1 of Okta's guide for service apps, RFC 7523.
#include <catch2/catch.hpp>
#include <ctime>

#include "okta_test_client.h"

using playground_test::Answer;
using playground_test::Okta;

namespace {

void RequireInvalidClient(const Answer& answer, const std::string& part) {
  CHECK(answer.status == 401);
  REQUIRE(answer.body.is_object());
  CHECK(answer.body.value("error", "") == "invalid_client");
  CHECK_THAT(answer.body.value("error_description", ""), Catch::Contains(part));
}

}  // namespace

TEST_CASE("Token: a good assertion is accepted, by either key") {
  Okta okta;
  const bool rsa = GENERATE(false, true);
  const Answer answer = okta.Token(okta.Sign(okta.Claims(), rsa));
  REQUIRE(answer.status == 200);
  CHECK(answer.body["token_type"] == "Bearer");
  CHECK(answer.body["expires_in"] == 3600);
  CHECK(answer.body["scope"] == "okta.apps.read okta.users.read");
  CHECK(okta.Get(okta.AppPath(), answer.body["access_token"].get<std::string>()).status == 200);
}

TEST_CASE("Token: the claims of the assertion are checked one by one") {
  Okta okta;
  const auto now = static_cast<int64_t>(std::time(nullptr));
  auto claims = okta.Claims();
  const auto refused = [&](const char* part) { RequireInvalidClient(okta.Token(okta.Sign(claims)), part); };

  SECTION("exp two hours ahead") {
    claims["exp"] = now + 7200;
    refused("expiration too far into the future");
  }
  SECTION("exp exactly one hour ahead is too far already") {
    claims["exp"] = now + 3602;
    refused("expiration too far into the future");
  }
  SECTION("exp past") {
    claims["exp"] = now - 10;
    refused("is expired");
  }
  SECTION("exp missing") {
    claims.erase("exp");
    refused("must contain the 'exp' claim");
  }
  SECTION("issued in the future") {
    claims["iat"] = now + 120;
    refused("must be issued before the current time");
  }
  SECTION("audience is the org, not the endpoint") {
    claims["aud"] = okta.info()["okta_url"];
    refused("endpoint invoked");
  }
  SECTION("audience is an array") {
    claims["aud"] = nlohmann::json::array({claims["aud"]});
    refused("endpoint invoked");
  }
  SECTION("issuer") {
    claims["iss"] = "0oasomebodyelse";
    refused("issuer");
  }
  SECTION("subject") {
    claims["sub"] = "0oasomebodyelse";
    refused("subject");
  }
}

TEST_CASE("Token: signature, kid and algorithm must fit a registered key") {
  Okta okta;
  const std::string good = okta.Sign(okta.Claims());
  const size_t dot = good.rfind('.');

  SECTION("a signature of other claims") {
    const std::string other = okta.Sign(okta.Claims());
    RequireInvalidClient(okta.Token(good.substr(0, dot) + other.substr(other.rfind('.'))),
                         "signature is invalid");
  }
  SECTION("signed by the other key") {
    RequireInvalidClient(okta.Token(okta.Sign(okta.Claims(), true, okta.info()["key_id"])),
                         "algorithm is invalid");
  }
  SECTION("unknown kid") {
    RequireInvalidClient(okta.Token(okta.Sign(okta.Claims(), false, "nobody")), "kid is invalid");
  }
  SECTION("a removed key, and back again") {
    okta.control().Post("/okta/remove_key", {{"kid", okta.info()["key_id"]}});
    RequireInvalidClient(okta.Token(good), "kid is invalid");
    okta.control().Post("/okta/add_key", {{"kid", okta.info()["key_id"]}});
    CHECK(okta.Token(good).status == 200);
  }
  SECTION("not a JWT") { RequireInvalidClient(okta.Token("abc.def"), "JWT is invalid"); }
}

TEST_CASE("Token: a jti works once, an assertion without one again and again") {
  Okta okta;
  const std::string assertion = okta.Sign(okta.Claims());
  CHECK(okta.Token(assertion).status == 200);
  RequireInvalidClient(okta.Token(assertion), "already been used");

  auto claims = okta.Claims();
  claims.erase("jti");
  const std::string reusable = okta.Sign(claims);
  CHECK(okta.Token(reusable).status == 200);
  CHECK(okta.Token(reusable).status == 200);
}

TEST_CASE("Token: scopes are granted to the app") {
  Okta okta;
  Answer answer = okta.Token(okta.Sign(okta.Claims()), "okta.apps.read okta.groups.read");
  CHECK(answer.status == 200);
  CHECK(answer.body["scope"] == "okta.apps.read");
  CHECK(okta.Get(okta.AppPath(), answer.body["access_token"].get<std::string>()).status == 200);

  // That token does not hold okta.users.read.
  answer = okta.Get("/api/v1/users/nobody", answer.body["access_token"].get<std::string>());
  CHECK(answer.status == 403);
  CHECK(answer.Code() == "E0000006");
  CHECK_THAT(answer.Header("www-authenticate"), Catch::Contains("error=\"insufficient_scope\""));
  CHECK_THAT(answer.Header("www-authenticate"), Catch::Contains("scope=\"okta.users.read\""));

  answer = okta.Token(okta.Sign(okta.Claims()), "okta.groups.read");
  CHECK(answer.status == 400);
  CHECK(answer.body["error"] == "consent_required");
  answer = okta.Token(okta.Sign(okta.Claims()), "everything");
  CHECK(answer.status == 400);
  CHECK(answer.body["error"] == "invalid_scope");
}

TEST_CASE("Token: the form is checked") {
  Okta okta;
  const std::string assertion = "&client_assertion=" + okta.Sign(okta.Claims());
  Answer answer = okta.PostForm("grant_type=client_credentials&grant_type=client_credentials" + assertion);
  CHECK(answer.status == 400);
  CHECK(answer.body["error"] == "invalid_request");
  answer = okta.PostForm("grant_type=password" + assertion);
  CHECK(answer.status == 400);
  CHECK(answer.body["error"] == "unsupported_grant_type");
  RequireInvalidClient(okta.PostForm("grant_type=client_credentials"), "No client credentials found");
}

TEST_CASE("Token: a resource call needs a live token") {
  Okta okta;
  okta.control().Post("/okta/token_lifetime", {{"seconds", 60}});
  const std::string token = okta.AccessToken();
  CHECK(okta.Get(okta.AppPath(), token).status == 200);

  SECTION("expired, by Okta's clock") { okta.control().Post("/okta/clock_offset", {{"seconds", 61}}); }
  SECTION("revoked") { okta.control().Post("/okta/revoke_tokens"); }
  const Answer answer = okta.Get(okta.AppPath(), token);
  CHECK(answer.status == 401);
  CHECK(answer.Code() == "E0000011");
  CHECK_THAT(answer.Header("www-authenticate"), Catch::Contains("error=\"invalid_token\""));
  CHECK(okta.Get(okta.AppPath(), "made-up").status == 401);
}

TEST_CASE("Token: Okta's clock decides about assertions and shows in Date") {
  Okta okta;
  okta.control().Post("/okta/clock_offset", {{"seconds", -600}});
  const Answer answer = okta.Token(okta.Sign(okta.Claims()));
  RequireInvalidClient(answer, "must be issued before the current time");
  std::tm tm{};
  REQUIRE(strptime(answer.Header("date").c_str(), "%a, %d %b %Y %H:%M:%S GMT", &tm) != nullptr);
  CHECK(std::abs(timegm(&tm) + 600 - std::time(nullptr)) < 30);
}

TEST_CASE("Record: no token and no assertion is in it") {
  Okta okta;
  const std::string assertion = okta.Sign(okta.Claims());
  const std::string token = okta.Token(assertion).body["access_token"].get<std::string>();
  okta.Get(okta.AppPath(), token);
  okta.Get(okta.AppPath() + "?access_token=" + token, "");
  const std::string record = okta.control().Record().dump();
  CHECK_THAT(record, Catch::Contains("/oauth2/v1/token"));
  CHECK_THAT(record, !Catch::Contains(token));
  CHECK_THAT(record, !Catch::Contains(assertion));
}
