#include "okta/api_error.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/cord.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "oauth/token_errors.h"
#include "okta/client.h"

namespace oktasync::okta {
namespace {

using absl::StatusCode;

constexpr std::string_view kRefusalMark = "oktasync/okta-refusal";

// A parameter of a challenge: error="insufficient_scope". Only quoted values matter here.
std::string ChallengeParam(std::string_view challenge, std::string_view name) {
  const std::string wanted = std::string(name) + "=\"";
  size_t at = 0;
  while ((at = challenge.find(wanted, at)) != std::string_view::npos) {
    const size_t begin = at + wanted.size();
    // "error=" must not be found within another parameter's name.
    const bool whole = at == 0 || challenge[at - 1] == ' ' || challenge[at - 1] == ',';
    if (whole) return std::string(challenge.substr(begin, challenge.find('"', begin) - begin));
    at = begin;
  }
  return {};
}

std::string ChallengeParam(const http::Response& response, std::string_view name) {
  for (const std::string_view challenge : response.All("www-authenticate")) {
    std::string value = ChallengeParam(challenge, name);
    if (!value.empty()) return value;
  }
  return {};
}

// "Okta answered GET /path with 403 (E0000006: You do not …; request id …)"
std::string WhatHappened(const http::Response& response, const ApiError& error, const std::string& path) {
  std::string text = "Okta answered GET " + path + " with " + std::to_string(response.status);
  std::string details;
  const auto add = [&](const std::string& detail) { details += (details.empty() ? "" : "; ") + detail; };
  if (!error.code.empty())
    add(oauth::ShownText(error.code, 32) + ": " + oauth::ShownText(error.summary, 300));
  if (!error.id.empty()) add("error id " + oauth::ShownText(error.id, 64));
  if (const std::string id = RequestId(response); !id.empty()) add("request id " + id);
  return details.empty() ? text : text + " (" + details + ")";
}

std::string Explain403(const http::Response& response, const ApiError& error, const std::string& path) {
  const bool of_groups = path.starts_with("/api/v1/groups");
  if (ChallengeParam(response, "error") == "insufficient_scope") {
    std::string scope = ChallengeParam(response, "scope");
    if (scope.empty() && of_groups) scope = "okta.groups.read";
    return "the service app lacks the scope " +
           (scope.empty() ? "that this needs" : oauth::ShownText(scope, 200)) +
           ": a super administrator must grant it in the app's Okta API Scopes";
  }
  if (error.code == "E0000006" && of_groups) {
    return "the service app has the scope but no admin role that covers this: assign it a role that may view "
           "groups and their details, with this group in the role's resource set";
  }
  if (error.code == "E0000006") {
    return "the service app has the scope but no admin role that covers this: assign it a role that can view "
           "users and applications, with this app and its users in the role's resource set";
  }
  if (of_groups) {
    return "the service app is not allowed to read this: grant it okta.groups.read in its Okta API Scopes, "
           "and "
           "an admin role that may view groups";
  }
  return "the service app is not allowed to read this: check its Okta API Scopes and its admin roles";
}

absl::Status Explain(const http::Response& response, const ApiError& error, const std::string& path) {
  const std::string what = WhatHappened(response, error, path);
  const int status = response.status;
  if (const std::string challenge = ChallengeError(response);
      challenge == "invalid_dpop_proof" || challenge == "use_dpop_nonce") {
    return MakeStatus(
        StatusCode::kUnauthenticated,
        what + ", also with a new proof: it does not accept our DPoP proof (\"" +
            oauth::ShownText(ChallengeParam(response, "error_description"), 200) +
            "\"); set the clock by NTP, check that the org URL is the one that the Admin Console shows "
            "without "
            "\"-admin\", and that nothing in between changes the path or drops the DPoP headers");
  }
  if (status == 401) {
    return MakeStatus(StatusCode::kUnauthenticated,
                      what +
                          ", also with a new access token: check that the service app is active and that "
                          "nothing in between drops the Authorization header");
  }
  if (status == 403)
    return MakeStatus(StatusCode::kPermissionDenied, what + ": " + Explain403(response, error, path));
  if (status == 404) {
    const std::string advice =
        error.code == kNotFoundCode
            ? "there is no such object in this org, or the service app's admin role does "
              "not cover it: check the id and the role's resource set"
            : "this is not how Okta says that an object is gone: check the org URL and the "
              "proxy in between";
    return MakeStatus(StatusCode::kFailedPrecondition, what + ": " + advice);
  }
  if (status >= 300 && status < 400) {
    return MakeStatus(
        StatusCode::kFailedPrecondition,
        what +
            ": a redirect is never followed with an access token; set the org URL to the address "
            "that the org itself uses");
  }
  if (status == 429) {
    return MakeStatus(StatusCode::kResourceExhausted,
                      what +
                          " again and again: the org's rate limit is used up by others or by more of us; see "
                          "the Admin Console's rate limit dashboard");
  }
  if (status == 408 || status >= 500) {
    return MakeStatus(StatusCode::kUnavailable, what + ": Okta is out of order; see https://status.okta.com");
  }
  if (status >= 200 && status < 300) {
    return MakeStatus(StatusCode::kDataLoss, what + ", an answer without the object that was asked for");
  }
  return MakeStatus(StatusCode::kInvalidArgument, what + ": it does not accept our request");
}

}  // namespace

ApiError ParseApiError(std::string_view body) {
  ApiError error;
  const absl::StatusOr<nlohmann::json> json = ParseJson(body, {.max_bytes = 64 << 10, .max_depth = 8});
  if (!json.ok()) return error;
  error.code = JsonString(*json, "errorCode");
  error.summary = JsonString(*json, "errorSummary");
  error.id = JsonString(*json, "errorId");
  return error;
}

std::string RequestId(const http::Response& response) {
  const std::string_view id = response.First("x-okta-request-id");
  const bool fit = id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
                     return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '_' || c == '.' || c == '@' || c == ':' || c == '+' ||
                            c == '/' || c == '=';
                   });
  // An echo of our token is no id, though its characters would do.
  return fit && oauth::WithoutTokens(std::string(id)) == id ? std::string(id) : std::string();
}

std::string ChallengeError(const http::Response& response) { return ChallengeParam(response, "error"); }

Refusal RefusalOf(const absl::Status& failure) {
  const absl::optional<absl::Cord> mark = failure.GetPayload(Sv(kRefusalMark));
  if (!mark.has_value()) return {};
  // "403 E0000006 scope", written below.
  const std::string text(*mark);
  const size_t code = std::min(text.find(' '), text.size() - 1) + 1;
  const size_t end = std::min(text.find(' ', code), text.size());
  return {std::atoi(text.c_str()), text.substr(code, end - code), end < text.size()};
}

absl::Status ExplainAnswer(const http::Response& response, const std::string& path) {
  const ApiError error = ParseApiError(response.body);
  absl::Status status = Explain(response, error, path);
  const bool scope = ChallengeError(response) == "insufficient_scope";
  status.SetPayload(Sv(kRefusalMark), absl::Cord(std::to_string(response.status) + " " +
                                                 oauth::ShownText(error.code, 32) + (scope ? " scope" : "")));
  return status;
}

bool LooksCut(std::string_view body) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = body.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return false;
  const char last = body[body.find_last_not_of(kBlank)];
  return (body[first] == '[' && last != ']') || (body[first] == '{' && last != '}');
}

absl::Status ExplainNotJson(const http::Response& response, const std::string& path) {
  return MakeStatus(StatusCode::kDataLoss,
                    WhatHappened(response, {}, path) + " and " + oauth::NotJsonInWords(response));
}

}  // namespace oktasync::okta
