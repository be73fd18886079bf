#include "okta/assertion.h"

#include "nlohmann/json.hpp"
#include "okta/jws.h"

namespace playground::okta {
namespace {

using nlohmann::json;

constexpr int64_t kLongestLife = 3600;

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
  const std::optional<Jws> read = ReadJws(jwt);
  if (!read) return kInvalid;
  const json& header = read->header;
  const json& claims = read->claims;
  const Algorithm* algorithm = read->algorithm;
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
  if (!FitsKey(*algorithm, key->second.get())) return "The client_assertion JWT algorithm is invalid.";
  if (!Verify(*read, key->second.get())) return "The client_assertion signature is invalid.";
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
