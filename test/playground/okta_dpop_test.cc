// DPoP: the playground refuses what Okta refuses (RFC 9449; Okta's guide), and by code of its own.
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <ctime>

#include "okta/crypto.h"
#include "okta/text.h"
#include "okta_test_client.h"

using nlohmann::json;
using playground::okta::Base64UrlEncode;
using playground_test::Answer;
using playground_test::Okta;
using playground_test::SignJws;

namespace {

// A client with a key for proofs, against an app that wants them.
struct Client {
  Client() {
    okta.control().Post("/okta/dpop", {{"dpop_bound_access_tokens", true}});
    header = {{"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", PublicJwk(key.get())}};
  }

  static json PublicJwk(EVP_PKEY* key) {
    const auto coordinate = [key](const char* name) {
      BIGNUM* number = nullptr;
      EVP_PKEY_get_bn_param(key, name, &number);
      const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> owned(number, BN_free);
      std::string bytes(32, '\0');
      BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), 32);
      return Base64UrlEncode(bytes);
    };
    return {{"kty", "EC"},
            {"crv", "P-256"},
            {"x", coordinate(OSSL_PKEY_PARAM_EC_PUB_X)},
            {"y", coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)}};
  }

  json Claims(const std::string& method, const std::string& path, const std::string& token = "") const {
    json claims = {{"htm", method},
                   {"htu", okta.info()["okta_url"].get<std::string>() + path},
                   {"iat", static_cast<int64_t>(std::time(nullptr)) - 2},
                   {"jti", Base64UrlEncode(playground::okta::RandomBytes(12))}};
    if (!nonce.empty()) claims["nonce"] = nonce;
    if (!token.empty()) claims["ath"] = Base64UrlEncode(playground::okta::Sha256(token));
    return claims;
  }
  std::string Proof(const json& claims) const { return SignJws(key.get(), header, claims); }

  // A token request with these proofs; the nonce of the answer is kept.
  Answer TokenWith(const Okta::Headers& proofs) {
    Answer answer = okta.Ask("POST", "/oauth2/v1/token", proofs, okta.TokenForm(okta.Sign(okta.Claims())));
    if (!answer.Header("dpop-nonce").empty()) nonce = answer.Header("dpop-nonce");
    return answer;
  }
  Answer Token(const json& claims) { return TokenWith({{"DPoP", Proof(claims)}}); }
  json TokenClaims() const { return Claims("POST", "/oauth2/v1/token"); }
  std::string GoodToken() {
    Token(TokenClaims());  // for the nonce
    return Token(TokenClaims()).body.at("access_token").get<std::string>();
  }
  Answer Get(const std::string& path, const std::string& token, const json& claims) {
    return okta.Ask("GET", path, {{"Authorization", "DPoP " + token}, {"DPoP", Proof(claims)}});
  }

  Okta okta;
  playground::okta::Key key = playground::okta::MakeEcKey();
  json header;
  std::string nonce;
};

void CheckRefused(const Answer& answer, const std::string& error, const std::string& words) {
  CHECK(answer.status == 400);
  REQUIRE(answer.body.is_object());
  CHECK(answer.body.value("error", "") == error);
  CHECK_THAT(answer.body.value("error_description", ""), Catch::Contains(words));
}

void CheckChallenged(const Answer& answer, const std::string& error, const std::string& words) {
  CHECK(answer.status == 401);
  CHECK_THAT(answer.Header("www-authenticate"), Catch::StartsWith("DPoP algs=") &&
                                                    Catch::Contains("error=\"" + error + "\"") &&
                                                    Catch::Contains(words));
}

TEST_CASE("DPoP: proof, nonce, new assertion, bound token, proof with ath") {
  Client client;
  CheckRefused(client.TokenWith({}), "invalid_dpop_proof", "header is missing");
  CHECK(client.nonce.empty());  // none for those who show no proof
  CheckRefused(client.Token(client.TokenClaims()), "use_dpop_nonce", "requires nonce");
  REQUIRE_FALSE(client.nonce.empty());
  const Answer answer = client.Token(client.TokenClaims());
  REQUIRE(answer.status == 200);
  CHECK(answer.body["token_type"] == "DPoP");
  const std::string token = answer.body["access_token"];
  const std::string path = client.okta.AppPath() + "/users";
  CHECK(client.Get(path + "?limit=5", token, client.Claims("GET", path, token)).status == 200);
  // The nonce is not required at the API.
  client.nonce.clear();
  CHECK(client.Get(path, token, client.Claims("GET", path, token)).status == 200);
}

TEST_CASE("DPoP: each flaw of a proof is refused") {
  Client client;
  client.Token(client.TokenClaims());
  json claims = client.TokenClaims();
  const int64_t now = std::time(nullptr);
  const auto refused = [&](const char* words) {
    CheckRefused(client.Token(claims), "invalid_dpop_proof", words);
  };
  SECTION("htm") { claims["htm"] = "GET", refused("'htm'"); }
  SECTION("htu of another path") { claims["htu"] = client.okta.info()["okta_url"], refused("'htu'"); }
  SECTION("htu with a query") { claims["htu"] = claims["htu"].get<std::string>() + "?a=b", refused("'htu'"); }
  SECTION("from the future") { claims["iat"] = now + 120, refused("in the future"); }
  SECTION("older than five minutes") { claims["iat"] = now - 310, refused("more than five minutes"); }
  SECTION("expired") { claims["exp"] = now - 5, refused("expired"); }
  SECTION("no iat") { claims.erase("iat"), refused("'iat'"); }
  SECTION("no jti") { claims.erase("jti"), refused("'jti'"); }
  SECTION("typ") { client.header["typ"] = "JWT", refused("'typ'"); }
  SECTION("a symmetric algorithm") { client.header["alg"] = "HS256", refused("'alg'"); }
  SECTION("no key") { client.header.erase("jwk"), refused("'jwk'"); }
  SECTION("a private member") { client.header["jwk"]["d"] = "AAAA", refused("'jwk'"); }
  SECTION("another key than the one that signed") {
    client.header["jwk"] = Client::PublicJwk(playground::okta::MakeEcKey().get());
    refused("signature");
  }
  SECTION("the client's own key") {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(
        std::fopen(client.okta.info()["private_key_file"].get<std::string>().c_str(), "r"), std::fclose);
    client.key.reset(PEM_read_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    client.header["jwk"] = Client::PublicJwk(client.key.get());
    refused("separate");
  }
  SECTION("two headers") {
    CheckRefused(
        client.TokenWith({{"DPoP", client.Proof(claims)}, {"DPoP", client.Proof(client.TokenClaims())}}),
        "invalid_dpop_proof", "Multiple");
  }
  SECTION("used before") {
    CHECK(client.Token(claims).status == 200);
    refused("already been used");
  }
  SECTION("a nonce that nobody gave") {
    claims["nonce"] = "made-up";
    CheckRefused(client.Token(claims), "use_dpop_nonce", "requires nonce");
  }
}

TEST_CASE("DPoP: an assertion is used up by a request whose proof is refused") {
  Client client;
  const std::string form = client.okta.TokenForm(client.okta.Sign(client.okta.Claims()));
  const auto ask = [&] {
    return client.okta.Ask("POST", "/oauth2/v1/token", {{"DPoP", client.Proof(client.TokenClaims())}}, form);
  };
  CheckRefused(ask(), "use_dpop_nonce", "nonce");
  const Answer again = ask();
  CHECK(again.status == 401);
  CHECK_THAT(again.text, Catch::Contains("already been used"));
  CHECK(again.Header("dpop-nonce").empty());  // none for those who are not known
}

TEST_CASE("DPoP: a nonce is renewed and the one before goes on serving, for three days") {
  Client client;
  client.GoodToken();
  const std::string old = client.nonce;
  client.okta.control().Post("/okta/renew_dpop_nonce");
  CHECK(client.Token(client.TokenClaims()).status == 200);
  CHECK(client.nonce != old);  // it came with that answer
  client.nonce = old;
  // Every answer tells the new one, 429 as well.
  client.okta.control().Post("/okta/fault", {{"path", "/oauth2/v1/token"}, {"kind", "rate_429"}});
  const Answer refused = client.Token(client.TokenClaims());
  CHECK(refused.status == 429);
  CHECK(client.nonce != old);

  client.nonce = old;
  client.okta.control().Post("/okta/renew_dpop_nonce", {{"forget", true}});
  CheckRefused(client.Token(client.TokenClaims()), "use_dpop_nonce", "nonce");
  CHECK(client.Token(client.TokenClaims()).status == 200);
}

TEST_CASE("DPoP: the API checks the proof, the token's hash and the key to which the token is bound") {
  Client client;
  const std::string token = client.GoodToken();
  const std::string path = client.okta.AppPath();
  const auto claims = [&] { return client.Claims("GET", path, token); };
  CHECK(client.Get(path, token, claims()).status == 200);

  json wrong = claims();
  wrong["ath"] = Base64UrlEncode(playground::okta::Sha256("another"));
  CheckChallenged(client.Get(path, token, wrong), "invalid_dpop_proof", "'ath'");
  wrong = claims();
  wrong["htu"] = client.okta.info()["okta_url"].get<std::string>() + path + "/users";
  CheckChallenged(client.Get(path, token, wrong), "invalid_dpop_proof", "'htu'");
  const json twice = claims();
  CHECK(client.Get(path, token, twice).status == 200);
  CheckChallenged(client.Get(path, token, twice), "invalid_dpop_proof", "already been used");
  CheckChallenged(client.okta.Ask("GET", path, {{"Authorization", "DPoP " + token}}), "invalid_dpop_proof",
                  "header is missing");
  CheckChallenged(client.okta.Get(path, token), "invalid_dpop_proof", "header is missing");  // as Bearer

  client.okta.control().Post("/okta/dpop", {{"resource_nonce", true}});
  client.nonce.clear();
  const Answer asked = client.Get(path, token, claims());
  CheckChallenged(asked, "use_dpop_nonce", "nonce");
  client.nonce = asked.Header("dpop-nonce");
  CHECK(client.Get(path, token, claims()).status == 200);

  client.key = playground::okta::MakeEcKey();
  client.header["jwk"] = Client::PublicJwk(client.key.get());
  CheckChallenged(client.Get(path, token, claims()), "invalid_dpop_proof", "not bound");
}

TEST_CASE("DPoP: switched on suddenly, with bearer tokens about") {
  Okta okta;
  const std::string token = okta.AccessToken();
  okta.control().Post("/okta/dpop", {{"dpop_bound_access_tokens", true}});
  CHECK(okta.Token(okta.Sign(okta.Claims())).status == 400);
  CHECK(okta.Get(okta.AppPath(), token).status == 200);  // it lives on
  okta.control().Post("/okta/dpop", {{"refuse_bearer", true}});
  CheckChallenged(okta.Get(okta.AppPath(), token), "invalid_dpop_proof", "header is missing");
}

}  // namespace
