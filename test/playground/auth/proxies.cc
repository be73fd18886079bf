#include "auth/proxies.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>

#include "auth/render.h"

namespace playground {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr size_t kMaxRequest = 16 * 1024;

struct Seen {
  bool hello = false;
  std::vector<std::string> alpn;
};

int OnHello(SSL* ssl, int*, void* out) {
  auto& seen = *static_cast<Seen*>(out);
  seen.hello = true;
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &data, &size) == 1) {
    // Two bytes of length, then names with one byte of length each (RFC 7301).
    for (size_t at = 2; at < size && at + 1 + data[at] <= size; at += 1u + data[at]) {
      seen.alpn.emplace_back(reinterpret_cast<const char*>(data) + at + 1, data[at]);
    }
  }
  return SSL_CLIENT_HELLO_ERROR;  // nothing more is wanted of this session
}

// False when the bytes are no part of a ClientHello.
bool Look(const char* bytes, size_t size, Seen& seen) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_set_client_hello_cb(context.get(), OnHello, &seen);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  BIO* in = BIO_new(BIO_s_mem());
  BIO_write(in, bytes, static_cast<int>(size));
  SSL_set_bio(ssl.get(), in, BIO_new(BIO_s_mem()));
  ERR_clear_error();
  const int result = SSL_accept(ssl.get());
  const bool more = SSL_get_error(ssl.get(), result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return seen.hello || more;
}

std::string HexOf(const std::string& bytes) {
  std::string out;
  constexpr char kDigits[] = "0123456789abcdef";
  for (const unsigned char c : bytes) {
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

std::string Base64(const std::string& text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

void Say(int fd, const std::string& text) { send(fd, text.data(), text.size(), MSG_NOSIGNAL); }

// "" when it does not come whole.
std::string ReadHeader(int fd) {
  std::string text;
  while (text.size() < kMaxRequest && text.find("\r\n\r\n") == std::string::npos) {
    char c = 0;
    if (recv(fd, &c, 1, 0) != 1) return "";
    text += c;
  }
  return text;
}

// The value of a header, its name in any case; "" when it is not there.
std::string Header(const std::string& text, const std::string& name) {
  for (size_t at = text.find("\r\n"); at != std::string::npos && at + 2 < text.size();
       at = text.find("\r\n", at + 2)) {
    const size_t begin = at + 2, end = text.find("\r\n", begin);
    const std::string line = text.substr(begin, end - begin);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    bool same = true;
    for (size_t i = 0; i < name.size(); ++i) same = same && std::tolower(line[i]) == std::tolower(name[i]);
    const size_t value = line.find_first_not_of(' ', name.size() + 1);
    if (same) return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

}  // namespace

std::vector<std::string> PeekAlpn(int fd) {
  const auto give_up = Steady::now() + kPatience;
  std::vector<char> bytes(16 * 1024 + 5);
  for (ssize_t before = 0; Steady::now() < give_up;) {
    const ssize_t size = recv(fd, bytes.data(), bytes.size(), MSG_PEEK);
    if (size <= 0) return {};
    if (size == before) {
      // What is there keeps poll ready, so the rest is waited for in small steps.
      poll(nullptr, 0, 5);
      continue;
    }
    before = size;
    Seen seen;
    if (!Look(bytes.data(), static_cast<size_t>(size), seen)) return {};
    if (seen.hello) return seen.alpn;
  }
  return {};
}

void ProxyPort::Start(int auth_port, int own_port) {
  relay_.Start([this, auth_port, own_port](int client) {
    const std::vector<std::string> alpn = PeekAlpn(client);
    const std::string first = alpn.empty() ? "" : alpn.front();
    const bool auth = first == "teleport-auth@" + HexOf(cluster_) + ".teleport.cluster.local";
    const bool own = first == "teleport-proxy-grpc";
    record_.Add({{"side", "proxy"},
                 {"kind", "route"},
                 {"alpn", Utf8(first)},
                 {"to", auth  ? "auth"
                        : own ? "own"
                              : "nowhere"}});
    // The proxy's own TLS says what it thinks of other names.
    return ConnectTo("127.0.0.1", std::to_string(auth ? auth_port : own_port));
  });
}

void HttpProxy::Start() {
  relay_.Start([this](int client) { return Greet(client); });
}

void HttpProxy::Use(Rules rules) {
  std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
}

int HttpProxy::Greet(int client) {
  const std::string request = ReadHeader(client);
  Rules rules;
  {
    std::lock_guard lock(mutex_);
    rules = rules_;
  }
  const size_t first = request.find(' '), second = request.find(' ', first + 1);
  const bool connect = first != std::string::npos && second != std::string::npos &&
                       request.substr(0, first) == "CONNECT" && request.substr(second + 1, 8) == "HTTP/1.1";
  const std::string target = connect ? request.substr(first + 1, second - first - 1) : "";
  const size_t colon = target.rfind(':');
  const auto answer = [&](int status, const std::string& reason, const std::string& more) {
    record_.Add({{"side", "proxy"}, {"kind", "connect"}, {"target", Utf8(target)}, {"status", status}});
    const std::string padding =
        rules.padding == 0 ? "" : "X-Padding: " + std::string(rules.padding, 'x') + "\r\n";
    Say(client, "HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\n" + more + padding + "\r\n");
  };
  if (!connect || colon == std::string::npos || Header(request, "Host").empty()) {
    answer(400, "Bad Request", "Connection: close\r\n");
    return -1;
  }
  if (rules.silent) {
    record_.Add({{"side", "proxy"}, {"kind", "connect"}, {"target", Utf8(target)}, {"status", 0}});
    char c = 0;
    while (recv(client, &c, 1, 0) > 0) {
    }
    return -1;
  }
  if (!rules.credentials.empty() &&
      Header(request, "Proxy-Authorization") != "Basic " + Base64(rules.credentials)) {
    answer(407, "Proxy Authentication Required",
           "Proxy-Authenticate: Basic realm=\"company\"\r\nContent-Length: 0\r\n");
    return -1;
  }
  if (rules.refuse != 0) {
    answer(rules.refuse, "Refused by the playground", "Content-Length: 0\r\n");
    return -1;
  }
  std::string host = target.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  const int other = ConnectTo(host, target.substr(colon + 1));
  if (other < 0) {
    answer(502, "Bad Gateway", "Content-Length: 0\r\n");
    return -1;
  }
  answer(200, "Connection established", "");
  return other;
}

}  // namespace playground
