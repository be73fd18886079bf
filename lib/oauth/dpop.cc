#include "oauth/dpop.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "jose/jws.h"
#include "nlohmann/json.hpp"
#include "oauth/assertion.h"

namespace oktasync::oauth {
namespace {

constexpr size_t kMaxNonce = 1024;

// RFC 9449 section 8.1: 1*NQCHAR, the characters that need no quoting (RFC 6749 appendix A).
bool IsNonce(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNonce && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\';
  });
}

}  // namespace

nlohmann::json ProofClaims(const ProofFacts& facts) {
  nlohmann::json claims = {
      {"htm", facts.method},
      {"htu", facts.url.substr(0, facts.url.find_first_of("?#"))},
      // Okta takes no proof from the future; five minutes back is its limit on the other side.
      {"iat", absl::ToUnixSeconds(facts.now - kIssuedBefore)},
      {"jti", facts.jti},
  };
  if (!facts.nonce.empty()) claims["nonce"] = facts.nonce;
  if (!facts.access_token.empty()) claims["ath"] = Base64Url(Sha256(facts.access_token));
  return claims;
}

absl::StatusOr<std::shared_ptr<Dpop>> Dpop::Make(std::unique_ptr<const jose::Signer> key) {
  std::string jwk = key->PublicJwk();
  if (jwk.empty()) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the key for DPoP does not tell its public part, which goes into every proof");
  }
  return std::shared_ptr<Dpop>(new Dpop(std::move(key), std::move(jwk)));
}

absl::StatusOr<Dpop::Proof> Dpop::Prove(const http::Request& request, std::string_view token,
                                        absl::Time now) const {
  Proof proof;
  {
    std::lock_guard lock(mutex_);
    proof.nonce = nonce_;
  }
  OKTASYNC_ASSIGN_OR_RETURN(nlohmann::json jwk, ParseJson(jwk_));
  const nlohmann::json header = {{"typ", "dpop+jwt"}, {"jwk", std::move(jwk)}};
  const nlohmann::json claims =
      ProofClaims({request.method, request.url, now, RandomUuid(), proof.nonce, token});
  absl::StatusOr<std::string> jwt = jose::SignCompact(header, claims, *key_);
  if (!jwt.ok()) return Annotate(jwt.status(), "signing the DPoP proof for Okta");
  proof.jwt = *std::move(jwt);
  return proof;
}

bool Dpop::Learn(const http::Response& response, std::string_view used) {
  const std::vector<std::string_view> values = response.All("dpop-nonce");
  // Given twice with different values it teaches nothing; what is no nonce is not sent back.
  if (values.empty() || !IsNonce(values.front())) return false;
  if (std::any_of(values.begin(), values.end(), [&](std::string_view v) { return v != values.front(); })) {
    return false;
  }
  std::lock_guard lock(mutex_);
  nonce_ = std::string(values.front());
  return nonce_ != used;
}

absl::StatusOr<std::string> Authorize(const AccessToken& token, absl::Time now, http::Request& request) {
  const std::string_view value = token.value.Reveal();
  if (token.dpop == nullptr) {
    request.authorization = Secret("Bearer " + std::string(value));
    return std::string();
  }
  OKTASYNC_ASSIGN_OR_RETURN(Dpop::Proof proof, token.dpop->Prove(request, value, now));
  request.authorization = Secret("DPoP " + std::string(value));
  request.headers.emplace_back("DPoP", std::move(proof.jwt));
  return std::move(proof.nonce);
}

}  // namespace oktasync::oauth
