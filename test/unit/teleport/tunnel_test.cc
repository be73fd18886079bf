// teleport/tunnel.h: the one way in, and each way in which it does not open.
#include "teleport/tunnel.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/status.h"
#include "teleport/resolve.h"
#include "teleport/socket_bio.h"
#include "teleport/tcp.h"
#include "tls_server.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

absl::StatusOr<std::shared_ptr<Tunnel>> Open(const TunnelOptions& options, const Identity& identity,
                                             Cancel& cancel) {
  const auto facts = Inspect(identity);
  if (!facts.ok()) return facts.status();
  static const SendGate open_gate(SystemClock());
  return Tunnel::Open(options, identity, *facts, SystemClock(), open_gate, cancel);
}

absl::StatusOr<std::shared_ptr<Tunnel>> Open(const std::string& address, const Identity& identity) {
  Cancel cancel;
  TunnelOptions options;
  options.address = address;
  return Open(options, identity, cancel);
}

TEST_CASE("tunnel: opens to the strict auth service, which hangs up on more than one certificate") {
  World world;
  const auto tunnel = Open(world.address(), world.Read("identity"));
  REQUIRE(tunnel.ok());
  CHECK_FALSE((*tunnel)->closed());
  CHECK((*tunnel)->channel() != nullptr);
}

TEST_CASE("tunnel: sends exactly one certificate (OpenSSL would append the CA; Teleport then hangs up)") {
  TlsServer server(TlsServer::Behaviour::kNeverReads);
  const auto tunnel = Open(server.address(), server.identity());
  REQUIRE(tunnel.ok());
  REQUIRE(Eventually([&] { return server.handshakes() == 1; }));
  CHECK(server.client_certificates() == 1);
}

TEST_CASE("tunnel: what does not speak as an auth server does is named") {
  using Behaviour = TlsServer::Behaviour;
  const auto refuse = [](Behaviour behaviour) {
    TlsServer server(behaviour);
    return Open(server.address(), server.identity()).status();
  };
  const absl::Status no_alpn = refuse(Behaviour::kNoAlpn);
  CHECK(no_alpn.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(no_alpn, {"did not choose h2", "teleport.proxy: true", "127.0.0.1"}) == "");
  const absl::Status http = refuse(Behaviour::kPlainHttp);
  CHECK(http.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(http, {"does not speak TLS"}) == "");
  CHECK_FALSE(refuse(Behaviour::kTls11).ok());
}

TEST_CASE("tunnel: the playground refuses a client without h2, and we say why") {
  World world;
  Cancel cancel;
  TunnelOptions options;
  options.address = world.address();
  options.alpn = {"http/1.1"};
  const absl::Status status = Open(options, world.Read("identity"), cancel).status();
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(status, {"ALPN"}) == "");
}

TEST_CASE("tunnel: more ALPN names than h2 can be offered, as the proxy's port wants") {
  TlsServer server(TlsServer::Behaviour::kNeverReads);
  Cancel cancel;
  TunnelOptions options;
  options.address = server.address();
  options.alpn = {"teleport-auth@726f6f74.teleport.cluster.local", "h2"};
  CHECK(Open(options, server.identity(), cancel).ok());
}

TEST_CASE("tunnel: only the cluster's CA and the auth server's name are trusted") {
  World world;
  const absl::Status ca = Open(world.address(), world.Read("foreign", "foreign-ca")).status();
  CHECK(ca.code() == StatusCode::kUnauthenticated);
  CHECK(Lacks(ca, {"not from the cluster's CA", "rotated", "role Okta", "valid until"}) == "");
  TlsServer server(TlsServer::Behaviour::kNeverReads, "proxy.example.com");
  const absl::Status name = Open(server.address(), server.identity()).status();
  CHECK(name.code() == StatusCode::kUnauthenticated);
  CHECK(Lacks(name, {"not for teleport.cluster.local"}) == "");
}

TEST_CASE("tunnel: a server that hangs up right after the handshake is explained") {
  TlsServer server(TlsServer::Behaviour::kHangUp);
  const auto tunnel = Open(server.address(), server.identity());
  REQUIRE(tunnel.ok());
  REQUIRE(Eventually([&] { return (*tunnel)->closed(); }));
  CHECK((*tunnel)->end().code() == StatusCode::kUnavailable);
  CHECK(Lacks((*tunnel)->end(),
              {"right after the TLS handshake", "more than one certificate", "77aa.root"}) == "");
}

TEST_CASE("tunnel: nobody listens, or the name does not exist") {
  TlsServer closed(TlsServer::Behaviour::kSilent);
  std::string address = closed.address();
  {
    // A port that was free a moment ago: bound, but nobody listens on it.
    const UniqueFd bound(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in any = {};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(any);
    REQUIRE(bind(bound.get(), reinterpret_cast<sockaddr*>(&any), size) == 0);
    REQUIRE(getsockname(bound.get(), reinterpret_cast<sockaddr*>(&any), &size) == 0);
    address = "127.0.0.1:" + std::to_string(ntohs(any.sin_port));
    const absl::Status status = Open(address, closed.identity()).status();
    CHECK(status.code() == StatusCode::kUnavailable);
    CHECK(Lacks(status, {address, "connection refused", "is the port right"}) == "");
  }
  const absl::Status status = Open("no-such-host.invalid:3025", closed.identity()).status();
  CHECK(status.code() == StatusCode::kUnavailable);
  CHECK(Lacks(status, {"no-such-host.invalid"}) == "");
}

TEST_CASE("tunnel: addresses") {
  CHECK(SplitAddress("auth.example.com:3025")->first == "auth.example.com");
  CHECK(SplitAddress("[2001:db8::1]:3025")->first == "2001:db8::1");
  CHECK(SplitAddress("[2001:db8::1]:3025")->second == "3025");
  for (const char* bad :
       {"", "auth", "auth:", ":3025", "auth:0", "auth:65536", "auth:x", "2001:db8::1:3025", "a:-1"}) {
    INFO(bad);
    CHECK(SplitAddress(bad).status().code() == StatusCode::kInvalidArgument);
  }
  SocketAddress v4, v6;
  v4.storage.ss_family = AF_INET;
  v6.storage.ss_family = AF_INET6;
  const auto order = InterleaveFamilies({v6, v6, v4, v4, v4});
  std::vector<int> families;
  for (const SocketAddress& address : order) families.push_back(address.family());
  CHECK(families == std::vector<int>{AF_INET6, AF_INET, AF_INET6, AF_INET, AF_INET});
}

TEST_CASE("tunnel: a handshake that hangs ends at its limit, and at once when stopped") {
  TlsServer server(TlsServer::Behaviour::kSilent);
  TunnelOptions options;
  options.address = server.address();
  options.connect_timeout = absl::Milliseconds(100);
  Cancel cancel;
  const absl::Status late = Open(options, server.identity(), cancel).status();
  CHECK(late.code() == StatusCode::kUnavailable);
  CHECK(Lacks(late, {"100ms", "handshake"}) == "");

  options.connect_timeout = absl::Seconds(60);
  absl::Status stopped;
  std::thread caller([&] { stopped = Open(options, server.identity(), cancel).status(); });
  const RunningTime watch;
  cancel.Request();
  caller.join();
  CHECK(watch.seconds() < 1);
  CHECK(stopped.code() == StatusCode::kCancelled);
}

TEST_CASE("tunnel: a resolver that hangs holds nobody up") {
  std::mutex mutex;
  std::condition_variable changed;
  bool release = false;
  std::atomic<int> running{0};
  const LookupFunction slow = [&](const char*, const char*, const addrinfo*, addrinfo**) {
    std::unique_lock lock(mutex);
    ++running;
    changed.notify_all();
    changed.wait(lock, [&] { return release; });
    --running;
    return EAI_FAIL;
  };
  Cancel cancel;
  absl::Status stopped;
  std::thread caller([&] {
    stopped = Resolve("slow.example.com", "3025", Deadline::After(absl::Hours(1)), cancel, slow).status();
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running == 1; });
  }
  const RunningTime watch;
  cancel.Request();
  caller.join();
  CHECK(watch.seconds() < 1);
  CHECK(stopped.code() == StatusCode::kCancelled);

  // Hanging lookups do not pile up without end.
  Cancel free;
  absl::Status last;
  for (int i = 0; i < 20; ++i) {
    last = Resolve("slow.example.com", "3025", Deadline::After(absl::ZeroDuration()), free, slow).status();
  }
  CHECK(last.code() == StatusCode::kResourceExhausted);
  {
    std::lock_guard lock(mutex);
    release = true;
    changed.notify_all();
  }
  REQUIRE(Eventually([&] { return running == 0; }));
  REQUIRE(Eventually(
      [&] { return Resolve("127.0.0.1", "3025", Deadline::After(absl::Seconds(10)), free).ok(); }));
}

TEST_CASE("tunnel: destroyed at once while the peer hangs") {
  TlsServer server(TlsServer::Behaviour::kNeverReads);
  auto tunnel = Open(server.address(), server.identity());
  REQUIRE(tunnel.ok());
  const RunningTime watch;
  tunnel->reset();
  CHECK(watch.seconds() < 1);
}

TEST_CASE("tunnel: the host's own dial") {
  World world;
  Cancel cancel;
  TunnelOptions options;
  options.address = "what the host makes of it";
  std::string asked;
  SECTION("a connected socket, blocking and without close-on-exec") {
    int fd = -1;
    options.dial = [&](const std::string& address, Cancel& stop) -> absl::StatusOr<int> {
      asked = address;
      auto connected = ConnectTcp(world.address(), Deadline::After(absl::Seconds(10)), stop);
      if (!connected.ok()) return connected.status();
      fd = connected->Release();
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
      fcntl(fd, F_SETFD, 0);
      return fd;
    };
    const auto tunnel = Open(options, world.Read("identity"), cancel);
    REQUIRE(tunnel.ok());
    CHECK(asked == "what the host makes of it");
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  SECTION("an error of the host") {
    options.dial = [](const std::string&, Cancel&) -> absl::StatusOr<int> {
      return absl::UnavailableError("the host has no way there");
    };
    CHECK(Lacks(Open(options, world.Read("identity"), cancel).status(), {"the host has no way there"}) == "");
  }
  SECTION("something that is no socket, and is closed all the same") {
    int fd = -1;
    options.dial = [&](const std::string&, Cancel&) -> absl::StatusOr<int> {
      return fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    };
    CHECK(Open(options, world.Read("identity"), cancel).status().code() == StatusCode::kInvalidArgument);
    CHECK(fcntl(fd, F_GETFD) == -1);
  }
  SECTION("a dead stream") {
    options.dial = [](const std::string&, Cancel&) -> absl::StatusOr<int> {
      int ends[2];
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return absl::InternalError("socketpair");
      close(ends[1]);
      return ends[0];
    };
    CHECK(Open(options, world.Read("identity"), cancel).status().code() == StatusCode::kUnavailable);
  }
}

std::atomic<int> pipe_signals{0};

TEST_CASE("tunnel: a write to a closed socket raises no SIGPIPE, for it would kill a Go host") {
  struct sigaction counting = {};
  struct sigaction before = {};
  counting.sa_handler = [](int) { ++pipe_signals; };
  sigaction(SIGPIPE, &counting, &before);
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd ours(ends[0]);
  close(ends[1]);
  const Owned<BIO> bio(NewSocketBio(ours.get()));
  size_t written = 0;
  CHECK(BIO_write_ex(bio.get(), "x", 1, &written) == 0);
  sigaction(SIGPIPE, &before, nullptr);
  CHECK(pipe_signals == 0);
}

}  // namespace
}  // namespace oktasync::teleport
