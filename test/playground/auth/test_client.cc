#include "auth/test_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "grpcpp/create_channel_posix.h"
#include "grpcpp/support/channel_arguments.h"

namespace playground {

TestClient::TestClient(const TestClientOptions& options) {
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_mode(
      context_, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_load_verify_locations(context_, options.ca_file.c_str(), nullptr);
  if (!options.key_file.empty()) {
    SSL_CTX_use_PrivateKey_file(context_, options.key_file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_certificate_file(context_, options.certificate_file.c_str(), SSL_FILETYPE_PEM);
  }
  if (!options.extra_certificate_file.empty()) {
    BIO* bio = BIO_new_file(options.extra_certificate_file.c_str(), "r");
    SSL_CTX_add_extra_chain_cert(context_, PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
    BIO_free(bio);
  }
  std::string alpn;
  for (const std::string& name : options.alpn) alpn += static_cast<char>(name.size()) + name;

  const size_t colon = options.address.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(options.address.substr(colon + 1))));
  inet_pton(AF_INET, options.address.substr(0, colon).c_str(), &address.sin_addr);
  tcp_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(tcp_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    error_ = std::strerror(errno);
    return;
  }
  const int on = 1;
  setsockopt(tcp_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, tcp_);
  // What the macro SSL_set_tlsext_host_name does, without its old-style cast.
  std::string server_name = options.server_name;
  SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, server_name.data());
  SSL_set1_host(ssl_, server_name.c_str());
  if (!alpn.empty()) {
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  }
  ERR_clear_error();
  if (SSL_connect(ssl_) != 1) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    error_ = reason != nullptr ? reason : "closed";
    return;
  }
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &chosen, &size);
  verified_ = SSL_get_verify_result(ssl_) == X509_V_OK && size == 2 && std::memcmp(chosen, "h2", 2) == 0;

  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    error_ = std::strerror(errno);
    return;
  }
  inside_ = pair[0];
  fcntl(tcp_, F_SETFL, O_NONBLOCK);
  pump_ = std::thread([this] { Pump(); });
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomInsecureChannelFromFd("teleport.cluster.local", pair[1], arguments);
}

void TestClient::Pump() {
  std::string up, down;
  char buffer[32 * 1024];
  bool open = true;
  while (open) {
    bool moved = false;
    short tcp_events = POLLIN, inside_events = POLLIN;
    if (down.empty()) {
      const int n = SSL_read(ssl_, buffer, sizeof buffer);
      if (n > 0) {
        down.assign(buffer, static_cast<size_t>(n));
        moved = true;
      } else {
        open = SSL_get_error(ssl_, n) == SSL_ERROR_WANT_READ;
      }
    }
    if (!down.empty()) {
      const ssize_t n = send(inside_, down.data(), down.size(), MSG_NOSIGNAL);
      if (n > 0) {
        down.erase(0, static_cast<size_t>(n));
        moved = true;
      } else if (errno == EAGAIN) {
        inside_events |= POLLOUT;
      } else {
        open = false;
      }
    }
    if (up.empty()) {
      const ssize_t n = recv(inside_, buffer, sizeof buffer, 0);
      if (n > 0) {
        up.assign(buffer, static_cast<size_t>(n));
        moved = true;
      } else if (n == 0 || errno != EAGAIN) {
        open = false;
      }
    }
    if (!up.empty()) {
      const int n = SSL_write(ssl_, up.data(), static_cast<int>(up.size()));
      if (n > 0) {
        up.erase(0, static_cast<size_t>(n));
        moved = true;
      } else if (SSL_get_error(ssl_, n) == SSL_ERROR_WANT_WRITE) {
        tcp_events |= POLLOUT;
      } else {
        open = false;
      }
    }
    if (moved || !open) continue;
    pollfd fds[2] = {{tcp_, tcp_events, 0}, {inside_, inside_events, 0}};
    poll(fds, 2, -1);
  }
  shutdown(inside_, SHUT_RDWR);
  shutdown(tcp_, SHUT_RDWR);
}

TestClient::~TestClient() {
  channel_.reset();
  if (inside_ >= 0) shutdown(inside_, SHUT_RDWR);
  if (pump_.joinable()) pump_.join();
  if (inside_ >= 0) close(inside_);
  SSL_free(ssl_);
  if (tcp_ >= 0) close(tcp_);
  SSL_CTX_free(context_);
}

}  // namespace playground
