#include "oauth/token_errors.h"

#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "oauth/token_answer.h"

namespace oktasync::oauth {
namespace {

using absl::StatusCode;

constexpr std::string_view kTroubleMark = "oktasync/token-trouble";

// The members of an OAuth error body, or of Okta's own API error body in their place.
struct Said {
  std::string error;
  std::string description;
};

Said ReadBody(std::string_view body) {
  Said said;
  const absl::StatusOr<nlohmann::json> json = ParseJson(body, {.max_bytes = 64 << 10, .max_depth = 8});
  if (!json.ok()) return said;
  said.error = JsonString(*json, "error");
  said.description = JsonString(*json, "error_description");
  if (said.error.empty()) {
    said.error = JsonString(*json, "errorCode");
    said.description = JsonString(*json, "errorSummary");
  }
  return said;
}

bool Mentions(std::string_view folded, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (folded.find(word) == std::string_view::npos) return false;
  }
  return true;
}

// Puts the parts of a message together: what was refused, by whom, in Okta's words, and what to do.
class Explanation {
 public:
  Explanation(int http_status, const Said& said, const TokenRequester& who) {
    text_ = "Okta (" + who.org_url + ") gave client " + who.client_id + " no access token (HTTP " +
            std::to_string(http_status);
    if (!said.error.empty()) text_ += ", " + ShownText(said.error, 64);
    if (!said.description.empty()) text_ += ": \"" + ShownText(said.description, 300) + "\"";
    text_ += "); ";
  }

  TokenRefusal Refuse(StatusCode code, const std::string& advice, Remedy remedy = Remedy::kNone) const {
    return {MakeStatus(code, text_ + advice), remedy};
  }

 private:
  std::string text_;
};

// The service app's page, where most of it is mended.
std::string AppPage(const TokenRequester& who) {
  return "Admin Console > Applications > the app with Client ID " + who.client_id;
}

TokenRefusal ExplainAssertion(const Explanation& explain, std::string_view folded,
                              const TokenRequester& who) {
  if (Mentions(folded, {"expiration too far"}) || Mentions(folded, {"too far into the future"}) ||
      Mentions(folded, {"issued before the current time"}) || Mentions(folded, {"is expired"})) {
    return explain.Refuse(StatusCode::kUnauthenticated,
                          "the clock of this machine and Okta's disagree; set it by NTP",
                          Remedy::kCorrectClock);
  }
  if (Mentions(folded, {"already been used"})) {
    return explain.Refuse(StatusCode::kUnauthenticated,
                          "each assertion is used once, so something between us and Okta repeats requests: "
                          "look at the proxy",
                          Remedy::kFreshAssertion);
  }
  if (Mentions(folded, {"error retrieving", "jwks"})) {
    return explain.Refuse(StatusCode::kUnavailable,
                          "Okta could not fetch the app's JWKS URL: make it reachable from the internet, or "
                          "register the public key in Okta itself (" +
                              AppPage(who) + " > General > Public keys)",
                          Remedy::kBackoff);
  }
  if (Mentions(folded, {"does not have a jwkset"}) || Mentions(folded, {"does not have", "jwks"})) {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "the app has no public key: register ours, key id " + who.key_id + ", at " +
                              AppPage(who) + " > General > Public keys");
  }
  if (Mentions(folded, {"kid"}) && !Mentions(folded, {"unique kid"})) {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "no active key with the id " + who.key_id +
                              " is registered for the app: compare it with the KID shown at " + AppPage(who) +
                              " > General > Public keys, and register what `oktasync jwks` prints",
                          Remedy::kOtherKey);
  }
  if (Mentions(folded, {"jwks"}) || Mentions(folded, {"jku"}) || Mentions(folded, {"'use'"})) {
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "mend the app's set of public keys, whether saved in Okta or served at its JWKS URL: "
        "one key per kid, \"use\" absent or \"sig\"");
  }
  if (Mentions(folded, {"audience"}) || Mentions(folded, {"'aud'"}) ||
      Mentions(folded, {"endpoint invoked"})) {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "Okta knows the org by another address than " + who.org_url +
                              ": set the org URL to the one that the Admin Console shows without \"-admin\"");
  }
  if (Mentions(folded, {"signature"})) {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "our private key does not belong to the public key that is registered as " +
                              who.key_id + ": register the matching one at " + AppPage(who) +
                              " > General > Public keys (`oktasync jwks` prints it)",
                          Remedy::kOtherKey);
  }
  if (Mentions(folded, {"algorithm"})) {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "the public key registered as " + who.key_id +
                              " is of another kind than our private "
                              "key (ES256 needs EC P-256, RS256 needs RSA): register the matching one",
                          Remedy::kOtherKey);
  }
  if (Mentions(folded, {"issuer"}) || Mentions(folded, {"subject"}) || Mentions(folded, {"'iss'"}) ||
      Mentions(folded, {"'sub'"})) {
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "the client id is not the app's: copy it from the Client ID of the API Services app");
  }
  return explain.Refuse(
      StatusCode::kUnauthenticated,
      "Okta does not accept how we authenticate: check that an active app of type API Services "
      "has this Client ID, authenticates by \"Public key / Private key\", and that key " +
          who.key_id + " is registered for it");
}

TokenRefusal ExplainClient(const Explanation& explain, const std::string& folded, const TokenRequester& who) {
  if (Mentions(folded, {"client_id"}) && !Mentions(folded, {"client_assertion"})) {
    return explain.Refuse(
        StatusCode::kUnauthenticated,
        "this org has no active app with that client id: copy it from the Client ID of the API "
        "Services app, and check that the app is active");
  }
  if (Mentions(folded, {"application_type"}) || Mentions(folded, {"service app"}) ||
      Mentions(folded, {"token_endpoint_auth_method"}) || Mentions(folded, {"private_key_jwt"})) {
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "the app must be of type API Services and authenticate by \"Public key / Private key\": "
        "create such an app, or change Client authentication at " +
            AppPage(who) + " > General");
  }
  return ExplainAssertion(explain, folded, who);
}

// RFC 9449 section 5; Okta's catalogue has a text for each flaw of a proof.
TokenRefusal ExplainProof(const Explanation& explain, std::string_view folded, const TokenRequester& who) {
  if (!who.proved) {
    return explain.Refuse(StatusCode::kFailedPrecondition, "the app asks for DPoP", Remedy::kProve);
  }
  if (Mentions(folded, {"in the future"}) || Mentions(folded, {"in the past"}) ||
      Mentions(folded, {"expired"})) {
    return explain.Refuse(StatusCode::kUnauthenticated,
                          "the clock of this machine and Okta's disagree; set it by NTP",
                          Remedy::kCorrectClock);
  }
  if (Mentions(folded, {"already been used"})) {
    return explain.Refuse(StatusCode::kUnauthenticated,
                          "each DPoP proof is used once, so something between us and Okta repeats requests: "
                          "look at the proxy",
                          Remedy::kFreshAssertion);
  }
  if (Mentions(folded, {"header is missing"})) {
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "the proof was sent, so something between us and Okta drops the DPoP header: look at "
        "the proxy");
  }
  if (Mentions(folded, {"'htu'"})) {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "Okta knows the org by another address than " + who.org_url +
                              ": set the org URL to the one that the Admin Console shows without \"-admin\"");
  }
  return explain.Refuse(
      StatusCode::kFailedPrecondition,
      "Okta does not accept our DPoP proof: something between us and Okta may change it; otherwise report "
      "this "
      "as a mistake of oktasync, and switch off \"Require Demonstrating Proof of Possession (DPoP) header in "
      "token requests\" at " +
          AppPage(who) + " > General meanwhile");
}

TokenRefusal Explain(int http_status, const Said& said, const TokenRequester& who) {
  const std::string folded = FoldCase(said.description);
  const Explanation explain(http_status, said, who);

  if (http_status == 429) {
    return explain.Refuse(
        StatusCode::kResourceExhausted,
        "the org's rate limit for /oauth2/v1 is used up; see the Admin Console's rate limit "
        "dashboard for who uses it",
        Remedy::kWaitForWindow);
  }
  if (http_status >= 500) {
    return explain.Refuse(StatusCode::kUnavailable, "Okta is out of order; see https://status.okta.com",
                          Remedy::kBackoff);
  }
  if (http_status >= 300 && http_status < 400) {
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "the address answers with a redirect, which is never followed with credentials: set the "
        "org URL to the address that the org itself uses, with https");
  }
  if (said.error == "invalid_client") return ExplainClient(explain, folded, who);
  if (said.error == "invalid_scope") {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "a super administrator must grant " + JoinScopes(who.scopes) + " at " +
                              AppPage(who) + " > Okta API Scopes",
                          Remedy::kFewerScopes);
  }
  if (said.error == "consent_required") {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "none of the scopes is granted: a super administrator must grant " +
                              JoinScopes(who.scopes) + " at " + AppPage(who) + " > Okta API Scopes",
                          Remedy::kFewerScopes);
  }
  if (said.error == "invalid_dpop_proof") return ExplainProof(explain, folded, who);
  if (said.error == "use_dpop_nonce") {
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "Okta asks for a DPoP nonce and gives none that is new: something between us and Okta "
        "takes the DPoP-Nonce header out of its answers, or the DPoP header out of our requests",
        Remedy::kNonce);
  }
  if (said.error == "access_denied") {
    if (http_status == 403 || Mentions(folded, {"network zone"})) {
      return explain.Refuse(
          StatusCode::kFailedPrecondition,
          "the address of this machine is not in the network zones that the app allows: add it "
          "under Security > Networks, or allow any zone at " +
              AppPage(who) + " > General");
    }
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "a policy of the org refuses the app: an admin must allow it client credentials and "
        "the scopes " +
            JoinScopes(who.scopes),
        Remedy::kFewerScopes);
  }
  if (said.error == "unauthorized_client" || said.error == "unsupported_grant_type") {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "the app may not use client credentials: it must be of type API Services");
  }
  if (said.error == "invalid_request") {
    return explain.Refuse(
        StatusCode::kFailedPrecondition,
        "Okta does not understand our request: something between us and Okta may change it; "
        "otherwise report this as a mistake of oktasync");
  }
  if (http_status == 404) {
    return explain.Refuse(StatusCode::kFailedPrecondition,
                          "there is no Okta org at this address: check the org URL");
  }
  if (http_status == 401) return ExplainAssertion(explain, folded, who);
  return explain.Refuse(
      StatusCode::kFailedPrecondition,
      "this does not look like an answer of Okta's token endpoint: check the org URL and the "
      "proxy in between");
}

}  // namespace

// Runs that look like a JWT: base64url of `{"`, then dots and more.
std::string WithoutTokens(std::string text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  size_t at = 0;
  while ((at = text.find("eyJ", at)) != std::string::npos) {
    const size_t end = std::min(text.find_first_not_of(kAlphabet, at), text.size());
    if (end - at < 20) {
      at = end;
      continue;
    }
    text.replace(at, end - at, "[token]");
  }
  return text;
}

std::string ShownText(const std::string& text, size_t max_bytes) {
  return WithoutTokens(Escape(WithoutTokens(text), max_bytes));
}

std::string NotJsonInWords(const http::Response& response) {
  return "the content type '" + ShownText(std::string(response.First("content-type")), 64) +
         "' instead of JSON: a login page or a proxy answered in Okta's place; check the org URL and the "
         "proxy in "
         "between";
}

TokenTrouble TroubleOf(const absl::Status& failure) {
  const absl::optional<absl::Cord> mark = failure.GetPayload(Sv(kTroubleMark));
  if (!mark.has_value()) return TokenTrouble::kClient;
  return *mark == "scopes" ? TokenTrouble::kScopes : TokenTrouble::kProof;
}

absl::Status About(TokenTrouble trouble, absl::Status failure) {
  if (trouble != TokenTrouble::kClient) {
    failure.SetPayload(Sv(kTroubleMark), absl::Cord(trouble == TokenTrouble::kScopes ? "scopes" : "proof"));
  }
  return failure;
}

TokenRefusal ExplainTokenRefusal(int http_status, std::string_view body, const TokenRequester& who) {
  const Said said = ReadBody(body);
  TokenRefusal refusal = Explain(http_status, said, who);
  if (said.error == "invalid_scope" || said.error == "consent_required") {
    refusal.status = About(TokenTrouble::kScopes, std::move(refusal.status));
  } else if (said.error == "invalid_dpop_proof" || said.error == "use_dpop_nonce") {
    refusal.status = About(TokenTrouble::kProof, std::move(refusal.status));
  }
  return refusal;
}

absl::Status MissingScopesError(const std::vector<std::string>& missing, const TokenRequester& who) {
  return About(TokenTrouble::kScopes,
               MakeStatus(StatusCode::kFailedPrecondition,
                          "Okta (" + who.org_url + ") granted client " + who.client_id + " a token without " +
                              JoinScopes(missing) + "; a super administrator must grant it at " +
                              AppPage(who) + " > Okta API Scopes"));
}

}  // namespace oktasync::oauth
