// A loopback port that looks at each connection and then moves its bytes, unread, to another port.
//
// What the proxy's port and the HTTP proxy share. Each connection has a thread. Thread-safe after Start.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace playground {

class RelayPort {
 public:
  // Looks at the client, perhaps answers it, and gives the descriptor of the other side, which the port then owns;
  // -1 to end the connection. The descriptor blocks and is the port's.
  using Greeting = std::function<int(int client)>;

  RelayPort() = default;
  ~RelayPort() { Stop(); }
  RelayPort(const RelayPort&) = delete;
  RelayPort& operator=(const RelayPort&) = delete;

  // Throws std::runtime_error.
  void Start(Greeting greeting);
  void Stop();
  void CutAll();
  int port() const { return port_; }

 private:
  struct Connection {
    int client = -1;
    int other = -1;
    bool done = false;
    std::thread thread;
  };
  void Accept();
  void Serve(Connection& connection);
  void Reap(bool all);

  Greeting greeting_;
  int port_ = 0;
  int listener_ = -1;
  std::thread acceptor_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<Connection> connections_;
};

// A blocking connection to a host and port, or -1.
int ConnectTo(const std::string& host, const std::string& port);

}  // namespace playground
