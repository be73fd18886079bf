// Okta's org authorization server for one service app: registered keys, granted scopes, access tokens.
//
// POST /oauth2/v1/token by client credentials with private_key_jwt, and the check that each resource call
// meets, both with DPoP when the app's setting asks for it. Thread-safe. Sources: Okta, "Implement OAuth for
// Okta with a service app"; RFC 6749 section 4.4; RFC 9449.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "okta/assertion.h"
#include "okta/clock.h"
#include "okta/dpop.h"
#include "okta/entrusted.h"
#include "okta/message.h"

namespace playground::okta {

class Tokens {
 public:
  Tokens(std::string client_id, OktaClock& clock) : client_id_(std::move(client_id)), clock_(clock) {}

  // `org_url` is how the caller spelt our address (its Host header), for the audience.
  Reply Issue(const Request& request, const std::string& org_url);

  struct Access {
    std::string client_id;         // "" when the token is no good
    std::optional<Reply> refusal;  // 401 or 403
  };
  // `scope`: what this call needs.
  Access Check(const Request& request, const std::string& scope, const std::string& org_url);

  // "Require Demonstrating Proof of Possession (DPoP) header in token requests", and what goes with it here.
  struct DpopSetting {
    bool bound_access_tokens = false;  // dpop_bound_access_tokens
    bool refuse_bearer = false;        // also the bearer tokens that were given out before
    bool ignore_proofs = false;        // when it is off: a proof that is shown anyway binds nothing
    bool resource_nonce = false;       // the API wants a nonce, too (RFC 9449 section 9)
  };
  // The nonce to send along with an answer, whatever its status; "" for none. Okta gives it to those who show a
  // proof with another one, and to nobody whom it does not know.
  std::string NonceFor(const Request& request, int status);

  // The secrets that passed between the client and us.
  Entrusted& entrusted() { return entrusted_; }

  // The control port's.
  DpopSetting dpop();
  void SetDpop(DpopSetting setting);
  void RenewNonce(bool forget);
  void AddKey(const std::string& kid, Key key);  // replaces one of that kid
  bool RestoreKey(const std::string& kid);       // a removed one; false: there is none
  bool RemoveKey(const std::string& kid);
  void SetLifetime(int64_t seconds);
  void RevokeAll();
  void GrantScopes(std::set<std::string> scopes);    // to the app; live tokens keep what they hold
  void RequireScopes(std::set<std::string> scopes);  // by every call, besides its own

 private:
  struct Token {
    int64_t expires = 0;
    std::set<std::string> scopes;
    std::string jkt;  // thumbprint of the key that it is bound to; "": a bearer token
  };

  std::string NewToken(const std::set<std::string>& scopes, int64_t now, const std::string& org_url,
                       const std::string& jkt);
  // Of a proof for this request.
  ProofVerdict JudgeProof(const Request& request, const std::string& org_url,
                          const std::optional<std::string>& access_token);

  const std::string client_id_;
  OktaClock& clock_;
  Entrusted entrusted_;
  std::mutex mutex_;
  ClientKeys keys_;
  ClientKeys removed_keys_;
  std::map<std::string, int64_t> used_;
  DpopSetting dpop_;
  Nonces nonces_;
  std::map<std::string, int64_t> used_proofs_;
  std::set<std::string> granted_ = {"okta.apps.read", "okta.users.read"};
  std::set<std::string> required_;
  int64_t lifetime_ = 3600;
  std::unordered_map<std::string, Token> tokens_;
};

}  // namespace playground::okta
