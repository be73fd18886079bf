#include "okta/jws.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "okta/text.h"

namespace playground::okta {
namespace {

using nlohmann::json;

constexpr Algorithm kAlgorithms[] = {
    {"RS256", false, EVP_sha256, 0, 0},   {"RS384", false, EVP_sha384, 0, 0},
    {"RS512", false, EVP_sha512, 0, 0},   {"ES256", true, EVP_sha256, 32, 256},
    {"ES384", true, EVP_sha384, 48, 384}, {"ES512", true, EVP_sha512, 66, 521},
};

struct Curve {
  const char* name;
  size_t bytes;  // of a coordinate
};
constexpr Curve kCurves[] = {{"P-256", 32}, {"P-384", 48}, {"P-521", 66}};

const Algorithm* FindAlgorithm(const json& header) {
  const auto alg = header.find("alg");
  if (alg == header.end() || !alg->is_string()) return nullptr;
  for (const Algorithm& algorithm : kAlgorithms) {
    if (*alg == algorithm.name) return &algorithm;
  }
  return nullptr;
}

// r || s (RFC 7518 section 3.4) to the DER form that EVP verifies.
std::optional<std::string> ToDer(std::string_view signature, size_t half) {
  if (signature.size() != 2 * half) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes, static_cast<int>(half), nullptr),
                 BN_bin2bn(bytes + half, static_cast<int>(half), nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

std::string Member(const json& jwk, const char* name) {
  const auto found = jwk.find(name);
  return found != jwk.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Key MakeKey(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, void (*)(OSSL_PARAM*)> params(OSSL_PARAM_BLD_to_param(builder),
                                                                  OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Key(key);
}

}  // namespace

std::optional<Jws> ReadJws(std::string_view text) {
  const size_t dot = text.find('.');
  const size_t second = dot == std::string_view::npos ? dot : text.find('.', dot + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto header = Base64UrlDecode(text.substr(0, dot));
  const auto claims = Base64UrlDecode(text.substr(dot + 1, second - dot - 1));
  const auto signature = Base64UrlDecode(text.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  Jws jws;
  jws.header = json::parse(*header, nullptr, false);
  jws.claims = json::parse(*claims, nullptr, false);
  if (!jws.header.is_object() || !jws.claims.is_object()) return std::nullopt;
  jws.signed_part = text.substr(0, second);
  jws.signature = *signature;
  jws.algorithm = FindAlgorithm(jws.header);
  return jws;
}

bool FitsKey(const Algorithm& algorithm, EVP_PKEY* key) {
  const bool ec = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
  return ec == algorithm.ec && (!ec || EVP_PKEY_get_bits(key) == algorithm.bits);
}

bool Verify(const Jws& jws, EVP_PKEY* key) {
  std::string signature = jws.signature;
  if (jws.algorithm->ec) {
    auto der = ToDer(signature, jws.algorithm->half);
    if (!der) return false;
    signature = std::move(*der);
  }
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, jws.algorithm->digest(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(jws.signed_part.data()),
                          jws.signed_part.size()) == 1;
}

Key KeyFromJwk(const json& jwk) {
  if (!jwk.is_object()) return nullptr;
  for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (jwk.contains(secret)) return nullptr;
  }
  const std::unique_ptr<OSSL_PARAM_BLD, void (*)(OSSL_PARAM_BLD*)> builder(OSSL_PARAM_BLD_new(),
                                                                           OSSL_PARAM_BLD_free);
  const std::string type = Member(jwk, "kty");
  if (type == "EC") {
    for (const Curve& curve : kCurves) {
      if (Member(jwk, "crv") != curve.name) continue;
      const auto x = Base64UrlDecode(Member(jwk, "x"));
      const auto y = Base64UrlDecode(Member(jwk, "y"));
      if (!x || !y || x->size() != curve.bytes || y->size() != curve.bytes) return nullptr;
      const std::string point = "\x04" + *x + *y;
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.name, 0);
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
      return MakeKey("EC", builder.get());
    }
    return nullptr;
  }
  if (type != "RSA") return nullptr;
  const auto n = Base64UrlDecode(Member(jwk, "n"));
  const auto e = Base64UrlDecode(Member(jwk, "e"));
  if (!n || !e || n->size() < 256 || e->empty()) return nullptr;
  using Number = std::unique_ptr<BIGNUM, void (*)(BIGNUM*)>;
  const auto number = [](const std::string& bytes) {
    return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                            static_cast<int>(bytes.size()), nullptr),
                  BN_free);
  };
  const Number modulus = number(*n);
  const Number exponent = number(*e);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return MakeKey("RSA", builder.get());
}

std::string Thumbprint(const json& jwk) {
  nlohmann::ordered_json members;
  const bool ec = Member(jwk, "kty") == "EC";
  const std::initializer_list<const char*> kEc = {"crv", "kty", "x", "y"};
  const std::initializer_list<const char*> kRsa = {"e", "kty", "n"};
  for (const char* name : ec ? kEc : kRsa) members[name] = Member(jwk, name);
  return Base64UrlEncode(Sha256(members.dump()));
}

}  // namespace playground::okta
