#include "tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

namespace oktasync::http_test {
namespace {

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
               unsigned in_size, void*) {
  static const unsigned char kH2[] = {2, 'h', '2'};
  return SSL_select_next_proto(const_cast<unsigned char**>(out), out_size, kH2, sizeof(kH2), in, in_size) ==
                 OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Conn::~Conn() { Close(); }

std::optional<std::string> Conn::Read(size_t size) {
  while (buffer_.size() < size) {
    char chunk[4096];
    const int got = ssl_ != nullptr ? SSL_read(ssl_, chunk, sizeof(chunk))
                                    : static_cast<int>(recv(fd_, chunk, sizeof(chunk), 0));
    if (got <= 0) return std::nullopt;
    buffer_.append(chunk, static_cast<size_t>(got));
  }
  std::string out = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

std::optional<std::string> Conn::ReadRequest() {
  std::string head;
  while (head.size() < 4 || head.compare(head.size() - 4, 4, "\r\n\r\n") != 0) {
    const std::optional<std::string> byte = Read(1);
    if (!byte) return std::nullopt;
    head += *byte;
  }
  const size_t at = head.find("Content-Length: ");
  if (at == std::string::npos) return head;
  const std::optional<std::string> body = Read(std::stoul(head.substr(at + 16)));
  if (!body) return std::nullopt;
  return head + *body;
}

bool Conn::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                     : static_cast<int>(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool Conn::WaitClosed(int milliseconds) {
  pollfd waiting = {.fd = fd_, .events = POLLIN | POLLRDHUP, .revents = 0};
  return poll(&waiting, 1, milliseconds) > 0;
}

std::string Conn::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  if (ssl_ != nullptr) SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

void Conn::Close() {
  if (ssl_ != nullptr) SSL_shutdown(ssl_);
  Cut();
}

void Conn::Cut() {
  SSL_free(ssl_);
  ssl_ = nullptr;
  // The descriptor itself is closed by the server, which may have to wake us through it.
  if (fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

void Conn::Reset() {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  SSL_free(ssl_);
  ssl_ = nullptr;
  fd_ = -1;  // closing it, which sends the reset, is the server's
}

Handler Serve(std::function<std::string(const std::string&)> respond) {
  return [respond = std::move(respond)](Conn& conn) {
    while (const std::optional<std::string> request = conn.ReadRequest()) {
      if (!conn.Write(respond(*request))) return;
    }
  };
}

Handler Once(std::string bytes) {
  return [bytes = std::move(bytes)](Conn& conn) {
    if (conn.ReadRequest()) conn.Write(bytes);
  };
}

TlsServer::TlsServer(std::shared_ptr<const Leaf> leaf, Handler handler, ServerOptions options)
    : leaf_(std::move(leaf)), handler_(std::move(handler)), options_(options) {
  context_ = SSL_CTX_new(TLS_server_method());
  if (options_.max_tls != 0) {
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, options_.max_tls);
  }
  if (options_.http2) SSL_CTX_set_alpn_select_cb(context_, SelectAlpn, nullptr);
  if (leaf_ != nullptr) {
    REQUIRE(SSL_CTX_use_certificate(context_, leaf_->certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_, leaf_->key.get()) == 1);
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener_, 128) == 0);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TlsServer::~TlsServer() {
  shutdown(listener_, SHUT_RDWR);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
  SSL_CTX_free(context_);
}

std::string TlsServer::Url(const std::string& path, const std::string& host) const {
  return "https://" + host + ":" + std::to_string(port_) + path;
}

void TlsServer::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno != EMFILE) return;
      std::this_thread::yield();  // a test takes the descriptors away for a moment
      continue;
    }
    std::lock_guard lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    ++connections_;
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { Talk(fd); });
  }
}

void TlsServer::Talk(int fd) {
  SSL* ssl = nullptr;
  if (!options_.plain) {
    ssl = SSL_new(context_);
    SSL_set_fd(ssl, fd);
  }
  if (ssl == nullptr || SSL_accept(ssl) == 1) {
    Conn conn(fd, ssl);
    handler_(conn);
  } else {
    SSL_free(ssl);
  }
  std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  close(fd);
}

}  // namespace oktasync::http_test
