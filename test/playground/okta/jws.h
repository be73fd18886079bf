// A JSON Web Signature in compact form, read and verified (RFC 7515), with the six algorithms that Okta takes.
//
// For client assertions and DPoP proofs. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"
#include "okta/crypto.h"

namespace playground::okta {

// RFC 7518 section 3.1.
struct Algorithm {
  const char* name;
  bool ec;
  const EVP_MD* (*digest)();
  size_t half;  // bytes of r and of s
  int bits;     // of the curve
};

struct Jws {
  nlohmann::json header;  // objects, both
  nlohmann::json claims;
  std::string_view signed_part;  // of the text that was read
  std::string signature;
  const Algorithm* algorithm = nullptr;  // of the header; nullptr: none of the six
};

// nullopt: it is no JWS of a JSON object.
std::optional<Jws> ReadJws(std::string_view text);

bool FitsKey(const Algorithm& algorithm, EVP_PKEY* key);
// `jws.algorithm` is not null.
bool Verify(const Jws& jws, EVP_PKEY* key);

// The public key of a JWK (RFC 7517) of type EC on P-256, P-384 or P-521, or RSA; nullptr for whatever else,
// also when it has private members.
Key KeyFromJwk(const nlohmann::json& jwk);
// base64url of the thumbprint of such a JWK (RFC 7638).
std::string Thumbprint(const nlohmann::json& jwk);

}  // namespace playground::okta
