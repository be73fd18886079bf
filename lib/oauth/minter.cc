#include "oauth/minter.h"

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

TokenRequester Requester(const ClientCredentials& options) {
  return {options.org_url, options.client_id, options.key_id, options.scopes};
}

}  // namespace

Minter::Minter(ClientCredentials options, std::shared_ptr<const jose::Signer> signer, http::Client& http,
               CorrectedClock& clock, LogSink& log, Sleep sleep)
    : who_(Requester(options)),
      url_(options.org_url + "/oauth2/v1/token"),
      signer_(std::move(signer)),
      http_(http),
      clock_(clock),
      log_(log),
      sleep_(std::move(sleep)) {}

absl::StatusOr<http::Request> Minter::MakeRequest() const {
  const nlohmann::json claims = AssertionClaims(who_.client_id, url_, clock_.Now(), RandomUuid());
  absl::StatusOr<std::string> assertion = jose::SignCompact({{"kid", who_.key_id}}, claims, *signer_);
  if (!assertion.ok()) return Annotate(assertion.status(), "signing the client assertion for Okta");
  http::Request request;
  request.method = "POST";
  request.url = url_;
  request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "grant_type=client_credentials&scope=" + FormEncode(JoinScopes(who_.scopes)) +
                 "&client_assertion_type=" + kAssertionType + "&client_assertion=" + FormEncode(*assertion);
  request.max_body_bytes = 1u << 20;
  return request;
}

absl::Status Minter::Pause(absl::Duration wait, Cancel& cancel) const {
  sleep_(cancel, wait);
  return cancel.Check("waiting for an access token of Okta (" + who_.org_url + ")");
}

absl::StatusOr<MintedToken> Minter::Accept(const http::Response& response, absl::Duration begun) const {
  absl::StatusOr<TokenAnswer> answer = ParseTokenAnswer(response.body, who_.scopes);
  if (!answer.ok())
    return Annotate(answer.status(), "asking Okta (" + who_.org_url + ") for an access token");
  const std::vector<std::string> missing = MissingScopes(who_.scopes, answer->scopes);
  if (!missing.empty()) return MissingScopesError(missing, who_);
  return MintedToken{std::move(answer->access_token), begun, answer->lifetime};
}

absl::StatusOr<MintedToken> Minter::Mint(const MintLimits& limits, Cancel& cancel) const {
  int failed = 0;
  int refused_in_row = 0;
  bool clock_corrected = false;
  bool jti_renewed = false;
  absl::Duration patience = limits.patience;
  for (;;) {
    OKTASYNC_RETURN_IF_ERROR(cancel.Check("asking Okta for an access token"));
    OKTASYNC_ASSIGN_OR_RETURN(const http::Request request, MakeRequest());
    const absl::Duration begun = clock_.SinceBoot();
    const absl::StatusOr<http::Response> response = http_.Send(request, cancel);

    absl::Status failure;
    bool worth_retrying = false;
    if (!response.ok()) {
      failure = Annotate(response.status(), "asking Okta (" + who_.org_url + ") for an access token");
      worth_retrying = http::WorthRetrying(response.status());
    } else {
      if (response->status == 200) {
        LearnServerTime(clock_, *response, clock_.SinceBoot() - begun);
        return Accept(*response, begun);
      }
      const TokenRefusal refusal = ExplainTokenRefusal(response->status, response->body, who_);
      failure = refusal.status;
      const bool learned = LearnServerTime(clock_, *response, clock_.SinceBoot() - begun);
      if (refusal.remedy == Remedy::kWaitForWindow) {
        const http::RefusalWait judged =
            http::JudgeRefusal(response->status, http::RateHeaders::Read(*response), ++refused_in_row);
        const absl::Duration wait = judged.wait * (1 + 0.1 * RandomUnit());
        if (wait > patience) return failure;
        patience -= wait;
        OKTASYNC_RETURN_IF_ERROR(Pause(wait, cancel));
        continue;
      }
      refused_in_row = 0;
      if (refusal.remedy == Remedy::kCorrectClock && learned && !std::exchange(clock_corrected, true)) {
        log_.Write(
            LogLevel::kWarn, "oauth",
            "Okta refused our assertion over its time; trying once more with the time of Okta's answer",
            {{"clock_offset", absl::FormatDuration(clock_.offset())}});
        continue;
      }
      if (refusal.remedy == Remedy::kFreshAssertion && !std::exchange(jti_renewed, true)) continue;
      worth_retrying = refusal.remedy == Remedy::kBackoff;
    }
    if (!worth_retrying || ++failed >= limits.tries) return failure;
    OKTASYNC_RETURN_IF_ERROR(Pause(http::PauseAfter(failed, limits.backoff, RandomUnit()), cancel));
  }
}

}  // namespace oktasync::oauth
