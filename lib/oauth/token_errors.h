// The token endpoint's refusals in words for the Okta admin who must act. Pure.
//
// Source: RFC 6749 section 5.2; Okta's oauth2-error-codes.json, release 2026.03.1. Only `error` is stable;
// what is wrong with an assertion differs by the description alone, so descriptions are matched by their
// telling words, and what matches nothing still gets a message with Okta's own text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "http/message.h"

namespace oktasync::oauth {

// Who asked, for the message.
struct TokenRequester {
  std::string org_url;
  std::string client_id;
  std::string key_id;  // of the key that signed
  std::vector<std::string> scopes;
  bool proved = false;  // the request had a DPoP proof
};

// What may help besides an admin.
enum class Remedy {
  kNone,            // asking again would change nothing
  kCorrectClock,    // the assertion seemed to come from another time: once more, with the server's time
  kFreshAssertion,  // once more with a new jti
  kOtherKey,        // the key that signed is not, or no longer, registered: another one may be
  kProve,           // with a DPoP proof, or with a new one
  kNonce,           // with the nonce that the answer carries
  kFewerScopes,     // with those scopes alone that nothing goes without
  kBackoff,         // Okta, or what Okta asks itself, is out of order: later
  kWaitForWindow,   // 429
};

struct TokenRefusal {
  absl::Status status;  // kUnauthenticated, kFailedPrecondition, kUnavailable or kResourceExhausted; never OK
  Remedy remedy = Remedy::kNone;
};

// What a failure to get a token is about, for those who tell an admin where to look (enroll). Of a status that
// comes from here or from the minter; Annotate keeps it.
enum class TokenTrouble {
  kClient,  // the client, its key or its clock; or Okta could not be asked
  kScopes,  // Okta has accepted client and key, and gives no token with these scopes
  kProof,   // DPoP
};
TokenTrouble TroubleOf(const absl::Status& failure);
absl::Status About(TokenTrouble trouble, absl::Status failure);

// Okta's text without what looks like a token: an intermediary that echoes our request must not get an assertion
// or a proof into a log.
std::string WithoutTokens(std::string text);
// The same, escaped and cut, for a message. (Once escaped, other text can look like a token: so it is looked at before
// and after.)
std::string ShownText(const std::string& text, size_t max_bytes);

// "the content type 'text/html' instead of JSON: …", and what to do: somebody answered in Okta's place.
std::string NotJsonInWords(const http::Response& response);

// `http_status` is not 2xx; `body` may be empty, HTML or cut. What looks like a token in Okta's text is not
// repeated.
TokenRefusal ExplainTokenRefusal(int http_status, std::string_view body, const TokenRequester& who);

// The granted scopes lack `missing`.
absl::Status MissingScopesError(const std::vector<std::string>& missing, const TokenRequester& who);

}  // namespace oktasync::oauth
