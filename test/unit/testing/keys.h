// Keys for the tests, made with OpenSSL directly, and a verifier that shares no code with lib/jose.
#pragma once

#include <string>
#include <string_view>

namespace oktasync::testing {

enum class Form { kPkcs8, kTraditional, kPkcs8Encrypted, kTraditionalEncrypted, kPublic };

std::string EcPem(const std::string& curve, Form form = Form::kPkcs8);
std::string RsaPem(unsigned bits, Form form = Form::kPkcs8);
std::string Ed25519Pem();

// The private keys of RFC 7515 appendices A.2 (RSA) and A.3 (P-256) as PKCS#8.
std::string Rfc7515RsaPem();
std::string Rfc7515EcPem();

// Whether `signature` (JOSE form) over `input` verifies with the key in the public JWK.
bool Verifies(std::string_view public_jwk, std::string_view input, std::string_view signature);

}  // namespace oktasync::testing
