// DPoP as Okta does it: what a proof must be, and the nonces that go into proofs.
//
// Used by Tokens, under its mutex. Sources: RFC 9449; Okta "Configure OAuth 2.0 Demonstrating
// Proof-of-Possession"; the texts are those of Okta's catalogue of OAuth errors as far as they are known.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "okta/assertion.h"
#include "okta/message.h"

namespace playground::okta {

// A new nonce every 24 hours; each stays good for three days after its successor came.
class Nonces {
 public:
  // The one to hand out now.
  const std::string& Current(int64_t now);
  bool Takes(std::string_view nonce, int64_t now);
  void Renew(int64_t now, bool forget);  // `forget`: those before are no good any more

 private:
  struct Nonce {
    std::string value;
    int64_t made = 0;
  };
  void Age(int64_t now);
  std::deque<Nonce> nonces_;  // the newest first
};

struct ProofRules {
  std::string method;
  std::string url;  // without query and fragment; the path decoded
  int64_t now = 0;
  bool needs_nonce = false;
  std::optional<std::string> access_token;  // at the API, which wants `ath`
  Nonces* nonces = nullptr;
  std::map<std::string, int64_t>* used = nullptr;  // jti to when it may be forgotten
  const ClientKeys* client_keys = nullptr;         // none of them may be the proof's key
};

struct ProofVerdict {
  std::string error;  // "" when the proof is good; "invalid_dpop_proof" or "use_dpop_nonce"
  std::string description;
  std::string jkt;  // thumbprint of its key
};

// Uses up the proof's jti.
ProofVerdict CheckProof(const Request& request, const ProofRules& rules);

// The nonce in the request's proof, unverified; nullopt when there is no proof.
std::optional<std::string> NonceOf(const Request& request);

}  // namespace playground::okta
