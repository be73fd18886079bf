#include "teleport/http_connect.h"

#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/secret.h"
#include "base/status.h"
#include "base/text.h"
#include "teleport/connect_answer.h"
#include "teleport/tcp.h"

namespace oktasync::teleport {
namespace {

// RFC 4648 section 4.
Secret Base64(std::string_view text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(size));
  return Secret(std::move(out));
}

// Not thread-safe; for one exchange.
class Exchange {
 public:
  Exchange(int fd, const Deadline& deadline, const Waker& waker)
      : fd_(fd), deadline_(deadline), waker_(waker) {}

  absl::Status Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n > 0) {
        text.remove_prefix(static_cast<size_t>(n));
      } else if (n < 0 && errno == EINTR) {
        continue;
      } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        OKTASYNC_RETURN_IF_ERROR(WaitFor(fd_, POLLOUT, deadline_, waker_));
      } else {
        return Broken(errno);
      }
    }
    return absl::OkStatus();
  }

  // Up to and with the empty line, and not a byte more: what follows is the tunnel's.
  absl::StatusOr<ConnectAnswer> ReadAnswer() {
    ConnectAnswer answer;
    while (!answer.whole()) {
      char c = 0;
      const ssize_t n = recv(fd_, &c, 1, 0);
      if (n == 1) {
        OKTASYNC_RETURN_IF_ERROR(answer.Take(c));
      } else if (n < 0 && errno == EINTR) {
        continue;
      } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        OKTASYNC_RETURN_IF_ERROR(WaitFor(fd_, POLLIN, deadline_, waker_));
      } else {
        return Broken(n == 0 ? 0 : errno);
      }
    }
    return answer;
  }

 private:
  static absl::Status Broken(int error) {
    return MakeStatus(absl::StatusCode::kUnavailable,
                      error == 0 ? std::string("it closed the connection without an answer to CONNECT")
                                 : "the connection broke: " + ErrnoText(error));
  }

  int fd_;
  const Deadline& deadline_;
  const Waker& waker_;
};

}  // namespace

absl::StatusOr<UniqueFd> ConnectThroughProxy(const HttpProxy& proxy, const std::string& address,
                                             const Deadline& deadline, Cancel& cancel) {
  const std::string context = "through the HTTP proxy " + Escape(proxy.address);
  auto fd = ConnectTcp(proxy.address, deadline, cancel);
  if (!fd.ok()) return Annotate(fd.status(), context);
  OKTASYNC_ASSIGN_OR_RETURN(const Waker waker, Waker::Make());
  Cancel::Registration stop(cancel, [&waker] { waker.Wake(); });
  Exchange exchange(fd->get(), deadline, waker);
  const absl::Status status = [&]() -> absl::Status {
    const std::string begin =
        "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: oktasync\r\n";
    OKTASYNC_RETURN_IF_ERROR(exchange.Send(begin));
    if (!proxy.credentials.empty()) {
      const Secret text = Base64(proxy.credentials.Reveal());
      OKTASYNC_RETURN_IF_ERROR(exchange.Send("Proxy-Authorization: Basic "));
      OKTASYNC_RETURN_IF_ERROR(exchange.Send(text.Reveal()));
      OKTASYNC_RETURN_IF_ERROR(exchange.Send("\r\n"));
    }
    OKTASYNC_RETURN_IF_ERROR(exchange.Send("\r\n"));
    const absl::StatusOr<ConnectAnswer> answer = exchange.ReadAnswer();
    if (!answer.ok()) return answer.status();
    return answer->Judge(address, !proxy.credentials.empty());
  }();
  if (status.ok()) return fd;
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("connecting " + context));
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return MakeStatus(absl::StatusCode::kUnavailable, context + ": it did not answer CONNECT in time");
  }
  return Annotate(status, context);
}

}  // namespace oktasync::teleport
