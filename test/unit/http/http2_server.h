// Just enough of HTTP/2 (RFC 9113) to answer requests: every one gets the same answer.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "tls_server.h"

namespace oktasync::http_test {

class Http2Server {
 public:
  enum class Manner { kAnswer, kResetStream, kGoAway, kCutBody };
  explicit Http2Server(std::shared_ptr<const Leaf> leaf, Manner manner = Manner::kAnswer);

  std::string Url(const std::string& path) const { return server_.Url(path); }
  int connections() const { return server_.connections(); }
  int requests() const { return requests_.load(); }

 private:
  void Talk(Conn& conn);

  const Manner manner_;
  std::atomic<int> requests_{0};
  TlsServer server_;
};

}  // namespace oktasync::http_test
