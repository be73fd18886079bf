// Okta's error answers in words. Pure.
//
// Source: Okta "Error codes": {errorCode, errorSummary, errorLink, errorId, errorCauses}. Only errorCode is
// for program flow; a body may also be empty, or HTML of somebody in between. RFC 6750 section 3 and
// RFC 9449 section 7.1 for WWW-Authenticate.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "http/message.h"

namespace oktasync::okta {

inline constexpr std::string_view kNotFoundCode = "E0000007";

struct ApiError {
  std::string code;     // "E0000007", or "" when the body is none of Okta's
  std::string summary;  // text from outside
  std::string id;       // oae…, Okta's own name of the incident
};

ApiError ParseApiError(std::string_view body);

// X-Okta-Request-Id; "" when it is missing or is not fit to be sent back in a header.
std::string RequestId(const http::Response& response);

// The `error` of the answer's WWW-Authenticate ("invalid_token", "invalid_dpop_proof", …), "" without one.
std::string ChallengeError(const http::Response& response);

// What an answer that is not the one hoped for means, for the person who must act. `path` is the request's
// path without its query. Never OK. Codes:
//   401 kUnauthenticated · 403 kPermissionDenied (which scope, or that the admin role is missing) · 404, 3xx
//   kFailedPrecondition · 429 kResourceExhausted · 408, 5xx kUnavailable · other 2xx kDataLoss · other 4xx
//   kInvalidArgument
absl::Status ExplainAnswer(const http::Response& response, const std::string& path);

// The same for a 200 whose content is not JSON: a login page, a proxy.
absl::Status ExplainNotJson(const http::Response& response, const std::string& path);
// Whether the body begins as an array or an object and does not end as one: a Content-Length that is too small makes
// HTTP take half an answer for a whole one.
bool LooksCut(std::string_view body);

}  // namespace oktasync::okta
