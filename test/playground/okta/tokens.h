// Okta's org authorization server for one service app: registered keys, granted scopes, access tokens.
//
// POST /oauth2/v1/token by client credentials with private_key_jwt, and the check that each resource call
// meets. Thread-safe. Sources: Okta, "Implement OAuth for Okta with a service app"; RFC 6749 section 4.4.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "okta/assertion.h"
#include "okta/clock.h"
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

  // The control port's.
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
  };

  std::string NewToken(const std::set<std::string>& scopes, int64_t now, const std::string& org_url);

  const std::string client_id_;
  OktaClock& clock_;
  std::mutex mutex_;
  ClientKeys keys_;
  ClientKeys removed_keys_;
  std::map<std::string, int64_t> used_;
  std::set<std::string> granted_ = {"okta.apps.read", "okta.users.read"};
  std::set<std::string> required_;
  int64_t lifetime_ = 3600;
  std::unordered_map<std::string, Token> tokens_;
};

}  // namespace playground::okta
