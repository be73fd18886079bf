#include "auth/splice.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace playground {

void Splice(ssl_st* ssl, int client, int inner) {
  // One buffer each way; a side is read only when its buffer is empty, so a slow reader slows the other.
  struct Buffer {
    std::vector<char> data = std::vector<char>(64 * 1024);
    size_t begin = 0, end = 0;
    bool Empty() const { return begin == end; }
    char* At() { return data.data() + begin; }
    size_t Size() const { return end - begin; }
  } in, out;
  for (;;) {
    short client_events = 0, inner_events = 0;
    bool moved = false;
    // Client to server.
    if (in.Empty()) {
      ERR_clear_error();
      const int n = SSL_read(ssl, in.data.data(), static_cast<int>(in.data.size()));
      if (n > 0) {
        in.begin = 0;
        in.end = static_cast<size_t>(n);
        moved = true;
      } else {
        const int error = SSL_get_error(ssl, n);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return;
        client_events |= error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      }
    }
    if (!in.Empty()) {
      const ssize_t n = send(inner, in.At(), in.Size(), MSG_NOSIGNAL);
      if (n > 0) {
        in.begin += static_cast<size_t>(n);
        moved = true;
      } else if (errno == EAGAIN) {
        inner_events |= POLLOUT;
      } else {
        return;
      }
    }
    // Server to client.
    if (out.Empty()) {
      const ssize_t n = recv(inner, out.data.data(), out.data.size(), 0);
      if (n > 0) {
        out.begin = 0;
        out.end = static_cast<size_t>(n);
        moved = true;
      } else if (n < 0 && errno == EAGAIN) {
        inner_events |= POLLIN;
      } else {
        return;
      }
    }
    if (!out.Empty()) {
      ERR_clear_error();
      const int n = SSL_write(ssl, out.At(), static_cast<int>(out.Size()));
      if (n > 0) {
        out.begin += static_cast<size_t>(n);
        moved = true;
      } else {
        const int error = SSL_get_error(ssl, n);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return;
        client_events |= error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      }
    }
    if (moved) continue;
    pollfd fds[2] = {{client, client_events, 0}, {inner, inner_events, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    // A peer that is gone shows as hang-up even when nothing was asked of it.
    const auto gone = [](const pollfd& fd) {
      return (fd.revents & (POLLERR | POLLNVAL)) != 0 || (fd.events == 0 && (fd.revents & POLLHUP) != 0);
    };
    if (gone(fds[0]) || gone(fds[1])) return;
  }
}

}  // namespace playground
