#include "config/checks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace oktasync::config {
namespace {

constexpr size_t kMaxHostBytes = 253;

bool Letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool Digit(char c) { return c >= '0' && c <= '9'; }

bool AllOf(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return Letter(c) || Digit(c) || others.find(c) != std::string_view::npos;
  });
}

bool Printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool GoodPort(std::string_view text) {
  uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  // No zero in front: "0443" would be another spelling of 443, and the org's address is compared as it is written.
  return error == std::errc() && end == text.data() + text.size() && text.front() != '0' && port >= 1 &&
         port <= 65535;
}

// A DNS name or an IP address, IPv6 in brackets.
bool GoodHost(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    in6_addr address = {};
    const std::string inside(host.substr(1, host.size() - 2));
    return inside.find('\0') == std::string::npos && inet_pton(AF_INET6, inside.c_str(), &address) == 1;
  }
  return !host.empty() && host.size() <= kMaxHostBytes && AllOf(host, ".-_") && host.front() != '.' &&
         host.front() != '-' && host.find("..") == std::string_view::npos;
}

// Splits "host:port"; port is "" without a colon (a colon inside of brackets is the host's).
void SplitHostPort(std::string_view text, std::string_view* host, std::string_view* port, bool* has_port) {
  const size_t bracket = text.rfind(']');
  const size_t colon = text.rfind(':');
  *has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  *host = *has_port ? text.substr(0, colon) : text;
  *port = *has_port ? text.substr(colon + 1) : std::string_view();
}

bool LooksLikeKeyMaterial(std::string_view text) { return text.find("-----BEGIN") != std::string_view::npos; }

}  // namespace

std::string CheckOrgUrl(std::string_view text) {
  const std::string folded = FoldCase(text);
  if (folded.starts_with("http://")) {
    return "http is refused, for localhost too, because the access token would travel in the clear; use "
           "https";
  }
  constexpr std::string_view kScheme = "https://";
  if (!folded.starts_with(kScheme)) return "expected an address like https://example.okta.com";
  std::string_view rest = std::string_view(folded).substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos) {
    return "expected the org's address alone, without a path, query or fragment";
  }
  if (rest.find('@') != std::string_view::npos)
    return "an address with a user name or password in it is refused";
  std::string_view host, port;
  bool has_port = false;
  SplitHostPort(rest, &host, &port, &has_port);
  if (!GoodHost(host))
    return "the host name in it is not valid; expected an address like https://example.okta.com";
  if (has_port && (port.empty() || !GoodPort(port))) return "the port in it is not a number from 1 to 65535";
  for (std::string_view admin : {"-admin.okta.com", "-admin.oktapreview.com", "-admin.okta-emea.com"}) {
    if (host.ends_with(admin))
      return "this is the address of the admin console; use the one without \"-admin\"";
  }
  return {};
}

std::string NormalOrgUrl(std::string_view text) {
  std::string url = FoldCase(text);
  if (url.ends_with('/')) url.pop_back();
  if (url.ends_with(":443")) url.resize(url.size() - 4);
  return url;
}

std::string CheckAppId(std::string_view text) {
  if (text.size() > 3 && text.size() <= 64 && text.starts_with("0oa") && AllOf(text, "")) return {};
  return "expected the id of the app, which begins with 0oa and holds letters and digits only; in the admin "
         "console it stands in the address of the app's page";
}

std::string CheckOrgId(std::string_view text) {
  if (text.size() > 3 && text.size() <= 64 && text.starts_with("00o") && AllOf(text, "")) return {};
  return "expected the id of the org, which begins with 00o and holds letters and digits only";
}

std::string CheckClientId(std::string_view text) {
  if (!text.empty() && text.size() <= 100 && AllOf(text, "._-")) return {};
  return "expected the client id of the API Services app: letters, digits and . _ - only";
}

std::string CheckKeyId(std::string_view text) {
  if (LooksLikeKeyMaterial(text)) return "expected the id (kid) of the key, not the key itself";
  if (!text.empty() && text.size() <= 255 && Printable(text)) return {};
  return "expected the id (kid) under which the key is registered in Okta: 1 to 255 characters without "
         "blanks";
}

std::string CheckDpop(std::string_view text) {
  if (text == "auto" || text == "always") return {};
  return "expected auto (as soon as Okta asks for it) or always (from the first request on)";
}

std::string CheckScope(std::string_view text) {
  if (!text.empty() && text.size() <= 100 && AllOf(text, "._-")) return {};
  return "expected the name of one OAuth scope, such as okta.users.read";
}

std::string CheckFile(std::string_view text) {
  if (LooksLikeKeyMaterial(text)) {
    return "expected the path of a file, not what is in it; take the key out of the configuration";
  }
  if (text.empty() || HasControl(text)) return "expected the path of a file; leave the key out for none";
  return {};
}

std::string CheckAddress(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return "expected host:port without a scheme before it";
  std::string_view host, port;
  bool has_port = false;
  SplitHostPort(text, &host, &port, &has_port);
  if (!has_port || port.empty()) {
    return "expected host:port; the auth server listens on 3025, a proxy on 443 or 3080";
  }
  if (!GoodPort(port)) return "the port is not a number from 1 to 65535";
  if (!GoodHost(host)) return "the host is not a valid name or address (IPv6 is written in brackets)";
  return {};
}

std::string CheckAlpn(std::string_view text) {
  if (!text.empty() && text.size() <= 255 && Printable(text)) return {};
  return "expected the name of an ALPN protocol: 1 to 255 characters without blanks";
}

std::string CheckRole(std::string_view text) {
  if (text.size() <= 255 && AllOf(text, "@_:.+-") && text != "." && text != "..") return {};
  return "expected the name of a Teleport role: letters, digits and @ _ : . + - only; \"\" for none";
}

std::string CheckRoleName(std::string_view text) {
  if (!text.empty() && CheckRole(text).empty()) return {};
  return "expected the name of a Teleport role: letters, digits and @ _ : . + - only";
}

std::string CheckSuspended(std::string_view text) {
  if (text == "ignore" || text == "lock") return {};
  return "expected ignore (a suspension in Okta changes nothing in Teleport) or lock (who is suspended is "
         "locked "
         "out until that ends)";
}

std::string CheckConnectorType(std::string_view text) {
  if (text == "saml" || text == "oidc" || text == "github") return {};
  return "expected saml, oidc or github";
}

std::string CheckConnectorName(std::string_view text) {
  if (!text.empty() && CheckRole(text).empty()) return {};
  return "expected the name of the Teleport SSO connector: letters, digits and @ _ : . + - only";
}

std::string CheckDomain(std::string_view text) {
  if (text.find('@') != std::string_view::npos) return "expected a domain alone, without an @";
  if (GoodHost(text) && text.front() != '[') return {};
  return "expected a domain such as example.com";
}

std::string CheckAttribute(std::string_view text) {
  if (!text.empty() && text.size() <= 255 && !HasControl(text)) return {};
  return "expected the name of an attribute of the Okta profile";
}

std::string CheckAttributeOrAll(std::string_view text) {
  return CheckAttribute(text).empty()
             ? std::string()
             : "expected the name of an attribute of the Okta profile, or \"*\" for all";
}

std::string CheckTraitKey(std::string_view text) {
  if (text.starts_with("okta/")) {
    return "a renamed trait may not begin with okta/, where the attributes that are not renamed live";
  }
  // No comma: the label that remembers our keys separates them by commas.
  if (!text.empty() && text.size() <= 128 && AllOf(text, "._:/-")) return {};
  return "expected a trait key: 1 to 128 letters, digits and . _ : / -";
}

}  // namespace oktasync::config
