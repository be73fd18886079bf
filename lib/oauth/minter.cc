#include "oauth/minter.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "http/rate.h"
#include "jose/jws.h"
#include "nlohmann/json.hpp"
#include "oauth/assertion.h"
#include "oauth/server_time.h"
#include "oauth/token_answer.h"

namespace oktasync::oauth {
namespace {

constexpr char kAssertionType[] = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

// application/x-www-form-urlencoded; whatever is not unreserved is escaped.
std::string FormEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 15];
    }
  }
  return encoded;
}

}  // namespace

// What one mint has been through, and what the next request is to be made of.
struct Minter::Tries {
  std::vector<jose::NamedSigner> keys;
  size_t key = 0;
  bool proved = false;     // the last request had a proof,
  std::string nonce_sent;  // with this nonce
  int nonces = 0;
  bool clock_corrected = false;
  bool jti_renewed = false;
  std::vector<std::string> scopes;  // asked for
  bool all_scopes = true;
  absl::Status first_key_refused;

  const jose::NamedSigner& signer() const { return keys[key]; }
};

Minter::Minter(ClientCredentials options, std::shared_ptr<ClientKeys> keys, std::shared_ptr<Dpop> dpop,
               http::Client& http, CorrectedClock& clock, LogSink& log, Sleep sleep)
    : options_(std::move(options)),
      url_(options_.org_url + "/oauth2/v1/token"),
      keys_(std::move(keys)),
      dpop_(std::move(dpop)),
      http_(http),
      clock_(clock),
      log_(log),
      sleep_(std::move(sleep)),
      proving_(options_.dpop) {}

absl::StatusOr<http::Request> Minter::MakeRequest(Tries& tries) const {
  const absl::Time now = clock_.Now();
  const nlohmann::json claims = AssertionClaims(options_.client_id, url_, now, RandomUuid());
  absl::StatusOr<std::string> assertion =
      jose::SignCompact({{"kid", tries.signer().kid}}, claims, *tries.signer().signer);
  if (!assertion.ok()) return Annotate(assertion.status(), "signing the client assertion for Okta");
  http::Request request;
  request.method = "POST";
  request.url = url_;
  request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "grant_type=client_credentials&scope=" + FormEncode(JoinScopes(tries.scopes)) +
                 "&client_assertion_type=" + kAssertionType + "&client_assertion=" + FormEncode(*assertion);
  request.max_body_bytes = 1u << 20;
  tries.proved = proving_.load();
  tries.nonce_sent.clear();
  if (tries.proved) {
    OKTASYNC_ASSIGN_OR_RETURN(Dpop::Proof proof, dpop_->Prove(request, "", now));
    request.headers.emplace_back("DPoP", std::move(proof.jwt));
    tries.nonce_sent = std::move(proof.nonce);
  }
  return request;
}

absl::Status Minter::Pause(absl::Duration wait, Cancel& cancel) const {
  sleep_(cancel, wait);
  return cancel.Check("waiting for an access token of Okta (" + options_.org_url + ")");
}

absl::StatusOr<MintedToken> Minter::Accept(const http::Response& response, absl::Duration begun,
                                           const Tries& tries) {
  const TokenRequester who = {options_.org_url, options_.client_id, tries.signer().kid, tries.scopes,
                              tries.proved};
  absl::StatusOr<TokenAnswer> answer = ParseTokenAnswer(response.body, tries.scopes);
  const auto fail = [this](const absl::Status& status) {
    return Annotate(status, "asking Okta (" + options_.org_url + ") for an access token");
  };
  if (!answer.ok() && !response.IsJson()) {
    return fail(MakeStatus(absl::StatusCode::kDataLoss, "the answer has " + NotJsonInWords(response)));
  }
  if (!answer.ok()) return fail(answer.status());
  // Whatever is wrong with the token, the key that signed for it is known to Okta.
  keys_->Accepted(tries.signer());
  if (tries.key > 0) {
    log_.Write(LogLevel::kWarn, "oauth",
               "Okta does not accept the key that is tried first, another one of ours serves; register what "
               "`oktasync jwks` prints",
               {{"key_id", Escape(tries.keys.front().kid)}, {"accepted_key_id", Escape(tries.signer().kid)}});
  }
  if (answer->bound && !tries.proved) {
    return fail(MakeStatus(absl::StatusCode::kDataLoss,
                           "the answer is a DPoP token, but we showed no key that it could be bound to"));
  }
  if (!answer->bound && options_.dpop) {
    return fail(About(TokenTrouble::kProof, MakeStatus(absl::StatusCode::kFailedPrecondition,
                                                       "the answer is a bearer token, but the configuration "
                                                       "(/okta/dpop) asks for DPoP tokens: switch on "
                                                       "\"Require Demonstrating Proof of Possession (DPoP) "
                                                       "header in token requests\" in the service app's "
                                                       "General settings, or set okta.dpop to auto")));
  }
  const std::vector<std::string> missing = MissingScopes(options_.scopes, answer->scopes);
  if (!missing.empty()) return MissingScopesError(missing, who);
  if (tries.all_scopes) {
    const std::vector<std::string> extra = MissingScopes(options_.extra_scopes, answer->scopes);
    if (!extra.empty()) WithoutExtraScopes(MissingScopesError(extra, who));
  }
  return MintedToken{std::move(answer->access_token), begun, answer->lifetime,
                     answer->bound ? dpop_ : nullptr, std::move(answer->scopes)};
}

void Minter::WithoutExtraScopes(const absl::Status& why) const {
  log_.Write(LogLevel::kWarn, "oauth", "what needs these scopes will not work, the rest goes on without them",
             {{"scopes", JoinScopes(options_.extra_scopes)}, {"error", Message(why)}});
}

bool Minter::TryDifferently(const TokenRefusal& refusal, bool clock_learned, bool nonce_learned,
                            Tries& tries) {
  switch (refusal.remedy) {
    case Remedy::kCorrectClock:
      if (!clock_learned || std::exchange(tries.clock_corrected, true)) return false;
      log_.Write(LogLevel::kWarn, "oauth",
                 "Okta refused our assertion over its time; trying once more with the time of Okta's answer",
                 {{"clock_offset", absl::FormatDuration(clock_.offset())}});
      return true;
    case Remedy::kFreshAssertion:
      return !std::exchange(tries.jti_renewed, true);
    case Remedy::kOtherKey:
      keys_->Refused(tries.signer());
      if (tries.key == 0) tries.first_key_refused = refusal.status;
      if (tries.key + 1 >= tries.keys.size()) return false;
      ++tries.key;
      return true;
    case Remedy::kProve:
      if (dpop_ == nullptr || tries.proved) return false;
      if (!proving_.exchange(true)) {
        log_.Write(LogLevel::kInfo, "oauth",
                   "the Okta app asks for DPoP: tokens are bound to our key from now on", {});
      }
      return true;
    case Remedy::kNonce:
      // An answer to a request without proof has no nonce to compare with.
      if (dpop_ != nullptr && !tries.proved) {
        proving_ = true;
        return true;
      }
      return nonce_learned && ++tries.nonces <= kMostNonces;
    case Remedy::kFewerScopes:
      if (options_.extra_scopes.empty() || !std::exchange(tries.all_scopes, false)) return false;
      tries.scopes = options_.scopes;
      WithoutExtraScopes(refusal.status);
      return true;
    case Remedy::kNone:
    case Remedy::kBackoff:
    case Remedy::kWaitForWindow:
      return false;
  }
  return false;
}

absl::Duration Minter::RateWait() const {
  const absl::Duration left = absl::Nanoseconds(waits_until_.load()) - clock_.SinceBoot();
  return std::max(left, absl::ZeroDuration());
}

absl::StatusOr<MintedToken> Minter::Mint(const MintLimits& limits, Cancel& cancel) {
  int failed = 0;
  int refused_in_row = 0;
  Tries tries;
  tries.keys = keys_->Candidates();
  tries.scopes = options_.scopes;
  tries.scopes.insert(tries.scopes.end(), options_.extra_scopes.begin(), options_.extra_scopes.end());
  absl::Duration patience = limits.patience;
  for (;;) {
    OKTASYNC_RETURN_IF_ERROR(cancel.Check("asking Okta for an access token"));
    OKTASYNC_ASSIGN_OR_RETURN(const http::Request request, MakeRequest(tries));
    const absl::Duration begun = clock_.SinceBoot();
    const absl::StatusOr<http::Response> response = http_.Send(request, cancel);

    absl::Status failure;
    bool worth_retrying = false;
    if (!response.ok()) {
      failure = Annotate(response.status(), "asking Okta (" + options_.org_url + ") for an access token");
      worth_retrying = http::WorthRetrying(response.status());
    } else {
      const bool learned = LearnServerTime(clock_, *response, clock_.SinceBoot() - begun);
      // From every answer, 429 and 5xx too: the next try needs it.
      const bool nonce_learned = dpop_ != nullptr && dpop_->Learn(*response, tries.nonce_sent);
      if (response->status == 200) return Accept(*response, begun, tries);
      const TokenRefusal refusal = ExplainTokenRefusal(
          response->status, response->body,
          {options_.org_url, options_.client_id, Escape(tries.signer().kid), tries.scopes, tries.proved});
      failure = refusal.status;
      if (refusal.remedy == Remedy::kWaitForWindow) {
        const http::RefusalWait judged =
            http::JudgeRefusal(response->status, http::RateHeaders::Read(*response), ++refused_in_row);
        const absl::Duration wait = judged.wait * (1 + 0.1 * RandomUnit());
        if (wait > patience) return failure;
        patience -= wait;
        log_.Write(LogLevel::kInfo, "oauth", "Okta asks us to wait",
                   {{"path", "/oauth2/v1/token"}, {"wait", absl::FormatDuration(wait)}});
        waits_until_ = absl::ToInt64Nanoseconds(clock_.SinceBoot() + wait);
        const absl::Status waited = Pause(wait, cancel);
        waits_until_ = 0;
        OKTASYNC_RETURN_IF_ERROR(waited);
        continue;
      }
      refused_in_row = 0;
      if (TryDifferently(refusal, learned, nonce_learned, tries)) continue;
      if (refusal.remedy == Remedy::kOtherKey && tries.key > 0) {
        return Annotate(tries.first_key_refused,
                        "none of our " + std::to_string(tries.keys.size()) + " keys is accepted, first");
      }
      worth_retrying = refusal.remedy == Remedy::kBackoff;
    }
    if (!worth_retrying || ++failed >= limits.tries) return failure;
    OKTASYNC_RETURN_IF_ERROR(Pause(http::PauseAfter(failed, limits.backoff, RandomUnit()), cancel));
  }
}

}  // namespace oktasync::oauth
