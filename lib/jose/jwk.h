// Public keys as JSON Web Keys: what an admin registers in Okta, and what names a key.
//
// Pure; safe on any thread. Source: RFC 7517 (JWK, JWK Set), RFC 7518 section 6 (EC and RSA members), RFC
// 7638 (thumbprint). Only the public members of EC and RSA keys pass through here: a JWK with a private
// member is refused, so that a mistake of ours cannot publish a key.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "jose/signer.h"

namespace oktasync::jose {

// base64url(SHA-256(the required members in lexicographic order)). `jwk` is one JWK as JSON; members that are
// not required (kid, use, alg) do not count. kInvalidArgument for other key types or missing members.
absl::StatusOr<std::string> Thumbprint(std::string_view jwk);

// The signer's public key with `kid`, use "sig" and alg, one line of JSON. An empty `kid` stands for the
// thumbprint. kFailedPrecondition when the signer does not tell its public key.
absl::StatusOr<std::string> PublicJwkWithId(const Signer& signer, std::string_view kid);

// The kid that PublicJwkWithId gives: `kid` itself, or the thumbprint when it is empty.
absl::StatusOr<std::string> KeyId(const Signer& signer, std::string_view kid);

// {"keys":[...]} in that order, as Okta fetches it from a jwks_uri. kInvalidArgument when two keys have the
// same kid: Okta refuses the whole set then.
struct NamedSigner {
  std::string kid;  // "" for the thumbprint
  std::shared_ptr<const Signer> signer;
};
absl::StatusOr<std::string> Jwks(const std::vector<NamedSigner>& keys);

}  // namespace oktasync::jose
