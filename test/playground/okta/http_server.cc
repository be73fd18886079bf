#include "okta/http_server.h"

#include <dirent.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "httplib.h"

namespace playground::okta {
namespace {

constexpr size_t kThreads = 64;  // one per open connection
constexpr time_t kKeepAliveSeconds = 60;

// httplib listens with a backlog of 5; a second listen widens it.
template <typename Base>
class WideServer : public Base {
 public:
  using Base::Base;
  void Widen() { ::listen(this->svr_sock_, 128); }
};

// Cuts every connection whose near end is `port`: httplib notices a stop only when a connection's keep-alive
// time is over.
void CutConnections(int port) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir("/proc/self/fd"), ::closedir);
  if (dir == nullptr) return;
  while (const dirent* entry = ::readdir(dir.get())) {
    const int fd = std::atoi(entry->d_name);
    sockaddr_in near{};
    socklen_t size = sizeof(near);
    sockaddr_in far{};
    socklen_t far_size = sizeof(far);
    if (entry->d_name[0] != '.' && ::getsockname(fd, reinterpret_cast<sockaddr*>(&near), &size) == 0 &&
        near.sin_family == AF_INET && ntohs(near.sin_port) == port &&
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&far), &far_size) == 0) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
}

int SelectHttp11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned int in_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof(kHttp11) - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

bool SetUpTls(SSL_CTX& context, const ServerIdentity& identity) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(&context, SelectHttp11, nullptr);
  return SSL_CTX_use_certificate(&context, identity.cert.get()) == 1 &&
         SSL_CTX_use_PrivateKey(&context, identity.key.get()) == 1;
}

Request FromHttplib(const httplib::Request& in) {
  Request request;
  request.method = in.method;
  request.path = in.path;
  request.target = in.target;
  const size_t query = in.target.find('?');
  if (query != std::string::npos)
    request.query = ParseParameters(std::string_view(in.target).substr(query + 1));
  for (const auto& [name, value] : in.headers) request.headers.emplace_back(name, value);
  request.body = in.body;
  return request;
}

// Disconnecting a TCP socket by an address of no family sends an RST at once.
void ResetConnection(const httplib::Request& in) {
  if (in.ssl == nullptr) return;
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  ::connect(SSL_get_fd(in.ssl), &none, sizeof(none));
}

}  // namespace

struct HttpServer::Impl {
  std::unique_ptr<httplib::Server> server;
  Handler handler;
  int port = 0;
  std::thread thread;
  std::atomic<bool> ended{false};
  std::mutex mutex;
  std::condition_variable stopping_changed;
  bool stopping = false;

  void Serve(const httplib::Request& in, httplib::Response& out);
  bool Pause(double seconds);  // false: the server is being stopped
};

bool HttpServer::Impl::Pause(double seconds) {
  std::unique_lock lock(mutex);
  return !stopping_changed.wait_for(lock, std::chrono::duration<double>(seconds),
                                    [this] { return stopping; });
}

void HttpServer::Impl::Serve(const httplib::Request& in, httplib::Response& out) {
  Reply reply = handler(FromHttplib(in));
  out.status = reply.status == 0 ? 500 : reply.status;
  for (auto& [name, value] : reply.headers) out.headers.emplace(name, std::move(value));
  auto body = std::make_shared<const std::string>(std::move(reply.body));
  switch (reply.ending) {
    case Ending::kWhole:
      out.body = *body;
      // With a parameter after it httplib does not compress: its brotli would take seconds for a page.
      out.set_header("Content-Type", reply.content_type == "application/json"
                                         ? "application/json;charset=UTF-8"
                                         : reply.content_type);
      break;
    case Ending::kReset:
      ResetConnection(in);
      break;
    case Ending::kTruncate:
      out.set_content_provider(body->size(), reply.content_type,
                               [body](size_t offset, size_t, httplib::DataSink& sink) {
                                 if (offset > 0) return false;
                                 return sink.write(body->data(), body->size() / 2);
                               });
      break;
    case Ending::kTlsCut:
      out.set_content_provider(body->size(), reply.content_type,
                               [body, ssl = in.ssl](size_t offset, size_t, httplib::DataSink& sink) {
                                 if (offset == 0 && !sink.write(body->data(), body->size() / 2)) return false;
                                 if (ssl != nullptr) ::shutdown(SSL_get_fd(ssl), SHUT_RDWR);
                                 return false;
                               });
      break;
    case Ending::kShort:
      out.set_header("Connection", "close");
      out.set_content_provider(body->size() / 2, reply.content_type,
                               [body](size_t offset, size_t, httplib::DataSink& sink) {
                                 return offset == 0 && sink.write(body->data(), body->size());
                               });
      break;
    case Ending::kChunkedCut:
      out.set_chunked_content_provider(reply.content_type, [body](size_t offset, httplib::DataSink& sink) {
        if (offset > 0) return false;
        return sink.write(body->data(), body->size() / 2);
      });
      break;
    case Ending::kDrip:
      out.set_content_provider(
          body->size(), reply.content_type,
          [this, body, seconds = reply.drip_seconds](size_t offset, size_t, httplib::DataSink& sink) {
            return Pause(seconds) && sink.write(body->data() + offset, 1);
          });
      break;
  }
}

HttpServer::HttpServer(int port, const ServerIdentity* identity, Handler handler)
    : impl_(std::make_unique<Impl>()) {
  impl_->handler = std::move(handler);
  std::function<void()> widen;
  if (identity != nullptr) {
    auto tls = std::make_unique<WideServer<httplib::SSLServer>>(
        [identity](SSL_CTX& context) { return SetUpTls(context, *identity); });
    widen = [raw = tls.get()] { raw->Widen(); };
    impl_->server = std::move(tls);
  } else {
    auto plain = std::make_unique<WideServer<httplib::Server>>();
    widen = [raw = plain.get()] { raw->Widen(); };
    impl_->server = std::move(plain);
  }
  httplib::Server& server = *impl_->server;
  if (!server.is_valid()) throw std::runtime_error("the server's certificate and key do not work");
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  // Not SO_REUSEPORT, httplib's default: a second playground on the same port must fail, not share.
  server.set_socket_options([](socket_t fd) {
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  });
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(SIZE_MAX);
  server.set_keep_alive_timeout(kKeepAliveSeconds);
  server.set_read_timeout(60);
  server.set_write_timeout(60);
  const auto serve = [impl = impl_.get()](const httplib::Request& in, httplib::Response& out) {
    impl->Serve(in, out);
  };
  server.Get(".*", serve)
      .Post(".*", serve)
      .Put(".*", serve)
      .Patch(".*", serve)
      .Delete(".*", serve)
      .Options(".*", serve);
  // httplib reads such a body until the client closes. Okta refuses it; a plain `curl -X POST` means an empty
  // one, which the control port takes.
  server.set_pre_routing_handler(
      [impl = impl_.get(), tls = identity != nullptr](const httplib::Request& in, httplib::Response& out) {
        const bool has_body = in.method == "POST" || in.method == "PUT" || in.method == "PATCH";
        if (!has_body || in.has_header("Content-Length") || in.has_header("Transfer-Encoding")) {
          return httplib::Server::HandlerResponse::Unhandled;
        }
        if (tls) {
          out.status = 411;
        } else {
          impl->Serve(in, out);
        }
        return httplib::Server::HandlerResponse::Handled;
      });
  impl_->port =
      port == 0 ? server.bind_to_any_port("127.0.0.1") : (server.bind_to_port("127.0.0.1", port) ? port : -1);
  if (impl_->port <= 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1:" + std::to_string(port) + "; is the port taken?");
  }
  widen();
}

HttpServer::~HttpServer() { Stop(); }

int HttpServer::port() const { return impl_->port; }

void HttpServer::Start() {
  impl_->thread = std::thread([impl = impl_.get()] {
    impl->server->listen_after_bind();
    impl->ended = true;
  });
  while (!impl_->server->is_running() && !impl_->ended) std::this_thread::yield();
}

void HttpServer::Stop() {
  if (!impl_->thread.joinable()) return;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->stopping_changed.notify_all();
  }
  impl_->server->stop();
  // Again and again: a connection may have been on its way to a thread.
  while (!impl_->ended) {
    CutConnections(impl_->port);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  impl_->thread.join();
}

}  // namespace playground::okta
