#include "teleport/http_proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "teleport/resolve.h"

namespace oktasync::teleport {
namespace {

constexpr std::string_view kDefaultPort = "1080";  // libcurl's, for a URL without one

absl::Status Invalid(std::string_view why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument,
                    "the HTTP proxy of the environment (https_proxy, HTTPS_PROXY, all_proxy or ALL_PROXY) " +
                        std::string(why));
}

std::string Variable(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return "";
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986 section 2.1; a percent sign that begins no pair stands for itself.
std::string PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// 4 or 16 bytes, or none when the text is no address.
std::vector<uint8_t> AddressBytes(std::string_view text) {
  const std::string copy(text);
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return {bytes.begin(), bytes.begin() + 4};
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return {bytes.begin(), bytes.end()};
  return {};
}

bool InNetwork(const std::vector<uint8_t>& address, std::string_view pattern) {
  const size_t slash = pattern.find('/');
  std::string_view base = pattern.substr(0, slash);
  if (base.size() > 2 && base.front() == '[' && base.back() == ']') base = base.substr(1, base.size() - 2);
  const std::vector<uint8_t> network = AddressBytes(base);
  if (network.size() != address.size()) return false;
  size_t bits = address.size() * 8;
  if (slash != std::string_view::npos) {
    const std::string_view digits = pattern.substr(slash + 1);
    size_t given = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
    if (error != std::errc() || end != digits.data() + digits.size() || given > bits) return false;
    if (given > 0) bits = given;  // libcurl takes 0 for "all of it"
  }
  const size_t whole = bits / 8, rest = bits % 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), network.begin())) {
    return false;
  }
  const auto mask = static_cast<uint8_t>(0xFF00 >> rest);
  return rest == 0 || ((address[whole] ^ network[whole]) & mask) == 0;
}

bool IsTail(std::string_view host, std::string_view pattern) {
  if (pattern.ends_with('.')) pattern.remove_suffix(1);
  if (pattern.starts_with('.')) pattern.remove_prefix(1);
  if (pattern.empty() || host.size() < pattern.size()) return false;
  if (!EqualsIgnoreCase(host.substr(host.size() - pattern.size()), pattern)) return false;
  return host.size() == pattern.size() || host[host.size() - pattern.size() - 1] == '.';
}

}  // namespace

bool MatchesNoProxy(std::string_view no_proxy, std::string_view host) {
  if (host.empty() || no_proxy.empty()) return false;
  if (no_proxy == "*") return true;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const std::vector<uint8_t> address = AddressBytes(host);
  if (host.ends_with('.')) host.remove_suffix(1);
  while (!no_proxy.empty()) {
    const auto separates = [](char c) { return c == ',' || IsBlank(c); };
    const auto end = std::find_if(no_proxy.begin(), no_proxy.end(), separates);
    const std::string_view token = no_proxy.substr(0, static_cast<size_t>(end - no_proxy.begin()));
    if (!token.empty() && (address.empty() ? IsTail(host, token) : InNetwork(address, token))) return true;
    no_proxy.remove_prefix(std::min(no_proxy.size(), token.size() + 1));
  }
  return false;
}

ProxyEnvironment ProxyEnvironment::OfProcess() {
  ProxyEnvironment out;
  out.https_proxy = Secret(Variable({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}));
  out.no_proxy = Variable({"no_proxy", "NO_PROXY"});
  return out;
}

absl::StatusOr<std::optional<HttpProxy>> ProxyEnvironment::For(const std::string& host) const {
  if (https_proxy.empty() || MatchesNoProxy(no_proxy, host)) return std::nullopt;
  std::string_view url = https_proxy.Reveal();
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    const std::string name = FoldCase(url.substr(0, scheme));
    if (name == "https") {
      return Invalid("is reached by TLS (https://), which is not built in; use its http:// port");
    }
    if (name != "http") return Invalid("is no HTTP proxy (its URL begins otherwise than with http://)");
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find_first_of("/?#"));
  HttpProxy proxy;
  if (const size_t at = url.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = url.substr(0, at);
    // Name and password are decoded apart: only the first colon that is not encoded separates them.
    const size_t colon = user.find(':');
    std::string text = PercentDecode(user.substr(0, colon)) + ":";
    if (colon != std::string_view::npos) text += PercentDecode(user.substr(colon + 1));
    proxy.credentials = Secret(std::move(text));
    url.remove_prefix(at + 1);
  }
  const size_t bracket = url.rfind(']');
  const size_t colon = url.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  proxy.address = std::string(url);
  if (!has_port) proxy.address += ":" + std::string(kDefaultPort);
  // What is no address may be a password in the wrong place, so it is not repeated.
  if (!SplitAddress(proxy.address).ok()) {
    return Invalid("is not of the form http://host:port or http://name:password@host:port");
  }
  return proxy;
}

}  // namespace oktasync::teleport
