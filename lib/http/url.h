// A URL taken apart by libcurl's own parser.
//
// The same parser opens the connection later: two parsers that disagree about where the host ends are how
// tokens go to strangers. Pure; safe on any thread. Source: RFC 3986.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace oktasync::http {

struct Url {
  std::string scheme;  // lower case
  std::string host;    // lower case; an IPv6 address in brackets
  std::string port;    // the scheme's own when the URL names none
  std::string path;    // as written, at least "/"
  std::string query;   // as written, without "?"

  // "https://example.okta.com", with the port when it is not 443. Safe to show.
  std::string Origin() const;
};

// kInvalidArgument, without the text, when it is not an absolute https URL or carries a user name.
// `base` (may be empty) is what a relative `text` is relative to.
absl::StatusOr<Url> ParseUrl(std::string_view text, std::string_view base = {});

}  // namespace oktasync::http
