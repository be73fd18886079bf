// An HTTP request and its answer, as values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace oktasync::http {

struct Request {
  std::string method = "GET";
  std::string url;  // absolute, https
  std::vector<std::pair<std::string, std::string>> headers;
  Secret authorization;               // value of the Authorization header; apart so that nothing prints it
  std::string body;                   // with POST; may hold a client assertion, so it is never printed either
  size_t max_body_bytes = 32u << 20;  // a longer answer is an error
};

struct Response {
  int status = 0;
  // In order of arrival, names in lower case; a header may come several times.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // decoded (gzip); at most Request::max_body_bytes

  // All values of `name` (lower case).
  std::vector<std::string_view> All(std::string_view name) const;
  // The first value, or "".
  std::string_view First(std::string_view name) const;
  // By its content type.
  bool IsJson() const;
};

}  // namespace oktasync::http
