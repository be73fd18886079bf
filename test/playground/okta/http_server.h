// A small HTTP/1.1 server on 127.0.0.1, plain or over TLS: the only place that knows cpp-httplib.
//
// The handler is called by many threads at once. Stop (or the destructor) cuts open connections and returns
// when no handler runs any more; whoever lets handlers wait must end those waits first. The process must
// ignore SIGPIPE.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "okta/crypto.h"
#include "okta/message.h"

namespace playground::okta {

class HttpServer {
 public:
  using Handler = std::function<Reply(const Request&)>;

  // Port 0 takes a free one. `identity` nullptr: plain HTTP. Throws std::runtime_error when it cannot listen.
  HttpServer(int port, const ServerIdentity* identity, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  void Start();
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace playground::okta
