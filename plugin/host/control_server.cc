#include "control_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "control_stream.h"

namespace oktasync::host {
namespace {

constexpr size_t kChunk = 64 << 10;
constexpr int kRestMs = 100;  // after an accept that failed for want of something

// A whole answer of our own, for what httplib does not get to hear. One try: who does not read it goes without.
void SendRefusal(int fd, int http, const char* reason, const PluginError& error) {
  const std::string body = ErrorAnswer(error).body;
  const std::string answer = "HTTP/1.1 " + std::to_string(http) + " " + reason +
                             "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body;
  [[maybe_unused]] const ssize_t sent = ::send(fd, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void PutInto(ControlAnswer answer, httplib::Response& to) {
  to.status = answer.http;
  if (answer.document.owner == nullptr) {
    to.set_content(answer.body, "application/json");
    return;
  }
  const Document document = std::move(answer.document);
  to.set_content_provider(document.text.size(), "application/json",
                          [document](size_t offset, size_t length, httplib::DataSink& sink) {
                            const std::string_view part =
                                document.text.substr(offset, std::min(length, kChunk));
                            return sink.write(part.data(), part.size());
                          });
}

PluginError Bad(const std::string& message) { return {OKTASYNC_INVALID_ARGUMENT, 0, message}; }

// httplib's reading, routing and writing of one request, on streams of our own.
class Http final : public httplib::Server {
 public:
  Http(ControlApi& api, int listening) : api_(api) {
    svr_sock_ = listening;  // without one httplib takes itself for stopped, and sends no large answer
    set_payload_max_length(kMaxControlBody);
    // All that has no body is answered before httplib looks for one: it would wait for the end of the stream.
    set_pre_routing_handler([this](const httplib::Request& in, httplib::Response& out) {
      const absl::StatusOr<bool> body = WantsBody(in);
      if (body.ok() && *body) return HandlerResponse::Unhandled;
      PutInto(body.ok() ? Ask(in) : ErrorAnswer(Bad(Message(body.status()))), out);
      return HandlerResponse::Handled;
    });
    Post("/v1/[a-z]+", [this](const httplib::Request& in, httplib::Response& out) { PutInto(Ask(in), out); });
    set_error_handler([](const httplib::Request&, httplib::Response& out) {
      if (!out.body.empty()) return;
      const int http = out.status;
      const bool missing = http == 404;
      ControlAnswer answer =
          ErrorAnswer({missing ? OKTASYNC_NOT_FOUND : OKTASYNC_INVALID_ARGUMENT, 0,
                       missing ? "there is no such request"
                               : "not an acceptable HTTP/1.1 request of at most 32 MiB (status " +
                                     std::to_string(http) + ")"});
      answer.http = http;
      PutInto(std::move(answer), out);
    });
    set_exception_handler([](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
      PutInto(ErrorAnswer({OKTASYNC_RESOURCE_EXHAUSTED, OKTASYNC_ERROR_RETRYABLE,
                           "the daemon could not answer: out of memory, or an error inside it"}),
              out);
    });
  }

  void Serve(ControlStream& stream) {
    bool closed = false;
    process_request(stream, true, closed, [&](httplib::Request& request) {
      request.ranges.clear();  // answers are whole
      const absl::StatusOr<bool> body = WantsBody(request);
      stream.AllowBody(body.ok() && *body ? kMaxControlBody : 0);
    });
  }

 private:
  // A body is JSON of a known length, plain; everything else is refused before a byte of it is read.
  static absl::StatusOr<bool> WantsBody(const httplib::Request& in) {
    const auto refuse = [](const std::string& why) {
      return MakeStatus(absl::StatusCode::kInvalidArgument, why);
    };
    if (in.has_header("Transfer-Encoding") || in.has_header("Content-Encoding")) {
      return refuse("a body comes as it is and with a Content-Length, not in an encoding");
    }
    const std::string length = in.get_header_value("Content-Length");
    if (length.empty() || length == "0") return false;
    if (in.get_header_value_count("Content-Length") != 1 || length.size() > 9 ||
        length.find_first_not_of("0123456789") != std::string::npos ||
        static_cast<size_t>(std::stoul(length)) > kMaxControlBody) {
      return refuse("Content-Length is one number of at most " + std::to_string(kMaxControlBody));
    }
    if (in.method != "POST") return refuse(Escape(in.method, 16) + " takes no body");
    const std::string type = in.get_header_value("Content-Type");
    if (FoldCase(type.substr(0, type.find(';'))) != "application/json") {
      return refuse("a body is application/json; say so in Content-Type");
    }
    return true;
  }

  ControlAnswer Ask(const httplib::Request& in) {
    ControlRequest request{in.method, in.path, {}, in.body};
    for (const auto& [key, value] : in.params) request.query.emplace(key, value);
    return api_.Answer(request);
  }

  ControlApi& api_;
};

class ServerImpl final : public ControlServer {
 public:
  ServerImpl(ControlSocket socket, int stop_fd, Operations& operations, DaemonFacts facts,
             ServerOptions options)
      : socket_(std::move(socket)),
        path_(socket_.path()),
        stop_fd_(stop_fd),
        options_(options),
        api_(operations, std::move(facts)),
        http_(api_, socket_.fd()) {}

  ~ServerImpl() override {
    BeginStop();
    workers_.clear();  // joined
    socket_.Close();
    ::close(stop_fd_);
  }

  absl::Status StartWorkers() {
    for (int i = 0; i < options_.workers; ++i) {
      OKTASYNC_ASSIGN_OR_RETURN(Thread worker, Thread::Start("oktasync-ctl", [this] { Work(); }));
      workers_.push_back(std::move(worker));
    }
    return absl::OkStatus();
  }

  const std::string& path() const override { return path_; }

  void BeginStop() override {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(stop_fd_, &one, sizeof(one));
  }

 private:
  void Work() {
    for (;;) {
      pollfd fds[2] = {{socket_.fd(), POLLIN, 0}, {stop_fd_, POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0 && errno != EINTR) return;
      if (fds[1].revents != 0) return;
      const int fd = ::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) {
        // EAGAIN: another worker was quicker. The rest passes, and must not become a busy loop meanwhile.
        if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
          pollfd stop{stop_fd_, POLLIN, 0};
          ::poll(&stop, 1, kRestMs);
        }
        continue;
      }
      try {
        Serve(fd);
      } catch (...) {
        // Out of memory, most likely: this client goes without an answer, the next one may get his.
      }
      ::close(fd);
    }
  }

  void Serve(int fd) {
    const absl::StatusOr<uid_t> peer = PeerUid(fd);
    if (!peer.ok() || (*peer != 0 && *peer != ::geteuid())) {
      SendRefusal(fd, 403, "Forbidden",
                  {OKTASYNC_PERMISSION_DENIED, OKTASYNC_ERROR_AUTH,
                   "this socket answers root and the daemon's own user only"});
      return;
    }
    StreamLimits limits;
    limits.request = options_.request;
    limits.stalled = options_.stalled;
    ControlStream stream(fd, stop_fd_, limits);
    http_.Serve(stream);
    if (stream.answered()) return;
    if (stream.end() == ControlStream::End::kTooSlow) {
      SendRefusal(fd, 408, "Request Timeout",
                  {OKTASYNC_DEADLINE_EXCEEDED, OKTASYNC_ERROR_RETRYABLE,
                   "the request did not arrive whole within " +
                       std::to_string(limits.request.count() / 1000) + " s"});
    } else if (stream.end() == ControlStream::End::kTooMuch) {
      SendRefusal(fd, 431, "Request Header Fields Too Large",
                  Bad("the request has more bytes than it may, or than it says"));
    }
  }

  ControlSocket socket_;
  const std::string path_;
  const int stop_fd_;
  const ServerOptions options_;
  ControlApi api_;
  Http http_;
  std::vector<Thread> workers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ControlServer>> ControlServer::Start(ControlSocket socket,
                                                                    Operations& operations, DaemonFacts facts,
                                                                    ServerOptions options) {
  const int stop_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_fd < 0) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      std::string("no file descriptor for the control socket: ") + std::strerror(errno));
  }
  auto server =
      std::make_unique<ServerImpl>(std::move(socket), stop_fd, operations, std::move(facts), options);
  OKTASYNC_RETURN_IF_ERROR(server->StartWorkers());
  return server;
}

}  // namespace oktasync::host
