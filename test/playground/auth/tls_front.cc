#include "auth/tls_front.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "auth/splice.h"
#include "auth/tls_context.h"

namespace playground {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kHandshakeTime = std::chrono::seconds(10);
// For how long a closed connection's caller is still known to handlers that are under way.
constexpr auto kAfterlife = std::chrono::seconds(5);

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* Generic(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

void SetNonBlocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

void SetNoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Our threads write to sockets that the other side closes when it likes.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

std::vector<std::string> NameEntries(X509_NAME* name, int nid) {
  std::vector<std::string> out;
  for (int at = X509_NAME_get_index_by_NID(name, nid, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, nid, at)) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) continue;
    out.emplace_back(reinterpret_cast<char*>(text), static_cast<size_t>(size));
    OPENSSL_free(text);
  }
  return out;
}

PeerIdentity IdentityOf(SSL* ssl, uint64_t connection) {
  PeerIdentity identity;
  identity.connection = connection;
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return identity;
  identity.certificate = true;
  X509_NAME* subject = X509_get_subject_name(certificate);
  identity.roles = NameEntries(subject, NID_organizationName);
  const auto names = NameEntries(subject, NID_commonName);
  if (!names.empty()) identity.common_name = names.back();
  const size_t dot = identity.common_name.find('.');
  identity.host_id = identity.common_name.substr(0, dot);
  if (dot != std::string::npos) identity.cluster = identity.common_name.substr(dot + 1);
  return identity;
}

}  // namespace

bool PeerIdentity::Has(const std::string& role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

TlsFront::TlsFront(Options options) : options_(std::move(options)) {}

TlsFront::~TlsFront() {
  Stop();
  SSL_CTX_free(context_);
}

void TlsFront::Start(int inner_port, const KeyAndCertificate& server, const std::string& ca_pem) {
  inner_port_ = inner_port;
  Use(server, ca_pem);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  Bind(options_.port);
  if (listen(listener_, 256) != 0) throw std::runtime_error("auth service: listen failed");
  acceptor_ = std::thread([this] { Accept(); });
}

void TlsFront::Use(const KeyAndCertificate& server, const std::string& ca_pem) {
  ssl_ctx_st* context = MakeServerContext(server, ca_pem, options_.proxy ? "teleport-proxy-grpc" : "h2");
  {
    std::lock_guard lock(mutex_);
    std::swap(context, context_);
  }
  SSL_CTX_free(context);  // sessions that stand hold it themselves
}

// A bound socket that does not listen keeps the port and refuses connections.
void TlsFront::Bind(int port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = Loopback(port);
  if (bind(listener_, Generic(address), sizeof address) != 0) {
    throw std::runtime_error("auth service: port " + std::to_string(port) + ": " + std::strerror(errno));
  }
  socklen_t size = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

void TlsFront::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(wake_, &one, sizeof one);
}

void TlsFront::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !acceptor_.joinable()) return;
    stopping_ = true;
    refusing_.notify_all();
  }
  Wake();
  acceptor_.join();
  CutAll();
  Reap(true);
  close(listener_);
  close(wake_);
}

void TlsFront::Accept() {
  BlockSignals();
  for (;;) {
    int timeout = -1;
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (refuse_now_) {
        refuse_now_ = false;
        const int port = port_;
        close(listener_);
        Bind(port);
        refusing_.notify_all();
      }
      if (refusing_until_) {
        const auto left = *refusing_until_ - Steady::now();
        if (left <= Steady::duration::zero()) {
          refusing_until_.reset();
          listen(listener_, 256);
        } else {
          timeout = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
        }
      }
    }
    // A socket that does not listen would report hang-up at once.
    pollfd fds[2] = {{wake_, POLLIN, 0}, {timeout < 0 ? listener_ : -1, POLLIN, 0}};
    poll(fds, 2, timeout);
    if (fds[0].revents != 0) {
      uint64_t count = 0;
      [[maybe_unused]] const ssize_t n = read(wake_, &count, sizeof count);
      continue;
    }
    if (fds[1].revents == 0) continue;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) continue;
    SetNoDelay(fd);
    Reap(false);
    std::lock_guard lock(mutex_);
    Connection& connection = connections_.emplace_back();
    connection.number = ++count_;
    connection.client = fd;
    connection.thread = std::thread([this, &connection] { Serve(connection); });
  }
}

void TlsFront::Reap(bool all) {
  std::list<Connection> finished;
  {
    std::lock_guard lock(mutex_);
    for (auto it = connections_.begin(); it != connections_.end();) {
      const auto next = std::next(it);
      if (all || it->done) finished.splice(finished.end(), connections_, it);
      it = next;
    }
  }
  for (Connection& connection : finished) connection.thread.join();
}

void TlsFront::CutAll() {
  std::lock_guard lock(mutex_);
  for (Connection& connection : connections_) {
    if (connection.client >= 0) shutdown(connection.client, SHUT_RDWR);
    if (connection.inner >= 0) shutdown(connection.inner, SHUT_RDWR);
  }
}

void TlsFront::Cut(uint64_t number) {
  std::lock_guard lock(mutex_);
  for (Connection& connection : connections_) {
    if (connection.number != number) continue;
    if (connection.client >= 0) shutdown(connection.client, SHUT_RDWR);
    if (connection.inner >= 0) shutdown(connection.inner, SHUT_RDWR);
  }
}

void TlsFront::RefuseFor(Steady::duration time) {
  std::unique_lock lock(mutex_);
  if (stopping_ || !acceptor_.joinable()) return;
  if (!refusing_until_) refuse_now_ = true;
  refusing_until_ = Steady::now() + time;
  Wake();
  // Only the acceptor may close the port that it waits on.
  refusing_.wait(lock, [this] { return !refuse_now_ || stopping_; });
}

std::optional<PeerIdentity> TlsFront::Find(const std::string& grpc_peer) {
  const size_t colon = grpc_peer.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const int port = std::atoi(grpc_peer.c_str() + colon + 1);
  std::lock_guard lock(mutex_);
  const auto it = peers_.find(port);
  if (it == peers_.end()) return std::nullopt;
  if (it->second.closed && Steady::now() - *it->second.closed > kAfterlife) {
    peers_.erase(it);
    return std::nullopt;
  }
  return it->second.identity;
}

void TlsFront::Report(const std::string& outcome, const PeerIdentity& identity) {
  if (options_.on_connection) options_.on_connection(outcome, identity);
}

bool TlsFront::Handshake(ssl_st* ssl, int fd, std::string& why) {
  const auto deadline = Steady::now() + kHandshakeTime;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(ssl);
    if (result == 1) return true;
    const int error = SSL_get_error(ssl, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      why = LastSslError();
      return false;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()).count();
    pollfd wait{fd, static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0) {
      why = "no end within 10 s";
      return false;
    }
  }
}

// The caller is registered before the first byte goes in, so no handler can miss it.
int TlsFront::ConnectInside(Connection& connection, const PeerIdentity& identity) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(inner_port_);
  if (fd < 0 || connect(fd, Generic(address), sizeof address) != 0) {
    if (fd >= 0) close(fd);
    return -1;
  }
  SetNoDelay(fd);
  SetNonBlocking(fd);
  sockaddr_in local{};
  socklen_t size = sizeof local;
  getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size);
  std::lock_guard lock(mutex_);
  connection.inner = fd;
  peers_[ntohs(local.sin_port)] = {identity, std::nullopt};
  return ntohs(local.sin_port);
}

void TlsFront::Serve(Connection& connection) {
  BlockSignals();
  SSL* ssl = nullptr;
  {
    std::lock_guard lock(mutex_);
    ssl = SSL_new(context_);
  }
  SSL_set_fd(ssl, connection.client);
  PeerIdentity identity;
  identity.through_proxy = options_.proxy;
  identity.connection = connection.number;
  std::string why;
  int inner_port = -1;
  if (!Handshake(ssl, connection.client, why)) {
    Report("handshake failed: " + why, identity);
  } else {
    identity = IdentityOf(ssl, connection.number);
    identity.through_proxy = options_.proxy;
    // On the server's side this chain leaves out the client's own certificate.
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
    if (chain != nullptr && sk_X509_num(chain) > 0) {
      Report("more than one certificate", identity);
    } else {
      inner_port = ConnectInside(connection, identity);
      Report("accepted", identity);
      if (inner_port >= 0) Splice(ssl, connection.client, connection.inner);
    }
  }
  SSL_free(ssl);
  std::lock_guard lock(mutex_);
  if (const auto peer = peers_.find(inner_port); peer != peers_.end()) peer->second.closed = Steady::now();
  close(connection.client);
  if (connection.inner >= 0) close(connection.inner);
  connection.client = connection.inner = -1;
  connection.done = true;
}

}  // namespace playground
