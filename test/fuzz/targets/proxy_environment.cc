// https_proxy and no_proxy. Lines: no_proxy, the host, https_proxy.
#include <string>

#include "base/status.h"
#include "check.h"
#include "teleport/http_proxy.h"
#include "teleport/resolve.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  std::string_view rest = oktasync::fuzz::View(data, size);
  teleport::ProxyEnvironment environment;
  environment.no_proxy = std::string(oktasync::fuzz::TakeUntil(rest, '\n'));
  const std::string host(oktasync::fuzz::TakeUntil(rest, '\n'));
  environment.https_proxy = oktasync::Secret(std::string(rest));
  teleport::MatchesNoProxy(environment.no_proxy, host);
  const auto proxy = environment.For(host);
  oktasync::fuzz::CheckWords(proxy.status());
  // Long enough to be no word of the message's own.
  if (!proxy.ok()) {
    FUZZ_CHECK(rest.find("hunter2-canary") == std::string_view::npos ||
               oktasync::Message(proxy.status()).find("hunter2-canary") == std::string::npos);
    return 0;
  }
  if (!proxy->has_value()) return 0;
  FUZZ_CHECK(teleport::SplitAddress((*proxy)->address).ok());
  return 0;
}
