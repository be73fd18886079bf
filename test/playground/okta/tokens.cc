#include "okta/tokens.h"

#include <algorithm>

#include "nlohmann/json.hpp"

namespace playground::okta {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::set<std::string> SplitScopes(std::string_view text) {
  std::set<std::string> scopes;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    if (end != 0) scopes.emplace(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return scopes;
}

std::string JoinScopes(const std::set<std::string>& scopes) {
  std::string text;
  for (const std::string& scope : scopes) text += (text.empty() ? "" : " ") + scope;
  return text;
}

const std::string* Find(const Parameters& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// The scopes of Okta's management API begin with "okta." and end in what they allow.
bool LooksLikeOktaScope(const std::string& scope) {
  const size_t last = scope.rfind('.');
  const std::string verb = last == std::string::npos ? "" : scope.substr(last + 1);
  return StartsWith(scope, "okta.") && last > 5 && (verb == "read" || verb == "manage");
}

// RFC 6750 section 3, RFC 9449 section 7.1, in the order of attributes that Okta uses.
std::string Challenge(bool dpop, const std::string& org_url, const std::string& scope, std::string_view error,
                      std::string_view description, const std::string& resource) {
  std::string text = dpop ? "DPoP algs=\"RS256 RS384 RS512 ES256 ES384 ES512\", " : "Bearer ";
  text += "authorization_uri=\"" + org_url + "/oauth2/v1/authorize\", realm=\"" + org_url + "\", scope=\"" +
          scope + "\", error=\"";
  text.append(error).append("\", error_description=\"").append(description);
  return text + "\", resource=\"" + resource + "\"";
}

}  // namespace

Reply Tokens::Issue(const Request& request, const std::string& org_url) {
  if (!StartsWith(request.Header("Content-Type"), "application/x-www-form-urlencoded")) {
    return OktaError(400, "E0000021");
  }
  const Parameters form = ParseParameters(request.body);
  std::set<std::string_view> seen;
  for (const auto& [name, value] : form) {
    if (!seen.insert(name).second) {
      return OAuthError(400, "invalid_request", "The parameter '" + name + "' was sent more than once.");
    }
  }
  const std::string* grant = Find(form, "grant_type");
  if (grant == nullptr) {
    return OAuthError(400, "invalid_request", "The token request must specify a 'grant_type'.");
  }
  if (*grant != "client_credentials") {
    return OAuthError(400, "unsupported_grant_type",
                      "The authorization grant type is not supported by the authorization server.");
  }
  const std::string* assertion = Find(form, "client_assertion");
  if (assertion != nullptr &&
      (!request.Header("Authorization").empty() || Find(form, "client_secret") != nullptr)) {
    return OAuthError(401, "invalid_request", "Cannot supply multiple client credentials.");
  }
  if (assertion == nullptr) return OAuthError(401, "invalid_client", "No client credentials found.");
  const std::string* type = Find(form, "client_assertion_type");
  if (type == nullptr || *type != kAssertionType) {
    return OAuthError(401, "invalid_client", "The client_assertion_type is invalid.");
  }
  const std::string* client = Find(form, "client_id");
  if (client != nullptr && *client != client_id_) {
    return OAuthError(401, "invalid_client", "Invalid value for 'client_id' parameter.");
  }

  std::lock_guard lock(mutex_);
  const int64_t now = clock_.NowSeconds();
  AssertionRules rules;
  rules.client_id = client_id_;
  rules.audience = org_url + "/oauth2/v1/token";
  rules.now = now;
  rules.keys = &keys_;
  rules.used = &used_;
  if (const auto refusal = CheckAssertion(*assertion, rules))
    return OAuthError(401, "invalid_client", *refusal);

  // After the client is known, so the assertion is used up whatever becomes of the proof.
  const bool shown = !request.Header("DPoP").empty();
  std::string jkt;
  if (dpop_.bound_access_tokens || (shown && !dpop_.ignore_proofs)) {
    ProofVerdict verdict = JudgeProof(request, org_url, std::nullopt);
    if (!verdict.error.empty()) return OAuthError(400, verdict.error, verdict.description);
    jkt = std::move(verdict.jkt);
  }

  const std::string* scope = Find(form, "scope");
  const std::set<std::string> asked = scope == nullptr ? std::set<std::string>() : SplitScopes(*scope);
  if (asked.empty()) return OAuthError(400, "invalid_scope", "No scopes were requested.");
  if (!std::all_of(asked.begin(), asked.end(), LooksLikeOktaScope)) {
    return OAuthError(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.");
  }
  std::set<std::string> given;
  std::set_intersection(asked.begin(), asked.end(), granted_.begin(), granted_.end(),
                        std::inserter(given, given.end()));
  if (given.empty()) {
    return OAuthError(400, "consent_required", "You are not allowed any of the requested scopes.");
  }
  const nlohmann::ordered_json body = {{"token_type", jkt.empty() ? "Bearer" : "DPoP"},
                                       {"expires_in", lifetime_},
                                       {"access_token", NewToken(given, now, org_url, jkt)},
                                       {"scope", JoinScopes(given)}};
  Reply reply;
  reply.body = body.dump();
  reply.Set("Cache-Control", "no-cache, no-store");
  reply.Set("Pragma", "no-cache");
  return reply;
}

ProofVerdict Tokens::JudgeProof(const Request& request, const std::string& org_url,
                                const std::optional<std::string>& access_token) {
  ProofRules rules;
  rules.method = request.method;
  rules.url = org_url + request.path;
  rules.now = clock_.NowSeconds();
  rules.needs_nonce = !access_token || dpop_.resource_nonce;
  rules.access_token = access_token;
  rules.nonces = &nonces_;
  rules.used = &used_proofs_;
  rules.client_keys = &keys_;
  return CheckProof(request, rules);
}

std::string Tokens::NonceFor(const Request& request, int status) {
  std::lock_guard lock(mutex_);
  const std::optional<std::string> shown = NonceOf(request);
  const bool stranger = status == 401 && request.path == "/oauth2/v1/token";
  if (!shown || stranger || (!dpop_.bound_access_tokens && dpop_.ignore_proofs)) return {};
  const std::string& current = nonces_.Current(clock_.NowSeconds());
  return *shown == current ? std::string() : current;
}

std::string Tokens::NewToken(const std::set<std::string>& scopes, int64_t now, const std::string& org_url,
                             const std::string& jkt) {
  for (auto it = tokens_.begin(); it != tokens_.end();) {
    it = it->second.expires < now - 3600 ? tokens_.erase(it) : std::next(it);
  }
  const nlohmann::ordered_json header = {{"kid", "playground"}, {"alg", "RS256"}};
  nlohmann::ordered_json claims = {{"ver", 1},
                                   {"jti", "AT." + Base64UrlEncode(RandomBytes(24))},
                                   {"iss", org_url},
                                   {"aud", org_url},
                                   {"sub", client_id_},
                                   {"iat", now},
                                   {"exp", now + lifetime_},
                                   {"cid", client_id_},
                                   {"scp", scopes}};
  if (!jkt.empty()) claims["cnf"] = {{"jkt", jkt}};
  // Clients must treat it as opaque, so the last part is random: the table below is what makes it valid.
  const std::string token = Base64UrlEncode(header.dump()) + "." + Base64UrlEncode(claims.dump()) + "." +
                            Base64UrlEncode(RandomBytes(256));
  tokens_[token] = {now + lifetime_, scopes, jkt};
  return token;
}

Tokens::Access Tokens::Check(const Request& request, const std::string& scope, const std::string& org_url) {
  const std::string_view header = request.Header("Authorization");
  std::lock_guard lock(mutex_);
  const bool dpop = StartsWith(header, "DPoP ");
  const auto refuse = [&](bool challenge_dpop, std::string_view error, std::string_view description) {
    Reply reply = OktaError(401, "E0000011");
    reply.Set("WWW-Authenticate",
              Challenge(challenge_dpop, org_url, scope, error, description, request.path));
    return Access{"", std::move(reply)};
  };
  if (!dpop && !StartsWith(header, "Bearer ")) {
    return refuse(dpop_.bound_access_tokens, "invalid_token",
                  "The access token is missing or of the wrong type.");
  }
  const std::string value(header.substr(dpop ? 5 : 7));
  const auto token = tokens_.find(value);
  if (token == tokens_.end()) return refuse(dpop, "invalid_token", "The access token is invalid.");
  if (token->second.expires <= clock_.NowSeconds()) {
    return refuse(dpop, "invalid_token", "The token has expired.");
  }
  const std::string& jkt = token->second.jkt;
  if (!dpop && !jkt.empty()) {
    return refuse(true, "invalid_dpop_proof", "The DPoP proof JWT header is missing.");
  }
  if (!dpop && dpop_.bound_access_tokens && dpop_.refuse_bearer) {
    return refuse(true, "invalid_dpop_proof", "The DPoP proof JWT header is missing.");
  }
  if (dpop && jkt.empty()) {
    return refuse(true, "invalid_token", "The access_token is not bound to the provided DPoP proof.");
  }
  if (dpop) {
    const ProofVerdict verdict = JudgeProof(request, org_url, value);
    if (!verdict.error.empty()) return refuse(true, verdict.error, verdict.description);
    if (verdict.jkt != jkt) {
      return refuse(true, "invalid_dpop_proof", "The access_token is not bound to the provided DPoP proof.");
    }
  }

  std::set<std::string> needed = required_;
  needed.insert(scope);
  const std::set<std::string>& held = token->second.scopes;
  if (!std::includes(held.begin(), held.end(), needed.begin(), needed.end())) {
    Reply reply = OktaError(403, "E0000006");
    reply.Set("WWW-Authenticate",
              Challenge(dpop, org_url, JoinScopes(needed), "insufficient_scope",
                        "The access token provided does not contain the required scopes.", request.path));
    return {client_id_, std::move(reply)};
  }
  return {client_id_, std::nullopt};
}

Tokens::DpopSetting Tokens::dpop() {
  std::lock_guard lock(mutex_);
  return dpop_;
}

void Tokens::SetDpop(DpopSetting setting) {
  std::lock_guard lock(mutex_);
  dpop_ = setting;
}

void Tokens::RenewNonce(bool forget) {
  std::lock_guard lock(mutex_);
  nonces_.Renew(clock_.NowSeconds(), forget);
}

void Tokens::AddKey(const std::string& kid, Key key) {
  std::lock_guard lock(mutex_);
  keys_[kid] = std::move(key);
}

bool Tokens::RestoreKey(const std::string& kid) {
  std::lock_guard lock(mutex_);
  auto node = removed_keys_.extract(kid);
  if (node.empty()) return false;
  keys_.insert(std::move(node));
  return true;
}

bool Tokens::RemoveKey(const std::string& kid) {
  std::lock_guard lock(mutex_);
  auto node = keys_.extract(kid);
  if (node.empty()) return false;
  removed_keys_.erase(kid);
  removed_keys_.insert(std::move(node));
  return true;
}

void Tokens::SetLifetime(int64_t seconds) {
  std::lock_guard lock(mutex_);
  lifetime_ = seconds;
}

void Tokens::RevokeAll() {
  std::lock_guard lock(mutex_);
  tokens_.clear();
}

void Tokens::GrantScopes(std::set<std::string> scopes) {
  std::lock_guard lock(mutex_);
  granted_ = std::move(scopes);
}

void Tokens::RequireScopes(std::set<std::string> scopes) {
  std::lock_guard lock(mutex_);
  required_ = std::move(scopes);
}

}  // namespace playground::okta
