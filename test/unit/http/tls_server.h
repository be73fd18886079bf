// A TLS server on loopback whose every byte the test decides: it can cut, stall, reset and lie where a proper
// HTTP library would not let it.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "certs.h"

namespace oktasync::http_test {

// One accepted connection, on a thread of its own.
class Conn {
 public:
  Conn(int fd, SSL* ssl) : fd_(fd), ssl_(ssl) {}
  ~Conn();
  Conn(const Conn&) = delete;
  Conn& operator=(const Conn&) = delete;

  // Head and body (by Content-Length) of the next request; nullopt when the other side has gone.
  std::optional<std::string> ReadRequest();
  // Exactly `size` bytes.
  std::optional<std::string> Read(size_t size);
  bool Write(std::string_view bytes);
  // Waits until the other side closes, or for so long; true when it has closed.
  bool WaitClosed(int milliseconds = -1);
  void Close();  // TLS close_notify, then TCP close
  void Cut();    // TCP close, without a word in TLS
  void Reset();  // TCP reset
  int fd() const { return fd_; }
  std::string alpn() const;

 private:
  int fd_;
  SSL* ssl_;  // nullptr: a plain TCP server
  std::string buffer_;
};

using Handler = std::function<void(Conn&)>;
// Answers each request of a connection with what `respond` gives.
Handler Serve(std::function<std::string(const std::string& request)> respond);
// Answers one request with `bytes`, then closes properly.
Handler Once(std::string bytes);

struct ServerOptions {
  bool plain = false;  // no TLS at all
  int max_tls = 0;     // TLS1_1_VERSION, …
  bool http2 = false;  // picks h2 when the client offers it
};

class TlsServer {
 public:
  TlsServer(std::shared_ptr<const Leaf> leaf, Handler handler, ServerOptions options = {});
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string Url(const std::string& path, const std::string& host = "localhost") const;
  int port() const { return port_; }
  int connections() const { return connections_.load(); }

 private:
  void Accept();
  void Talk(int fd);

  const std::shared_ptr<const Leaf> leaf_;
  const Handler handler_;
  const ServerOptions options_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace oktasync::http_test
