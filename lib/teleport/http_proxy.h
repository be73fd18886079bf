// The HTTP proxy of the environment: https_proxy and no_proxy with libcurl's meaning.
//
// Asked for every TCP connection that is ours to make; http_connect.h goes through it. Source: libcurl-env(3) (which
// variables, which wins, what no_proxy matches). The other side of the house reads the same variables through libcurl,
// so both go the same way. Credentials never appear in a message. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace oktasync::teleport {

struct HttpProxy {
  std::string address;  // host:port
  // "user:password", decoded; empty for none.
  Secret credentials;
};

// The variables as they stand; nothing is looked at before a connection is made.
struct ProxyEnvironment {
  Secret https_proxy;  // may hold credentials
  std::string no_proxy;

  // https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY: the first that is set; no_proxy, then NO_PROXY.
  static ProxyEnvironment OfProcess();
  // The proxy for `host`; nullopt to go directly. kInvalidArgument for a URL that cannot be used, in words.
  absl::StatusOr<std::optional<HttpProxy>> For(const std::string& host) const;
};

// "*", or names and addresses separated by commas or blanks: a name matches itself and what ends in it after a dot
// (a dot in front changes nothing), an address itself or, with /bits behind, its network. Case does not count.
bool MatchesNoProxy(std::string_view no_proxy, std::string_view host);

}  // namespace oktasync::teleport
