#include "okta/message.h"

#include <strings.h>

#include "nlohmann/json.hpp"
#include "okta/crypto.h"

namespace playground::okta {
namespace {

// Okta's error-codes.json, the ones that a reader of users can meet.
constexpr std::pair<std::string_view, std::string_view> kSummaries[] = {
    {"E0000001", "Api validation failed"},
    {"E0000006", "You do not have permission to perform the requested action"},
    {"E0000007", "Not found: Resource not found"},
    {"E0000008", "The requested path was not found"},
    {"E0000009", "Internal Server Error"},
    {"E0000010", "Service is in read only mode"},
    {"E0000011", "Invalid token provided"},
    {"E0000021", "Bad request.  Accept and/or Content-Type headers likely do not match supported values."},
    {"E0000022", "The endpoint does not support the provided HTTP method"},
    {"E0000029", "Invalid paging request."},
    {"E0000031", "Invalid search criteria."},
    {"E0000047", "API call exceeded rate limit due to too many requests."},
};

std::string_view SummaryOf(std::string_view code) {
  for (const auto& [known, summary] : kSummaries) {
    if (known == code) return summary;
  }
  return "The request could not be processed";
}

}  // namespace

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
  }
  return {};
}

const std::string* Request::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

Reply OktaError(int status, std::string_view code, std::string_view summary,
                const std::vector<std::string>& causes) {
  nlohmann::ordered_json body = {
      {"errorCode", code},
      {"errorSummary", summary.empty() ? SummaryOf(code) : summary},
      {"errorLink", code},
      {"errorId", "oae" + Base64UrlEncode(RandomBytes(15))},
      {"errorCauses", nlohmann::ordered_json::array()},
  };
  for (const std::string& cause : causes) body["errorCauses"].push_back({{"errorSummary", cause}});
  Reply reply;
  reply.status = status;
  reply.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return reply;
}

Reply OAuthError(int status, std::string_view error, std::string_view description) {
  const nlohmann::ordered_json body = {{"error", error}, {"error_description", description}};
  Reply reply;
  reply.status = status;
  reply.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return reply;
}

}  // namespace playground::okta
