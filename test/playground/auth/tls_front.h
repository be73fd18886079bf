// The TLS port of the auth service: ends TLS with OpenSSL, looks at who is there, and splices the bytes to
// the gRPC server inside.
//
// TLS is ours because gRPC's own would let through what Teleport refuses (facts/teleport-api.md 0.2, 7.1): a
// handshake without ALPN h2 is refused, and a client that sends more than one certificate is hung up on after
// the handshake without a word. Each connection has a thread; thread-safe after Start. The inner connection's
// local port tells the gRPC handlers who their caller is (Find).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "auth/pki.h"

struct ssl_ctx_st;
struct ssl_st;

namespace playground {

// Who opened a connection, from the client's certificate.
struct PeerIdentity {
  uint64_t connection = 0;  // counts up, in the order of accepting
  bool certificate = false;
  bool through_proxy = false;  // by the proxy's gRPC, which serves joining alone
  std::string common_name;
  std::string host_id;             // the common name up to the first dot
  std::string cluster;             // and after it
  std::vector<std::string> roles;  // every O of the Subject

  bool Has(const std::string& role) const;
};

class TlsFront {
 public:
  struct Options {
    int port = 0;        // 0: any free one
    bool proxy = false;  // the proxy's own gRPC: ALPN teleport-proxy-grpc, no client certificates
    // Told of every connection and its end of the handshake: "accepted", "more than one certificate",
    // "handshake failed: …".
    std::function<void(const std::string& outcome, const PeerIdentity&)> on_connection;
  };

  explicit TlsFront(Options options);
  ~TlsFront();

  // `inner_port` is the gRPC server's, `server` our key and certificate, `ca_pem` whose certificates clients
  // may show. Throws std::runtime_error.
  void Start(int inner_port, const KeyAndCertificate& server, const std::string& ca_pem);
  void Stop();
  int port() const { return port_; }

  // From the next connection on; those that exist live on.
  void Use(const KeyAndCertificate& server, const std::string& ca_pem);
  // Closes every connection without a word on any level.
  void CutAll();
  // Refuses connections (ECONNREFUSED) for so long, from its return. Those that exist live on.
  void RefuseFor(std::chrono::steady_clock::duration time);
  // Who stands behind gRPC's ServerContext::peer().
  std::optional<PeerIdentity> Find(const std::string& grpc_peer);
  // Closes the connection that this caller came by.
  void Cut(uint64_t connection);

 private:
  struct Connection {
    uint64_t number = 0;
    int client = -1;
    int inner = -1;
    bool done = false;
    std::thread thread;
  };
  struct Peer {
    PeerIdentity identity;
    std::optional<std::chrono::steady_clock::time_point> closed;
  };

  void Accept();
  void Serve(Connection& connection);
  bool Handshake(ssl_st* ssl, int fd, std::string& why);
  int ConnectInside(Connection& connection, const PeerIdentity& identity);
  void Bind(int port);
  void Wake();
  void Report(const std::string& outcome, const PeerIdentity& identity);
  void Reap(bool all);

  Options options_;
  int inner_port_ = 0;
  int port_ = 0;
  int wake_ = -1;  // eventfd that wakes the acceptor
  std::thread acceptor_;

  std::mutex mutex_;
  ssl_ctx_st* context_ = nullptr;
  int listener_ = -1;
  std::optional<std::chrono::steady_clock::time_point> refusing_until_;
  bool refuse_now_ = false;
  std::condition_variable refusing_;
  bool stopping_ = false;
  uint64_t count_ = 0;
  std::list<Connection> connections_;
  std::map<int, Peer> peers_;  // by local port of the inner connection
};

}  // namespace playground
