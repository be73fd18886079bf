// DPoP: the proof of RFC 9449, its nonce, and how the token request finds its way to it.
#include "oauth/dpop.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/text.h"
#include "jose/jwk.h"
#include "mint_fixture.h"
#include "nlohmann/json.hpp"

namespace oktasync::oauth {
namespace {

using absl::StatusCode;
using testing::Assertion;
using testing::Fixture;
using testing::Jwt;
using testing::kGood;
using testing::ReadJwt;
using testing::Refuse;
using testing::Respond;

constexpr char kBound[] =
    R"({"token_type":"DPoP","expires_in":3600,"access_token":"sECReT","scope":"okta.apps.read okta.users.read"})";

http::Response WithNonce(http::Response response, const std::string& nonce) {
  response.headers.emplace_back("dpop-nonce", nonce);
  return response;
}
http::Response Missing() { return Refuse("invalid_dpop_proof", "The DPoP proof JWT header is missing."); }
http::Response AskNonce(const std::string& nonce) {
  return WithNonce(Refuse("use_dpop_nonce", "Authorization server requires nonce in DPoP proof."), nonce);
}

std::string ProofText(const http::Request& request) {
  std::string found;
  for (const auto& [name, value] : request.headers) {
    if (name != "DPoP") continue;
    CHECK(found.empty());
    found = value;
  }
  return found;
}
Jwt Proof(const http::Request& request) { return ReadJwt(ProofText(request)); }

std::shared_ptr<Dpop> NewDpop() { return *Dpop::Make(*jose::NewEs256Signer()); }

TEST_CASE("DPoP: a proof has what RFC 9449 section 4.2 asks for, and its key's public part alone") {
  const auto dpop = NewDpop();
  http::Request request;
  request.url = "https://example.okta.com/api/v1/apps/0oa1/users?limit=500&after=x#end";
  const AccessToken token{Secret("the.access.token"), 1, dpop};
  REQUIRE(Authorize(token, absl::FromUnixSeconds(1'800'000'000), request).ok());
  CHECK(request.authorization.Reveal() == "DPoP the.access.token");
  const Jwt proof = Proof(request);
  CHECK(proof.header["typ"] == "dpop+jwt");
  CHECK(proof.header["alg"] == "ES256");
  const auto& jwk = proof.header["jwk"];
  std::set<std::string> members;
  for (const auto& [name, value] : jwk.items()) members.insert(name);
  CHECK(members == std::set<std::string>{"crv", "kty", "x", "y"});
  CHECK(jwk["crv"] == "P-256");
  CHECK(proof.claims["htm"] == "GET");
  CHECK(proof.claims["htu"] == "https://example.okta.com/api/v1/apps/0oa1/users");
  // Neither from the future nor near the five minutes that Okta allows.
  const int64_t iat = proof.claims["iat"];
  CHECK(iat < 1'800'000'000);
  CHECK(iat > 1'800'000'000 - 60);
  // base64url(SHA-256("the.access.token")), by another program.
  CHECK(proof.claims["ath"] == "R2a7yCsxS8BpCgk-2VRP3xHZJ8n6zSvOygTlU97Z9m0");
  CHECK_FALSE(proof.claims.contains("nonce"));
}

TEST_CASE("DPoP: a proof is good for one try, and two processes have two keys") {
  const auto dpop = NewDpop();
  const AccessToken token{Secret("t"), 1, dpop};
  std::set<std::string> jtis;
  for (int i = 0; i < 20; ++i) {
    http::Request request;
    request.url = "https://example.okta.com/";
    REQUIRE(Authorize(token, absl::Now(), request).ok());
    jtis.insert(Proof(request).claims["jti"]);
  }
  CHECK(jtis.size() == 20);
  CHECK((*jose::NewEs256Signer())->PublicJwk() != (*jose::NewEs256Signer())->PublicJwk());
}

TEST_CASE("DPoP: a bearer token goes without a proof") {
  http::Request request;
  const AccessToken token{Secret("t"), 1};
  CHECK(Authorize(token, absl::Now(), request).value().empty());
  CHECK(request.authorization.Reveal() == "Bearer t");
  CHECK(ProofText(request).empty());
}

TEST_CASE("DPoP: the nonce of any answer is kept; what is none, or two at once, is not sent back") {
  const auto dpop = NewDpop();
  const auto sent = [&] {
    http::Request request;
    request.url = "https://example.okta.com/oauth2/v1/token";
    return dpop->Prove(request, "", absl::Now()).value().nonce;
  };
  CHECK(dpop->Learn(WithNonce(Respond(429, ""), "one"), ""));
  CHECK(sent() == "one");
  CHECK_FALSE(dpop->Learn(WithNonce(Respond(200, ""), "one"), "one"));  // nothing new in it
  CHECK_FALSE(dpop->Learn(Respond(200, ""), "one"));
  CHECK_FALSE(dpop->Learn(WithNonce(WithNonce(Respond(200, ""), "a"), "b"), "one"));
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\"b"),
                                 std::string("a\r\nb"), std::string(5000, 'n')}) {
    CHECK_FALSE(dpop->Learn(WithNonce(Respond(200, ""), bad), "one"));
  }
  CHECK(sent() == "one");
}

TEST_CASE("DPoP: asked for, found out by itself: proof, then nonce, with a new assertion and jti each time") {
  Fixture f({Missing(), AskNonce("n1"), Respond(200, kBound)});
  const auto token = f.Mint();
  REQUIRE(token.ok());
  CHECK(token->dpop == f.dpop);
  REQUIRE(f.http.requests.size() == 3);
  CHECK(ProofText(f.http.requests[0]).empty());
  const Jwt first = Proof(f.http.requests[1]);
  const Jwt second = Proof(f.http.requests[2]);
  CHECK_FALSE(first.claims.contains("nonce"));
  CHECK(second.claims["nonce"] == "n1");
  CHECK(second.claims["htm"] == "POST");
  CHECK(second.claims["htu"] == "https://example.okta.com/oauth2/v1/token");
  CHECK_FALSE(second.claims.contains("ath"));
  CHECK(first.claims["jti"] != second.claims["jti"]);
  CHECK(first.header["jwk"] == second.header["jwk"]);
  std::set<std::string> assertions;
  for (const http::Request& request : f.http.requests) assertions.insert(Assertion(request).claims["jti"]);
  CHECK(assertions.size() == 3);
  CHECK(f.clock.passed == absl::ZeroDuration());  // nothing failed: nobody waits
  CHECK_THAT(f.log.text, Catch::Contains("asks for DPoP"));

  // From now on at once, with the nonce that is known.
  f.http.answers = {Respond(200, kBound)};
  REQUIRE(f.Mint().ok());
  REQUIRE(f.http.requests.size() == 4);
  CHECK(Proof(f.http.requests[3]).claims["nonce"] == "n1");
}

TEST_CASE("DPoP: set in the configuration: a proof from the first request on, and no bearer token") {
  Fixture f({Respond(200, kBound)});
  f.options.dpop = true;
  CHECK(f.Mint()->dpop != nullptr);
  CHECK_FALSE(ProofText(f.http.requests.at(0)).empty());

  Fixture bearer({Respond(200, kGood)});
  bearer.options.dpop = true;
  const auto token = bearer.Mint();
  CHECK(token.status().code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(token.status()), Catch::Contains("/okta/dpop") && !Catch::Contains("sECReT"));
}

TEST_CASE("DPoP: switched off again: a bearer token is taken for what it is") {
  Fixture f({Missing(), Respond(200, kGood)});
  CHECK(f.Mint()->dpop == nullptr);
}

TEST_CASE("DPoP: a bound token without a key of ours is broken") {
  Fixture f({Respond(200, kBound)});
  const auto token = f.Mint();
  CHECK(token.status().code() == StatusCode::kDataLoss);
  CHECK_THAT(Message(token.status()), !Catch::Contains("sECReT"));
}

TEST_CASE("bad day: DPoP: the nonce changes, also on 429 and 503, and is renewed from every answer") {
  Fixture f({Missing(), AskNonce("n1"), AskNonce("n2"), WithNonce(Respond(429, "{}"), "n3"),
             WithNonce(Respond(503, ""), "n4"), WithNonce(Respond(200, kBound), "n5"), Respond(200, kBound)});
  REQUIRE(f.Mint().ok());
  const std::vector<std::string> nonces = {"n1", "n2", "n3", "n4"};
  for (size_t i = 0; i < nonces.size(); ++i) {
    CHECK(Proof(f.http.requests.at(i + 2)).claims["nonce"] == nonces[i]);
  }
  REQUIRE(f.Mint().ok());
  CHECK(Proof(f.http.requests.back()).claims["nonce"] == "n5");
}

TEST_CASE("bad day: DPoP: a nonce without end, or none at all, is an error with words") {
  int n = 0;
  Fixture f({});
  f.http.any = [&](const http::Request&) { return AskNonce("n" + std::to_string(++n)); };
  f.options.dpop = true;
  const auto token = f.Mint();
  CHECK(token.status().code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(token.status()), Catch::Contains("DPoP-Nonce"));
  CHECK(f.http.requests.size() <= 5);

  Fixture without({Refuse("use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")});
  without.options.dpop = true;
  CHECK_FALSE(without.Mint().ok());
  CHECK(without.http.requests.size() == 1);
}

TEST_CASE(
    "bad day: DPoP: a proof of the wrong time is corrected from Date, a used one made anew, once each") {
  for (const std::string words : {"The DPoP proof JWT is issued in the future.",
                                  "The DPoP proof JWT is issued more than five minutes in the past."}) {
    Fixture f({Refuse("invalid_dpop_proof", words, "Fri, 15 Jan 2027 08:10:00 GMT"), Respond(200, kBound)});
    f.options.dpop = true;
    REQUIRE(f.Mint().ok());
    const int64_t iat = Proof(f.http.requests.at(1)).claims["iat"];
    CHECK(std::abs(iat - 1'800'000'600) <= 60);
  }
  Fixture used({Refuse("invalid_dpop_proof", "The DPoP proof JWT has already been used.")});
  used.options.dpop = true;
  CHECK(used.Mint().status().code() == StatusCode::kUnauthenticated);
  CHECK(used.http.requests.size() == 2);
  Fixture dropped({Missing()});
  CHECK_THAT(Message(dropped.Mint().status()), Catch::Contains("drops the DPoP header"));
  CHECK(dropped.http.requests.size() == 2);
}

TEST_CASE("invariant 15: no proof, key or token in a message or log of DPoP") {
  Fixture f({Missing(), Refuse("invalid_dpop_proof", "'htm' claim in the DPoP proof JWT is invalid.")});
  const std::string text = Message(f.Mint().status()) + f.log.text;
  for (const http::Request& request : f.http.requests) {
    const std::string proof = ProofText(request);
    if (!proof.empty()) CHECK(text.find(proof) == std::string::npos);
  }
  CHECK(text.find("eyJ") == std::string::npos);
  // A proxy that echoes the request.
  Fixture echo({});
  echo.options.dpop = true;
  echo.http.any = [](const http::Request& request) {
    return Refuse("invalid_dpop_proof", "not understood: " + ProofText(request));
  };
  CHECK_THAT(Message(echo.Mint().status()), Catch::Contains("[token]") && !Catch::Contains("eyJ"));
}

}  // namespace
}  // namespace oktasync::oauth
