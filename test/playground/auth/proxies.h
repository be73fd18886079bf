// What stands between a host and the auth server: Teleport's proxy port, and an HTTP proxy as companies have them.
//
// Proxy port (facts/teleport-api.md 7.2): looks at the first ALPN name of the ClientHello and at nothing else.
// "teleport-auth@<hex of the cluster>.teleport.cluster.local" is moved, unread, to the auth server;
// "teleport-proxy-grpc" ends in the proxy's own TLS, with its web certificate; everything else is refused there.
// HTTP proxy: CONNECT alone (RFC 9110 section 9.3.6), names resolved here, with Basic credentials when it is told so.
// Record: {side "proxy", kind "connect", target, status} for CONNECT, {…, kind "route", alpn, to} for the port.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "auth/relay_port.h"
#include "record.h"

namespace playground {

// ALPN names of the ClientHello that waits in the socket's queue, which stays there. Empty when there is none within
// 10 s, or when the first bytes are no ClientHello.
std::vector<std::string> PeekAlpn(int fd);

class ProxyPort {
 public:
  ProxyPort(Record& record, std::string cluster) : record_(record), cluster_(std::move(cluster)) {}
  // Ports of the auth server and of the proxy's own TLS.
  void Start(int auth_port, int own_port);
  void Stop() { relay_.Stop(); }
  void CutAll() { relay_.CutAll(); }
  int port() const { return relay_.port(); }

 private:
  Record& record_;
  const std::string cluster_;
  RelayPort relay_;
};

class HttpProxy {
 public:
  explicit HttpProxy(Record& record) : record_(record) {}
  void Start();
  void Stop() { relay_.Stop(); }
  int port() const { return relay_.port(); }

  struct Rules {
    std::string credentials;  // "user:password"; "": everybody may
    int refuse = 0;           // answer every CONNECT with this status
    bool silent = false;      // take the request and never answer
    size_t padding = 0;       // bytes of header in front of each answer's end
  };
  void Use(Rules rules);

 private:
  int Greet(int client);

  Record& record_;
  std::mutex mutex_;
  Rules rules_;
  RelayPort relay_;
};

}  // namespace playground
