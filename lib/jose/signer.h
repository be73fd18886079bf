// Who signs: a key of ours read from PEM, or the host (a KMS, a Go crypto.Signer).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace oktasync::jose {

enum class Algorithm { kEs256, kRs256 };
std::string_view ToString(Algorithm algorithm);  // "ES256", "RS256"

// Thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual Algorithm algorithm() const = 0;
  // The JWS signature over `input` in JOSE form: for ES256 the 64 bytes r||s (RFC 7518 section 3.4).
  virtual absl::StatusOr<std::string> Sign(std::string_view input) const = 0;
  // The public key as a JWK (RFC 7517) in the form that is hashed for its thumbprint: the required members alone,
  // in lexicographic order, without white space (RFC 7638 section 3). "" when the signer does not tell it.
  virtual std::string PublicJwk() const = 0;
};

// A private key in PEM (PKCS#8, PKCS#1 or SEC1, not encrypted): EC P-256 gives ES256, RSA of 2048 bits or
// more gives RS256. kInvalidArgument says what is wrong with it, never what is in it.
absl::StatusOr<std::unique_ptr<Signer>> SignerFromPem(const Secret& pem);

// A new P-256 key, for DPoP (RFC 9449): it lives and dies with the object, no function gives it away.
// kInternal when OpenSSL has no randomness.
absl::StatusOr<std::unique_ptr<Signer>> NewEs256Signer();

// Reads the PEM from a file of at most 64 KiB that is ours alone: the errors of ReadSecretFile (base/file.h) and of
// SignerFromPem.
absl::StatusOr<std::unique_ptr<Signer>> SignerFromFile(const std::string& path);

}  // namespace oktasync::jose
