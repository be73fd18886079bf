#include "auth/relay_port.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <stdexcept>

namespace playground {
namespace {

bool SendAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

// One direction at a time is enough: neither side waits for the other to read.
void Move(int a, int b) {
  char buffer[64 * 1024];
  for (;;) {
    pollfd fds[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    for (const auto& [from, to] : {std::pair(0, b), std::pair(1, a)}) {
      if (fds[from].revents == 0) continue;
      const ssize_t n = recv(fds[from].fd, buffer, sizeof buffer, 0);
      if (n <= 0 || !SendAll(to, buffer, static_cast<size_t>(n))) return;
    }
  }
}

void NoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

int ConnectTo(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &list) != 0) return -1;
  int fd = -1;
  for (const addrinfo* item = list; item != nullptr && fd < 0; item = item->ai_next) {
    fd = socket(item->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, item->ai_addr, item->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(list);
  if (fd >= 0) NoDelay(fd);
  return fd;
}

void RelayPort::Start(Greeting greeting) {
  greeting_ = std::move(greeting);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, raw, size) != 0 || listen(listener_, 256) != 0 ||
      getsockname(listener_, raw, &size) != 0) {
    throw std::runtime_error("playground: no port for a proxy");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

void RelayPort::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !acceptor_.joinable()) return;
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);  // ends accept
  }
  acceptor_.join();
  CutAll();
  Reap(true);
  close(listener_);
}

void RelayPort::CutAll() {
  std::lock_guard lock(mutex_);
  for (const Connection& connection : connections_) {
    if (connection.client >= 0) shutdown(connection.client, SHUT_RDWR);
    if (connection.other >= 0) shutdown(connection.other, SHUT_RDWR);
  }
}

void RelayPort::Accept() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    Reap(false);
    std::lock_guard lock(mutex_);
    if (stopping_) {
      if (fd >= 0) close(fd);
      return;
    }
    if (fd < 0) continue;
    NoDelay(fd);
    Connection& connection = connections_.emplace_back();
    connection.client = fd;
    connection.thread = std::thread([this, &connection] { Serve(connection); });
  }
}

void RelayPort::Serve(Connection& connection) {
  // A client that says nothing does not stay for ever.
  const timeval patience{10, 0};
  setsockopt(connection.client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int other = greeting_(connection.client);
  const timeval forever{0, 0};
  setsockopt(connection.client, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
  bool stopping = false;
  {
    std::lock_guard lock(mutex_);
    connection.other = other;
    stopping = stopping_;
  }
  if (other >= 0 && !stopping) Move(connection.client, other);
  std::lock_guard lock(mutex_);
  close(connection.client);
  if (connection.other >= 0) close(connection.other);
  connection.client = connection.other = -1;
  connection.done = true;
}

void RelayPort::Reap(bool all) {
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

}  // namespace playground
