#include "okta/dpop.h"

#include <strings.h>

#include <algorithm>

#include "okta/jws.h"
#include "okta/text.h"

namespace playground::okta {
namespace {

using nlohmann::json;

constexpr int64_t kRenewed = 24 * 3600;
constexpr int64_t kKept = 3 * 24 * 3600;
constexpr int64_t kOldest = 300;

std::string Text(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string_view> Proofs(const Request& request) {
  std::vector<std::string_view> proofs;
  for (const auto& [name, value] : request.headers) {
    if (strcasecmp(name.c_str(), "DPoP") == 0) proofs.push_back(value);
  }
  return proofs;
}

// What is wrong with it; "" when nothing is.
std::string CheckHead(const Jws& jws, const Key& key, const ClientKeys& client_keys) {
  if (Text(jws.header, "typ") != "dpop+jwt") return "The 'typ' header in the DPoP proof JWT is invalid.";
  if (jws.algorithm == nullptr) return "The 'alg' header in the DPoP proof JWT is invalid.";
  if (key == nullptr || !FitsKey(*jws.algorithm, key.get())) {
    return "The 'jwk' header in the DPoP proof JWT is invalid.";
  }
  for (const auto& [kid, client_key] : client_keys) {
    if (EVP_PKEY_eq(client_key.get(), key.get()) == 1) {
      return "The JWK in the DPoP proof JWT must be separate from the client's.";
    }
  }
  if (!Verify(jws, key.get())) return "The signature of the DPoP proof JWT is invalid.";
  return "";
}

std::string CheckClaims(const json& claims, const ProofRules& rules) {
  if (Text(claims, "htm") != rules.method) return "'htm' claim in the DPoP proof JWT is invalid.";
  if (Text(claims, "htu") != rules.url) return "'htu' claim in the DPoP proof JWT is invalid.";
  const auto iat = claims.find("iat");
  if (iat == claims.end() || !iat->is_number_integer()) {
    return "'iat' claim in the DPoP proof JWT is invalid.";
  }
  if (iat->get<int64_t>() > rules.now) return "The DPoP proof JWT is issued in the future.";
  if (iat->get<int64_t>() < rules.now - kOldest) {
    return "The DPoP proof JWT is issued more than five minutes in the past.";
  }
  const auto exp = claims.find("exp");
  if (exp != claims.end() && (!exp->is_number_integer() || exp->get<int64_t>() <= rules.now)) {
    return "The DPoP proof JWT is expired.";
  }
  if (Text(claims, "jti").empty()) return "'jti' claim in the DPoP proof JWT is invalid.";
  if (rules.access_token && Text(claims, "ath") != Base64UrlEncode(Sha256(*rules.access_token))) {
    return "'ath' claim in the DPoP proof JWT does not match the presented access_token.";
  }
  return "";
}

}  // namespace

void Nonces::Age(int64_t now) {
  if (nonces_.empty() || nonces_.front().made <= now - kRenewed) Renew(now, false);
  // Each is good for three days after its successor came.
  while (nonces_.size() > 1 && nonces_[nonces_.size() - 2].made <= now - kKept) nonces_.pop_back();
}

const std::string& Nonces::Current(int64_t now) {
  Age(now);
  return nonces_.front().value;
}

bool Nonces::Takes(std::string_view nonce, int64_t now) {
  Age(now);
  return std::any_of(nonces_.begin(), nonces_.end(),
                     [&](const Nonce& known) { return known.value == nonce; });
}

void Nonces::Renew(int64_t now, bool forget) {
  if (forget) nonces_.clear();
  nonces_.push_front({Base64UrlEncode(RandomBytes(16)), now});
}

ProofVerdict CheckProof(const Request& request, const ProofRules& rules) {
  const auto refuse = [](std::string description, const char* error = "invalid_dpop_proof") {
    return ProofVerdict{error, std::move(description), ""};
  };
  const std::vector<std::string_view> proofs = Proofs(request);
  if (proofs.empty()) return refuse("The DPoP proof JWT header is missing.");
  if (proofs.size() > 1) return refuse("Multiple DPoP proof JWT headers were provided.");
  const std::optional<Jws> jws = ReadJws(proofs.front());
  if (!jws) return refuse("The DPoP proof JWT is invalid.");
  const auto jwk = jws->header.find("jwk");
  const Key key = jwk == jws->header.end() ? nullptr : KeyFromJwk(*jwk);
  if (std::string flaw = CheckHead(*jws, key, *rules.client_keys); !flaw.empty()) return refuse(flaw);
  if (std::string flaw = CheckClaims(jws->claims, rules); !flaw.empty()) return refuse(flaw);

  for (auto used = rules.used->begin(); used != rules.used->end();) {
    used = used->second < rules.now ? rules.used->erase(used) : std::next(used);
  }
  if (!rules.used->emplace(Text(jws->claims, "jti"), rules.now + 2 * kOldest).second) {
    return refuse("The DPoP proof JWT has already been used.");
  }
  const std::string nonce = Text(jws->claims, "nonce");
  if ((rules.needs_nonce || !nonce.empty()) && !rules.nonces->Takes(nonce, rules.now)) {
    return refuse("Authorization server requires nonce in DPoP proof.", "use_dpop_nonce");
  }
  return {"", "", Thumbprint(*jwk)};
}

std::optional<std::string> NonceOf(const Request& request) {
  const std::vector<std::string_view> proofs = Proofs(request);
  if (proofs.empty()) return std::nullopt;
  const std::optional<Jws> jws = ReadJws(proofs.front());
  return jws ? Text(jws->claims, "nonce") : std::string();
}

}  // namespace playground::okta
