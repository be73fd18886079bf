// A port of 127.0.0.1 that behaves badly in one way. For what the strict playground does not do.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "auth/pki.h"
#include "teleport/fd.h"
#include "teleport/identity.h"
#include "teleport/pem.h"

namespace oktasync::teleport {

class TlsServer {
 public:
  enum class Behaviour {
    kSilent,      // takes the connection and never says a word
    kPlainHttp,   // answers in clear text
    kNoAlpn,      // TLS without choosing a protocol
    kHangUp,      // TLS with h2, then closes
    kNeverReads,  // TLS with h2, then neither reads nor writes
    kTls11,       // speaks nothing newer than TLS 1.1
  };
  // `name` goes into the server's certificate.
  explicit TlsServer(Behaviour behaviour, const std::string& name = "teleport.cluster.local");
  ~TlsServer();

  const std::string& address() const { return address_; }
  // Of the server's CA, role Okta.
  const Identity& identity() const { return identity_; }
  // How many certificates the last client sent; -1 before that.
  int client_certificates() const { return client_certificates_; }
  // TLS stands on so many connections.
  int handshakes() const { return handshakes_; }

 private:
  void Serve();
  void Talk(UniqueFd client);

  const Behaviour behaviour_;
  playground::CertificateAuthority ca_;
  Owned<SSL_CTX> context_;
  Identity identity_;
  UniqueFd listener_;
  std::string address_;
  Waker stop_;
  std::atomic<int> client_certificates_{-1};
  std::atomic<int> handshakes_{0};
  std::thread thread_;
};

}  // namespace oktasync::teleport
