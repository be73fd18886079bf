// What single texts of the configuration must look like. For the schema's table.
//
// Each function returns "" for an acceptable text, else what is wrong and what is expected, as the rest of a
// sentence that begins with the key. The text itself is never repeated: it may be a secret in the wrong
// place. Pure.
#pragma once

#include <string>
#include <string_view>

namespace oktasync::config {

using TextCheck = std::string (*)(std::string_view text);

std::string CheckOrgUrl(std::string_view text);   // https://host[:port], a slash at the end is tolerated
std::string NormalOrgUrl(std::string_view text);  // of one that passes: lower case, no slash, no :443

std::string CheckAppId(std::string_view text);  // 0oa…
std::string CheckOrgId(std::string_view text);  // 00o…
std::string CheckClientId(std::string_view text);
std::string CheckKeyId(std::string_view text);
std::string CheckDpop(std::string_view text);  // auto or always
std::string CheckScope(std::string_view text);
std::string CheckFile(std::string_view text);
std::string CheckAddress(std::string_view text);  // host:port
std::string CheckAlpn(std::string_view text);
std::string CheckRole(std::string_view text);       // a Teleport resource name, or "" for none
std::string CheckRoleName(std::string_view text);   // the same, and not ""
std::string CheckSuspended(std::string_view text);  // ignore or lock
std::string CheckConnectorType(std::string_view text);
std::string CheckConnectorName(std::string_view text);
std::string CheckDomain(std::string_view text);
std::string CheckAttribute(std::string_view text);
std::string CheckAttributeOrAll(std::string_view text);  // "*" for all
std::string CheckTraitKey(std::string_view text);

}  // namespace oktasync::config
