// Single texts of the configuration. The first character says of which kind.
#include <string>

#include "check.h"
#include "config/checks.h"
#include "config/duration.h"
#include "config/role_rules.h"
#include "http/url.h"
#include "teleport/resolve.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace config = oktasync::config;
  std::string_view text = oktasync::fuzz::View(data, size);
  const uint8_t kind = oktasync::fuzz::TakeByte(text);
  switch (kind) {
    case 'd':
      if (const auto duration = config::ParseDuration(text)) {
        FUZZ_CHECK(*duration >= absl::ZeroDuration());
        FUZZ_CHECK(config::ParseDuration(config::DurationText(*duration)) == duration);
      }
      return 0;
    case 'u':
      if (config::CheckOrgUrl(text).empty()) {
        const std::string normal = config::NormalOrgUrl(text);
        FUZZ_CHECK(config::CheckOrgUrl(normal).empty() && config::NormalOrgUrl(normal) == normal);
        // What the HTTP client makes of it: the same address, and no more than an address.
        const auto url = oktasync::http::ParseUrl(normal);
        FUZZ_CHECK(url.ok() && url->path == "/" && url->query.empty());
        // An address has several spellings ("127.1", "[0::]"); a name has one.
        const bool address =
            url->host.front() == '[' || url->host.find_first_not_of("0123456789.") == std::string::npos;
        FUZZ_CHECK(address || url->Origin() == normal);
      }
      return 0;
    case 'a':
      if (config::CheckAddress(text).empty())
        FUZZ_CHECK(oktasync::teleport::SplitAddress(std::string(text)).ok());
      return 0;
    default:
      break;
  }
  constexpr config::TextCheck kChecks[] = {
      config::CheckAppId,          config::CheckOrgId,    config::CheckClientId,
      config::CheckKeyId,          config::CheckScope,    config::CheckFile,
      config::CheckAlpn,           config::CheckRole,     config::CheckRoleName,
      config::CheckConnectorName,  config::CheckDomain,   config::CheckAttribute,
      config::CheckAttributeOrAll, config::CheckTraitKey, config::CheckAttributeRule,
      config::CheckGroup,          config::CheckRoles};
  const std::string wrong = kChecks[kind % std::size(kChecks)](text);
  FUZZ_CHECK(oktasync::fuzz::IsPlain(wrong));
  // A value is not repeated: it may be a secret in the wrong place.
  if (text.find("-----BEGIN") != std::string_view::npos)
    FUZZ_CHECK(wrong.find("-----BEGIN") == std::string::npos);
  return 0;
}
