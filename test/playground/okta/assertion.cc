#include "okta/assertion.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "nlohmann/json.hpp"
#include "okta/text.h"

namespace playground::okta {
namespace {

using nlohmann::json;

struct Algorithm {
  const char* name;
  bool ec;
  const EVP_MD* (*digest)();
  size_t half;  // bytes of r and of s
  int bits;     // of the curve
};

// RFC 7518 section 3.1; the six that Okta accepts.
constexpr Algorithm kAlgorithms[] = {
    {"RS256", false, EVP_sha256, 0, 0},   {"RS384", false, EVP_sha384, 0, 0},
    {"RS512", false, EVP_sha512, 0, 0},   {"ES256", true, EVP_sha256, 32, 256},
    {"ES384", true, EVP_sha384, 48, 384}, {"ES512", true, EVP_sha512, 66, 521},
};

constexpr int64_t kLongestLife = 3600;

const Algorithm* FindAlgorithm(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (name == algorithm.name) return &algorithm;
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

bool Verify(const Algorithm& algorithm, EVP_PKEY* key, std::string_view signed_part, std::string signature) {
  if (algorithm.ec) {
    auto der = ToDer(signature, algorithm.half);
    if (!der) return false;
    signature = std::move(*der);
  }
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, algorithm.digest(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(signed_part.data()),
                          signed_part.size()) == 1;
}

bool IsString(const json& object, const char* key, std::string_view value) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() && found->get_ref<const std::string&>() == value;
}

std::optional<std::string> CheckTimes(const json& claims, int64_t now) {
  const auto exp = claims.find("exp");
  if (exp == claims.end()) return "The client_assertion token must contain the 'exp' claim.";
  if (!exp->is_number_integer()) return "The 'exp' claim of the client_assertion token must be an integer.";
  if (exp->get<int64_t>() <= now) return "The client_assertion token is expired.";
  // Okta's limit behaves as strictly less than an hour (okta-sdk-golang #573).
  if (exp->get<int64_t>() >= now + kLongestLife) {
    return "The client_assertion token has an expiration too far into the future.";
  }
  const auto iat = claims.find("iat");
  if (iat != claims.end()) {
    if (!iat->is_number_integer()) return "The 'iat' claim of the client_assertion token must be an integer.";
    if (iat->get<int64_t>() > now)
      return "The client_assertion token must be issued before the current time.";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> CheckAssertion(std::string_view jwt, const AssertionRules& rules) {
  static constexpr const char* kInvalid = "The client_assertion JWT is invalid.";
  const size_t dot = jwt.find('.');
  const size_t second = dot == std::string_view::npos ? dot : jwt.find('.', dot + 1);
  if (second == std::string_view::npos) return kInvalid;
  const auto header_text = Base64UrlDecode(jwt.substr(0, dot));
  const auto claims_text = Base64UrlDecode(jwt.substr(dot + 1, second - dot - 1));
  const auto signature = Base64UrlDecode(jwt.substr(second + 1));
  if (!header_text || !claims_text || !signature) return kInvalid;
  const json header = json::parse(*header_text, nullptr, false);
  const json claims = json::parse(*claims_text, nullptr, false);
  if (!header.is_object() || !claims.is_object()) return kInvalid;

  const auto alg = header.find("alg");
  const Algorithm* algorithm =
      alg != header.end() && alg->is_string() ? FindAlgorithm(alg->get_ref<const std::string&>()) : nullptr;
  if (algorithm == nullptr) return "The client_assertion JWT algorithm is invalid.";
  if (!IsString(claims, "iss", rules.client_id))
    return "The issuer of the client_assertion token is invalid.";
  if (!IsString(claims, "sub", rules.client_id))
    return "The subject of the client_assertion token is invalid.";
  if (rules.keys->empty()) return "The client does not have a JWKSet configured.";
  const auto kid = header.find("kid");
  const auto key = kid != header.end() && kid->is_string()
                       ? rules.keys->find(kid->get_ref<const std::string&>())
                       : rules.keys->end();
  if (key == rules.keys->end()) return "The client_assertion JWT kid is invalid.";
  const bool ec = EVP_PKEY_get_base_id(key->second.get()) == EVP_PKEY_EC;
  if (ec != algorithm->ec || (ec && EVP_PKEY_get_bits(key->second.get()) != algorithm->bits)) {
    return "The client_assertion JWT algorithm is invalid.";
  }
  if (!Verify(*algorithm, key->second.get(), jwt.substr(0, second), *signature)) {
    return "The client_assertion signature is invalid.";
  }
  if (!IsString(claims, "aud", rules.audience)) {
    return "The audience claim for client_assertion must be the endpoint invoked for the request.";
  }
  if (auto refusal = CheckTimes(claims, rules.now)) return refusal;

  for (auto used = rules.used->begin(); used != rules.used->end();) {
    used = used->second < rules.now ? rules.used->erase(used) : std::next(used);
  }
  const auto jti = claims.find("jti");
  if (jti != claims.end()) {
    if (!jti->is_string()) return kInvalid;
    if (!rules.used->emplace(jti->get<std::string>(), claims["exp"].get<int64_t>()).second) {
      return "The client_assertion token has already been used.";
    }
  }
  return std::nullopt;
}

}  // namespace playground::okta
