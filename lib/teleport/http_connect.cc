#include "teleport/http_connect.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "teleport/tcp.h"

namespace oktasync::teleport {
namespace {

constexpr size_t kMaxHeader = 16 * 1024;
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

// RFC 4648 section 4.
Secret Base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(size));
  return Secret(std::move(out));
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

// Not thread-safe; for one exchange.
class Exchange {
 public:
  Exchange(int fd, const Deadline& deadline, const Waker& waker)
      : fd_(fd), deadline_(deadline), waker_(waker) {}

  absl::Status Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n > 0) {
        text.remove_prefix(static_cast<size_t>(n));
      } else if (n < 0 && errno == EINTR) {
        continue;
      } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        OKTASYNC_RETURN_IF_ERROR(WaitFor(fd_, POLLOUT, deadline_, waker_));
      } else {
        return Broken(errno);
      }
    }
    return absl::OkStatus();
  }

  // Up to and with the empty line, and not a byte more: what follows is the tunnel's.
  absl::StatusOr<std::string> ReadHeader() {
    std::string text;
    while (!text.ends_with("\r\n\r\n")) {
      if (text.size() >= kMaxHeader) {
        return MakeStatus(absl::StatusCode::kFailedPrecondition,
                          "its answer to CONNECT has a header of more than 16 KiB; is it an HTTP proxy?");
      }
      char c = 0;
      const ssize_t n = recv(fd_, &c, 1, 0);
      if (n == 1) {
        text += c;
        if (!std::string_view("HTTP/1.").starts_with(std::string_view(text).substr(0, 7))) {
          return MakeStatus(absl::StatusCode::kFailedPrecondition,
                            "it does not speak HTTP/1.1; is that the address of an HTTP proxy?");
        }
      } else if (n < 0 && errno == EINTR) {
        continue;
      } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        OKTASYNC_RETURN_IF_ERROR(WaitFor(fd_, POLLIN, deadline_, waker_));
      } else {
        return Broken(n == 0 ? 0 : errno);
      }
    }
    return text;
  }

 private:
  static absl::Status Broken(int error) {
    return MakeStatus(absl::StatusCode::kUnavailable,
                      error == 0 ? std::string("it closed the connection without an answer to CONNECT")
                                 : "the connection broke: " + ErrnoText(error));
  }

  int fd_;
  const Deadline& deadline_;
  const Waker& waker_;
};

absl::Status Judge(const std::string& header, const std::string& address, bool with_credentials) {
  int status = 0;
  if (header.size() > 12 && header[8] == ' ') {
    std::from_chars(header.data() + 9, header.data() + 12, status);
  }
  if (status >= 200 && status < 300) return absl::OkStatus();
  const std::string said = "it answered \"" + Escape(header.substr(0, header.find("\r\n")), 128) + "\"";
  if (status == 407) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        said + (with_credentials ? ": it does not accept the name and password of the proxy's URL, or wants "
                                   "another scheme than Basic"
                                 : ": it wants a name and a password, which go into the proxy's URL "
                                   "(https_proxy=http://name:password@host:port)"));
  }
  if (status >= 500) {
    return MakeStatus(absl::StatusCode::kUnavailable, said + ": it cannot reach " + Escape(address) +
                                                          "; check the address, and the proxy's log");
  }
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    said + ": it does not let us connect to " + Escape(address) +
                        "; have its rules changed, or name the host in no_proxy to go directly");
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

absl::StatusOr<UniqueFd> ConnectThroughProxy(const HttpProxy& proxy, const std::string& address,
                                             const Deadline& deadline, Cancel& cancel) {
  const std::string context = "through the HTTP proxy " + Escape(proxy.address);
  auto fd = ConnectTcp(proxy.address, deadline, cancel);
  if (!fd.ok()) return Annotate(fd.status(), context);
  OKTASYNC_ASSIGN_OR_RETURN(const Waker waker, Waker::Make());
  Cancel::Registration stop(cancel, [&waker] { waker.Wake(); });
  Exchange exchange(fd->get(), deadline, waker);
  const absl::Status status = [&]() -> absl::Status {
    const std::string begin =
        "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: oktasync\r\n";
    OKTASYNC_RETURN_IF_ERROR(exchange.Send(begin));
    if (!proxy.credentials.empty()) {
      const Secret text = Base64(proxy.credentials.Reveal());
      OKTASYNC_RETURN_IF_ERROR(exchange.Send("Proxy-Authorization: Basic "));
      OKTASYNC_RETURN_IF_ERROR(exchange.Send(text.Reveal()));
      OKTASYNC_RETURN_IF_ERROR(exchange.Send("\r\n"));
    }
    OKTASYNC_RETURN_IF_ERROR(exchange.Send("\r\n"));
    const absl::StatusOr<std::string> header = exchange.ReadHeader();
    if (!header.ok()) return header.status();
    return Judge(*header, address, !proxy.credentials.empty());
  }();
  if (status.ok()) return fd;
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("connecting " + context));
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return MakeStatus(absl::StatusCode::kUnavailable, context + ": it did not answer CONNECT in time");
  }
  return Annotate(status, context);
}

}  // namespace oktasync::teleport
