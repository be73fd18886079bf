// DPoP: every request shows that we hold the key to which Okta has bound the access token.
//
// For the minter (token requests) and okta/caller.h (resource requests). A proof is good for one try: each
// has a jti of its own. Source: RFC 9449 sections 4.2 (the proof), 5 (token request), 7.1 (resource request),
// 8 and 9 (nonces); Okta "Configure OAuth 2.0 Demonstrating Proof-of-Possession": the nonce is renewed every
// 24 hours and may come with any answer, and `htu` is compared without query and fragment.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/message.h"
#include "jose/signer.h"
#include "nlohmann/json_fwd.hpp"
#include "oauth/token_source.h"

namespace oktasync::oauth {

// How often one request is tried again with another nonce: an Okta that has a new one each time must not hold us
// for ever.
inline constexpr int kMostNonces = 3;

// What one proof says. Pure.
struct ProofFacts {
  std::string method;             // htm
  std::string url;                // htu: taken without query and fragment
  absl::Time now;                 // corrected by what the server's clock shows
  std::string jti;                // new for each try
  std::string nonce;              // "" for none
  std::string_view access_token;  // "" at the token endpoint; its SHA-256 is `ath`
};
nlohmann::json ProofClaims(const ProofFacts& facts);

// The key of this process and the nonce that Okta gave last. One nonce for token endpoint and API: both are
// of the same origin, and Okta's own SDKs share it. Thread-safe.
class Dpop {
 public:
  // `key` is made for this alone (jose::NewEs256Signer): Okta wants another one than the client's.
  // kFailedPrecondition when it does not tell its public part.
  static absl::StatusOr<std::shared_ptr<Dpop>> Make(std::unique_ptr<const jose::Signer> key);

  struct Proof {
    std::string jwt;    // the DPoP header's value: not to be printed
    std::string nonce;  // the one in it
  };
  // `token` "" at the token endpoint.
  absl::StatusOr<Proof> Prove(const http::Request& request, std::string_view token, absl::Time now) const;

  // Keeps the nonce of this answer, if it has one, whatever its status; true when it is another one than
  // `used`, so that asking again may help.
  bool Learn(const http::Response& response, std::string_view used);

 private:
  Dpop(std::unique_ptr<const jose::Signer> key, std::string jwk)
      : key_(std::move(key)), jwk_(std::move(jwk)) {}

  const std::unique_ptr<const jose::Signer> key_;
  const std::string jwk_;  // public, as it goes into each proof's header
  mutable std::mutex mutex_;
  std::string nonce_;
};

// Puts the token into a request for the API: as a bearer token, or as a DPoP token with a proof for this one
// try. Gives the nonce of the proof, "" without one.
absl::StatusOr<std::string> Authorize(const AccessToken& token, absl::Time now, http::Request& request);

}  // namespace oktasync::oauth
