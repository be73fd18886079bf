#include "tls_server.h"

#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>
#include <vector>

namespace oktasync::teleport {
namespace {

int ChooseH2(SSL* /*ssl*/, const unsigned char** out, unsigned char* size, const unsigned char* in,
             unsigned int in_size, void* /*unused*/) {
  static const unsigned char kH2[] = {2, 'h', '2'};
  return SSL_select_next_proto(const_cast<unsigned char**>(out), size, kH2, sizeof(kH2), in, in_size) ==
                 OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

TlsServer::TlsServer(Behaviour behaviour, const std::string& name) : behaviour_(behaviour), ca_("root") {
  playground::CertificateRequest mine;
  mine.organization = "Auth";
  mine.common_name = "2f1e.root";
  mine.dns_names = {name};
  const playground::KeyAndCertificate server = ca_.Issue(mine);
  playground::CertificateRequest theirs;
  theirs.organization = "Okta";
  theirs.common_name = "77aa.root";
  const playground::KeyAndCertificate client = ca_.Issue(theirs);
  identity_ = {Secret(client.key_pem), client.certificate_pem, ca_.certificate_pem(), 1};

  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context_.get(), ParseCertificates(server.certificate_pem)->front().get());
  SSL_CTX_use_PrivateKey(context_.get(), ParseKey(server.key_pem)->get());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  if (behaviour != Behaviour::kNoAlpn) SSL_CTX_set_alpn_select_cb(context_.get(), ChooseH2, nullptr);
  if (behaviour == Behaviour::kTls11) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_max_proto_version(context_.get(), TLS1_1_VERSION);
  }

  listener_ = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), raw, size) != 0 || listen(listener_.get(), 64) != 0 ||
      getsockname(listener_.get(), raw, &size) != 0) {
    throw std::runtime_error("TlsServer: no port");
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  stop_ = *Waker::Make();
  thread_ = std::thread([this] { Serve(); });
}

TlsServer::~TlsServer() {
  stop_.Wake();
  thread_.join();
}

void TlsServer::Serve() {
  std::vector<std::thread> talks;
  while (true) {
    pollfd waits[2] = {{listener_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    poll(waits, 2, -1);
    if (waits[1].revents != 0) break;
    const int client = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) talks.emplace_back([this, client] { Talk(UniqueFd(client)); });
  }
  for (std::thread& talk : talks) talk.join();
}

void TlsServer::Talk(UniqueFd client) {
  const auto wait_for_end = [this] {
    pollfd wait = {stop_.fd(), POLLIN, 0};
    poll(&wait, 1, -1);
  };
  if (behaviour_ == Behaviour::kSilent) return wait_for_end();
  if (behaviour_ == Behaviour::kPlainHttp) {
    const std::string answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    return wait_for_end();
  }
  const Owned<SSL> ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), client.get());
  if (SSL_accept(ssl.get()) != 1) {
    ERR_clear_error();
    return;
  }
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl.get());
  const X509* own = SSL_get0_peer_certificate(ssl.get());
  // On the server's side OpenSSL leaves the client's own certificate out of the chain.
  client_certificates_ = (own == nullptr ? 0 : 1) + (chain == nullptr ? 0 : sk_X509_num(chain));
  ++handshakes_;
  if (behaviour_ == Behaviour::kHangUp) return;
  wait_for_end();
}

}  // namespace oktasync::teleport
