// Compact JWS and public JWKs.
#include "jose/jws.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "base/text.h"
#include "jose/jwk.h"
#include "nlohmann/json.hpp"
#include "testing/keys.h"

namespace oktasync::jose {
namespace {

using nlohmann::json;

std::unique_ptr<Signer> Load(const std::string& pem) { return *SignerFromPem(Secret(pem)); }

// A signer of the host (a KMS): it may refuse, and need not tell its public key.
class HostSigner final : public Signer {
 public:
  explicit HostSigner(absl::StatusOr<std::string> signature) : signature_(std::move(signature)) {}
  Algorithm algorithm() const override { return Algorithm::kEs256; }
  absl::StatusOr<std::string> Sign(std::string_view) const override { return signature_; }
  std::string PublicJwk() const override { return jwk; }
  std::string jwk;

 private:
  absl::StatusOr<std::string> signature_;
};

}  // namespace

TEST_CASE("a compact JWS has the signer's alg, the claims as given, and a signature over both") {
  for (const std::string& pem : {testing::EcPem("P-256"), testing::RsaPem(2048)}) {
    const auto signer = Load(pem);
    const json claims = {{"iss", "0oa1"}, {"exp", 1'900'000'000}, {"name", "Zoë \u00df"}};
    const auto jws = SignCompact({{"kid", "k1"}, {"typ", "JWT"}}, claims, *signer);
    REQUIRE(jws.ok());
    const size_t first = jws->find('.');
    const size_t last = jws->rfind('.');
    REQUIRE(first < last);
    const json header = json::parse(FromBase64Url(jws->substr(0, first)).value());
    CHECK(header == json{{"alg", std::string(ToString(signer->algorithm()))}, {"kid", "k1"}, {"typ", "JWT"}});
    CHECK(json::parse(FromBase64Url(jws->substr(first + 1, last - first - 1)).value()) == claims);
    const std::string signature = FromBase64Url(jws->substr(last + 1)).value();
    CHECK(testing::Verifies(signer->PublicJwk(), jws->substr(0, last), signature));
    CHECK_FALSE(testing::Verifies(signer->PublicJwk(), jws->substr(0, last - 1), signature));
  }
}

TEST_CASE("a JWS header cannot announce another algorithm than the one that signs") {
  const auto signer = Load(testing::EcPem("P-256"));
  for (const char* alg : {"none", "HS256", "RS256"}) {
    const auto jws = SignCompact({{"alg", alg}}, json::object(), *signer);
    REQUIRE_FALSE(jws.ok());
    CHECK(jws.status().code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK(SignCompact({{"alg", "ES256"}}, json::object(), *signer).ok());
  CHECK_FALSE(SignCompact(json::array(), json::object(), *signer).ok());
  CHECK_FALSE(SignCompact(json::object(), "text", *signer).ok());
}

TEST_CASE("a host's signer that refuses is heard, and an empty signature is none") {
  const HostSigner refusing(MakeStatus(absl::StatusCode::kUnavailable, "the KMS is down"));
  CHECK(Message(SignCompact(json::object(), json::object(), refusing).status()) == "the KMS is down");
  CHECK_FALSE(SignCompact(json::object(), json::object(), HostSigner(std::string())).ok());
}

TEST_CASE("RFC 7638 section 3.1: the thumbprint of the example") {
  const auto thumbprint = Thumbprint(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP)"
      R"(ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8K)"
      R"(JZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1)"
      R"(jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})");
  REQUIRE(thumbprint.ok());
  CHECK(*thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST_CASE("a thumbprint is of a whole public key only") {
  CHECK_FALSE(Thumbprint("").ok());
  CHECK_FALSE(Thumbprint("[]").ok());
  CHECK_FALSE(Thumbprint(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"})").ok());
  CHECK_FALSE(Thumbprint(R"({"kty":"RSA","e":"AQAB"})").ok());
  CHECK_FALSE(Thumbprint(R"({"kty":"EC","crv":"P-256","x":"AA"})").ok());
  const std::string secret = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
  const auto with_private =
      Thumbprint(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":")" + secret + "\"}");
  REQUIRE_FALSE(with_private.ok());
  CHECK_THAT(Message(with_private.status()),
             Catch::Contains("private") && !Catch::Contains(secret.substr(0, 8)));
}

TEST_CASE("the published JWK and JWKS hold public members, kid, use and alg, and nothing else") {
  const auto signer = Load(testing::Rfc7515EcPem());
  const json jwk = json::parse(*PublicJwkWithId(*signer, "2026-11"));
  CHECK(jwk == json{{"kty", "EC"},
                    {"crv", "P-256"},
                    {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                    {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
                    {"kid", "2026-11"},
                    {"use", "sig"},
                    {"alg", "ES256"}});
  CHECK(json::parse(*Jwks({{"2026-11", Load(testing::Rfc7515EcPem())}})) ==
        json{{"keys", json::array({jwk})}});

  const auto rsa = Load(testing::Rfc7515RsaPem());
  const json rsa_jwk = json::parse(*PublicJwkWithId(*rsa, "r"));
  CHECK(rsa_jwk.size() == 6);
  CHECK(rsa_jwk["alg"] == "RS256");
  CHECK(rsa_jwk["e"] == "AQAB");
}

TEST_CASE("a key without a kid is named by its thumbprint") {
  const auto signer = Load(testing::EcPem("P-256"));
  CHECK(json::parse(*PublicJwkWithId(*signer, ""))["kid"] == *Thumbprint(signer->PublicJwk()));
  // By both ways, for both kinds of key.
  for (const std::string& pem : {testing::EcPem("P-256"), testing::RsaPem(2048)}) {
    const auto key = Load(pem);
    CHECK(*KeyId(*key, "") == *Thumbprint(key->PublicJwk()));
    CHECK(*KeyId(*key, "mine") == "mine");
  }
}

TEST_CASE("a set of keys keeps their order, and takes no kid twice") {
  const std::shared_ptr<const Signer> ec = Load(testing::Rfc7515EcPem());
  const std::shared_ptr<const Signer> rsa = Load(testing::Rfc7515RsaPem());
  const json set = json::parse(*Jwks({{"b", rsa}, {"", ec}}));
  REQUIRE(set["keys"].size() == 2);
  CHECK(set["keys"][0]["kid"] == "b");
  CHECK(set["keys"][1]["kid"] == *Thumbprint(ec->PublicJwk()));
  CHECK(Jwks({{"b", rsa}, {"b", ec}}).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a host's signer cannot make us publish a private member") {
  HostSigner signer(std::string("s"));
  CHECK(PublicJwkWithId(signer, "k").status().code() == absl::StatusCode::kFailedPrecondition);
  signer.jwk = R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"})";
  CHECK_FALSE(PublicJwkWithId(signer, "k").ok());
}

}  // namespace oktasync::jose
