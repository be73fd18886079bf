// Bad day "token endpoint: each error of okta-api.md 1.5": the message says what an admin must do.
#include "oauth/token_errors.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/status.h"

namespace oktasync::oauth {
namespace {

using absl::StatusCode;

const TokenRequester kWho = {
    "https://example.okta.com", "0oaClient", "key-7", {"okta.apps.read", "okta.users.read"}};

std::string Body(const std::string& error, const std::string& description) {
  return R"({"error":")" + error + R"(","error_description":")" + description + R"("})";
}

struct Row {
  int http;
  std::string error;
  std::string description;
  StatusCode code;
  Remedy remedy;
  std::string advice;
};

const std::vector<Row> kTable = {
    // invalid_client: the client itself.
    {401, "invalid_client",
     "Client authentication failed. Either the client or the client credentials are invalid.",
     StatusCode::kUnauthenticated, Remedy::kNone, "active app of type API Services"},
    {401, "invalid_client", "Invalid value for 'client_id' parameter.", StatusCode::kUnauthenticated,
     Remedy::kNone, "no active app with that client id"},
    {401, "invalid_client", "No client credentials found.", StatusCode::kUnauthenticated, Remedy::kNone,
     "how we authenticate"},
    {401, "invalid_client",
     "Client Credentials requests to the Org Authorization Server must use the private_key_jwt "
     "token_endpoint_auth_method.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "Public key / Private key"},
    {401, "invalid_client", "The application_type of the client must be service.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "of type API Services"},
    // invalid_client: the assertion.
    {401, "invalid_client", "The issuer in the client_assertion JWT is invalid.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "client id is not the app's"},
    {401, "invalid_client", "The subject in the client_assertion JWT is invalid.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "client id is not the app's"},
    {401, "invalid_client",
     "The audience claim for client_assertion must be the endpoint invoked for the request.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "another address than https://example.okta.com"},
    {401, "invalid_client", "The client_assertion JWT kid is invalid.", StatusCode::kFailedPrecondition,
     Remedy::kOtherKey, "no active key with the id key-7"},
    {401, "invalid_client", "The client_assertion JWT is invalid.", StatusCode::kUnauthenticated,
     Remedy::kNone, "that key key-7 is registered"},
    {401, "invalid_client", "The client_assertion signature is invalid.", StatusCode::kFailedPrecondition,
     Remedy::kOtherKey, "does not belong to the public key"},
    {401, "invalid_client", "The client_assertion signing algorithm is invalid.",
     StatusCode::kFailedPrecondition, Remedy::kOtherKey, "of another kind than our private key"},
    {401, "invalid_client", "The client_assertion token must contain the 'exp' claim.",
     StatusCode::kUnauthenticated, Remedy::kNone, "how we authenticate"},
    {401, "invalid_client", "The client_assertion token is expired.", StatusCode::kUnauthenticated,
     Remedy::kCorrectClock, "set it by NTP"},
    {401, "invalid_client", "The client_assertion token has an expiration too far into the future.",
     StatusCode::kUnauthenticated, Remedy::kCorrectClock, "set it by NTP"},
    {401, "invalid_client", "The client_assertion token must be issued before the current time.",
     StatusCode::kUnauthenticated, Remedy::kCorrectClock, "set it by NTP"},
    {401, "invalid_client", "The client_assertion token has already been used.", StatusCode::kUnauthenticated,
     Remedy::kFreshAssertion, "repeats requests"},
    // invalid_client: keys.
    {401, "invalid_client", "The client does not have a JWKSet configured.", StatusCode::kFailedPrecondition,
     Remedy::kNone, "has no public key: register ours, key id key-7"},
    {401, "invalid_client", "Error retrieving the client JWKSet from jwks_uri.", StatusCode::kUnavailable,
     Remedy::kBackoff, "could not fetch the app's JWKS URL"},
    {401, "invalid_client", "The client JWKSet must contain at least one key.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "set of public keys"},
    {401, "invalid_client", "All keys in the client JWKSet must have a unique kid.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "one key per kid"},
    {401, "invalid_client", "'jku' in JWT and 'jwks_uri' doesn't match.", StatusCode::kFailedPrecondition,
     Remedy::kNone, "set of public keys"},
    {401, "invalid_client", "The public key being used has an invalid 'use' parameter.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "set of public keys"},
    {401, "invalid_client", "The client JWKSet is invalid.", StatusCode::kFailedPrecondition, Remedy::kNone,
     "set of public keys"},
    // Scopes.
    {400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.",
     StatusCode::kFailedPrecondition, Remedy::kFewerScopes, "must grant okta.apps.read okta.users.read"},
    {400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.",
     StatusCode::kFailedPrecondition, Remedy::kFewerScopes, "Okta API Scopes"},
    {400, "invalid_scope", "No scopes were requested.", StatusCode::kFailedPrecondition, Remedy::kFewerScopes,
     "Okta API Scopes"},
    {400, "consent_required", "You are not allowed any of the requested scopes.",
     StatusCode::kFailedPrecondition, Remedy::kFewerScopes,
     "a super administrator must grant okta.apps.read okta.users.read"},
    // DPoP.
    {400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", StatusCode::kFailedPrecondition,
     Remedy::kProve, "the app asks for DPoP"},
    {400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.",
     StatusCode::kFailedPrecondition, Remedy::kNonce, "takes the DPoP-Nonce header out"},
    // The rest.
    {400, "unsupported_grant_type", "The authorization grant type is not supported.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "may not use client credentials"},
    {400, "unauthorized_client", "The client is not authorized to use the provided grant type.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "may not use client credentials"},
    {400, "invalid_request", "The request parameter is repeated.", StatusCode::kFailedPrecondition,
     Remedy::kNone, "does not understand our request"},
    {401, "invalid_request", "Cannot supply multiple client credentials.", StatusCode::kFailedPrecondition,
     Remedy::kNone, "does not understand our request"},
    {401, "access_denied", "Policy evaluation failed for this request.", StatusCode::kFailedPrecondition,
     Remedy::kFewerScopes, "a policy of the org"},
    {400, "access_denied", "Policy evaluation failed for this request.", StatusCode::kFailedPrecondition,
     Remedy::kFewerScopes, "a policy of the org"},
    {403, "access_denied", "The request is made from outside the client's permitted network zones.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "network zones"},
};

// Of requests that had a proof.
const std::vector<Row> kProofs = {
    {400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", StatusCode::kFailedPrecondition,
     Remedy::kNone, "drops the DPoP header"},
    {400, "invalid_dpop_proof", "The DPoP proof JWT is issued in the future.", StatusCode::kUnauthenticated,
     Remedy::kCorrectClock, "set it by NTP"},
    {400, "invalid_dpop_proof", "The DPoP proof JWT is issued more than five minutes in the past.",
     StatusCode::kUnauthenticated, Remedy::kCorrectClock, "set it by NTP"},
    {400, "invalid_dpop_proof", "The DPoP proof JWT has already been used.", StatusCode::kUnauthenticated,
     Remedy::kFreshAssertion, "repeats requests"},
    {400, "invalid_dpop_proof", "'htu' claim in the DPoP proof JWT is invalid.",
     StatusCode::kFailedPrecondition, Remedy::kNone, "another address than https://example.okta.com"},
    {400, "invalid_dpop_proof", "The signature of the DPoP proof JWT is invalid.",
     StatusCode::kFailedPrecondition, Remedy::kNone,
     "switch off \"Require Demonstrating Proof of Possession"},
    {400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.",
     StatusCode::kFailedPrecondition, Remedy::kNonce, "gives none that is new"},
};

TEST_CASE("bad day: DPoP: each refusal of a proof says what to do, and what may help") {
  TokenRequester who = kWho;
  who.proved = true;
  for (const Row& row : kProofs) {
    INFO(row.description);
    const TokenRefusal refusal = ExplainTokenRefusal(row.http, Body(row.error, row.description), who);
    CHECK(refusal.status.code() == row.code);
    CHECK(refusal.remedy == row.remedy);
    CHECK_THAT(Message(refusal.status), Catch::Contains(row.advice) && Catch::Contains(row.description));
  }
}

TEST_CASE("bad day: token endpoint: each error says what an admin must do") {
  for (const Row& row : kTable) {
    INFO(row.http << " " << row.error << ": " << row.description);
    const TokenRefusal refusal = ExplainTokenRefusal(row.http, Body(row.error, row.description), kWho);
    CHECK(refusal.status.code() == row.code);
    CHECK(refusal.remedy == row.remedy);
    const std::string message = Message(refusal.status);
    CHECK_THAT(message, Catch::Contains(row.advice));
    // Who, where, and in Okta's words.
    CHECK_THAT(message, Catch::Contains("0oaClient") && Catch::Contains("https://example.okta.com") &&
                            Catch::Contains(row.error) && Catch::Contains(row.description));
  }
}

TEST_CASE("bad day: token endpoint: 429, 5xx, redirect, 404, and bodies that are none of Okta's") {
  const auto explain = [](int http, const std::string& body) {
    return ExplainTokenRefusal(http, body, kWho);
  };
  const TokenRefusal rate =
      explain(429, R"({"errorCode":"E0000047","errorSummary":"API call exceeded rate limit"})");
  CHECK(rate.status.code() == StatusCode::kResourceExhausted);
  CHECK(rate.remedy == Remedy::kWaitForWindow);
  CHECK_THAT(Message(rate.status), Catch::Contains("E0000047: \"API call exceeded rate limit\""));

  for (const int http : {500, 502, 503, 504}) {
    const TokenRefusal down = explain(http, "<html>bad gateway</html>");
    CHECK(down.status.code() == StatusCode::kUnavailable);
    CHECK(down.remedy == Remedy::kBackoff);
  }
  for (const int http : {301, 302, 307, 308}) {
    const TokenRefusal away = explain(http, "");
    CHECK(away.status.code() == StatusCode::kFailedPrecondition);
    CHECK_THAT(Message(away.status), Catch::Contains("never followed"));
  }
  CHECK_THAT(Message(explain(404, R"({"errorCode":"E0000008"})").status), Catch::Contains("no Okta org"));
  for (const std::string body : {"", "<html>blocked</html>", "[]", "{\"error\":7}", "{", "null"}) {
    for (const int http : {400, 401, 403, 418}) {
      INFO(http << " " << body);
      const TokenRefusal odd = explain(http, body);
      CHECK_FALSE(odd.status.ok());
      CHECK(odd.remedy == Remedy::kNone);
      CHECK_THAT(Message(odd.status), Catch::Contains("HTTP " + std::to_string(http)));
    }
  }
}

TEST_CASE("token errors: no assertion and no control character gets into a message") {
  const std::string assertion = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiIwb2FDbGllbnQifQ.c2lnbmF0dXJl";
  for (const std::string& body :
       {Body("invalid_request", "bad request: client_assertion=" + assertion + "&x"), Body(assertion, "x"),
        R"({"errorCode":"E1","errorSummary":"got )" + assertion + R"("})"}) {
    const std::string message = Message(ExplainTokenRefusal(400, body, kWho).status);
    CHECK_THAT(message, !Catch::Contains("eyJ") && !Catch::Contains("c2lnbmF0dXJl"));
    CHECK_THAT(message, Catch::Contains("[token]"));
  }
  const std::string message = Message(ExplainTokenRefusal(400, Body("x", "a\\u001b[2Jb\\nc"), kWho).status);
  for (const char c : message) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

TEST_CASE("Bug: a byte that is no UTF-8, escaped as \\xde, made a token's look of what followed it") {
  const std::string text = ShownText("e\xDEyJhGzczyOUFHzI0isifQ", 300);
  CHECK(WithoutTokens(text) == text);
  CHECK_THAT(text, Catch::Contains("[token]"));
  // One that is cut is looked at before.
  CHECK(ShownText("see eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiIwb2EifQ.c2lnbmF0dXJl", 12) == "see [token]");
}

TEST_CASE("token errors: a scope granted smaller than asked names what is missing") {
  const absl::Status status = MissingScopesError({"okta.users.read"}, kWho);
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(status), Catch::Contains("a token without okta.users.read"));
}

}  // namespace
}  // namespace oktasync::oauth
