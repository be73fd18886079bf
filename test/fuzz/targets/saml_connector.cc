// A SAML connector of Teleport's, and what its SSO URL says of the Okta app behind it. The first byte 'u': a URL alone.
#include "check.h"
#include "http/url.h"
#include "okta/app_search.h"
#include "teleport/codec.h"
#include "teleport/legacy/types/types.pb.h"

namespace {

void CheckUrl(std::string_view text) {
  const oktasync::okta::SsoUrl url = oktasync::okta::ReadSsoUrl(text);
  FUZZ_CHECK(url.origin.empty() == url.app_name.empty());
  if (url.origin.empty()) return;
  const auto read = oktasync::http::ParseUrl(url.origin);
  FUZZ_CHECK(read.ok() && read->Origin() == url.origin);
  FUZZ_CHECK(url.app_name.find('/') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0 && *data == 'u') {
    CheckUrl(oktasync::fuzz::View(data + 1, size - 1));
    return 0;
  }
  types::SAMLConnectorV2 message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  const oktasync::SamlConnector connector = oktasync::teleport::DecodeSamlConnector(message);
  FUZZ_CHECK(connector.name == message.metadata().name());
  CheckUrl(connector.sso_url);
  return 0;
}
