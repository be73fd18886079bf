// One HTTP request and its answer, free of any server library. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "okta/text.h"

namespace playground::okta {

struct Request {
  std::string method;
  std::string path;    // decoded, without the query
  std::string target;  // as it came: path and query
  Parameters query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of that name, in any case; "" when there is none.
  std::string_view Header(std::string_view name) const;
  const std::string* Query(std::string_view name) const;  // nullptr when absent
};

// What happens to the connection instead of, or while, the answer is sent.
enum class Ending {
  kWhole,
  kReset,       // RST before the first byte of the answer
  kTruncate,    // half the body under the whole one's Content-Length, then cut
  kChunkedCut,  // half the body as chunks, then cut
  kTlsCut,      // half the body, then the TCP stream ends without TLS's close_notify
  kShort,       // the whole body under half its Content-Length
  kDrip,        // one byte at a time
};

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Ending ending = Ending::kWhole;
  double drip_seconds = 0;  // between two bytes

  void Set(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

// Okta's error body: {errorCode, errorSummary, errorLink, errorId, errorCauses}. An empty summary takes the
// catalogue's text for the code.
Reply OktaError(int status, std::string_view code, std::string_view summary = "",
                const std::vector<std::string>& causes = {});
// The token endpoint's: {error, error_description} (RFC 6749 section 5.2).
Reply OAuthError(int status, std::string_view error, std::string_view description);

}  // namespace playground::okta
