// Connections that the host has dialled and secured itself, so that its key never leaves it.
#include <fcntl.h>
#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <atomic>

#include "base/status.h"
#include "teleport/client.h"
#include "teleport/pump.h"
#include "teleport/tcp.h"
#include "teleport/tls.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

// A host that does TLS with its own identity and hands over what is inside.
class SecuringHost {
 public:
  explicit SecuringHost(World& world) : world_(world), stop_(*Waker::Make()) {}
  ~SecuringHost() {
    stop_.Wake();
    for (std::thread& thread : threads_) thread.join();
  }

  absl::StatusOr<Dialled> Dial(Cancel& cancel) {
    const Deadline deadline = Deadline::After(absl::Seconds(10));
    auto tcp = ConnectTcp(world_.address(), deadline, cancel);
    if (!tcp.ok()) return tcp.status();
    auto tls = TlsStream::Connect(*std::move(tcp), world_.Read("identity"), {"h2"}, deadline, stop_);
    if (!tls.ok()) return tls.status();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      return absl::InternalError("socketpair");
    }
    ++dials;
    threads_.emplace_back([this, ours = ends[1], tls = std::make_shared<TlsStream>(*std::move(tls))] {
      Pump(ours, *tls, stop_).Run();
      tls->Close();
      close(ours);
    });
    return Dialled(ends[0], true);
  }

  std::atomic<int> dials{0};

 private:
  World& world_;
  Waker stop_;
  std::vector<std::thread> threads_;
};

ClientOptions OptionsFor(World& world, SecuringHost& host) {
  ClientOptions options = world.Options();
  options.identity = nullptr;  // it never leaves the host
  options.dial = [&host](const std::string&, Cancel& cancel) { return host.Dial(cancel); };
  return options;
}

TEST_CASE("secured: calls go through the host's own TLS, and we are not asked for an identity") {
  World world;
  SecuringHost host(world);
  Cancel cancel;
  const auto client = world.NewClient(OptionsFor(world, host));
  CHECK(client->Ping(cancel).ok());
  REQUIRE(client->CreateUser(NewUser("ada@example.com"), cancel).ok());
  CHECK(client->GetUser("ada@example.com", cancel).ok());
  CHECK(world.identity_asked() == 0);
  CHECK(host.dials == 1);
}

TEST_CASE("secured: when the stream ends the host is asked for another") {
  World world;
  SecuringHost host(world);
  Cancel cancel;
  const auto client = world.NewClient(OptionsFor(world, host));
  REQUIRE(client->Ping(cancel).ok());
  world.Control("cut_connections");
  CHECK(client->Ping(cancel).ok());
  CHECK(host.dials == 2);
}

TEST_CASE("secured: a stream that is dead, or speaks no HTTP/2, is said to be the host's") {
  World world;
  Cancel cancel;
  ClientOptions options = world.Options();
  options.max_tries = 2;
  options.dial = [](const std::string&, Cancel&) -> absl::StatusOr<Dialled> {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return absl::InternalError("pair");
    close(ends[1]);
    return Dialled(ends[0], true);
  };
  const absl::Status status = world.NewClient(options)->Ping(cancel).status();
  CHECK(status.code() == StatusCode::kUnavailable);
  CHECK(Lacks(status, {"secured by the host"}) == "");
}

TEST_CASE("secured: a raw stream from a host that hands over no identity is refused in words") {
  World world;
  Cancel cancel;
  ClientOptions options = world.Options();
  options.identity = nullptr;
  options.dial = [&](const std::string&, Cancel& stop) -> absl::StatusOr<Dialled> {
    auto tcp = ConnectTcp(world.address(), Deadline::After(absl::Seconds(10)), stop);
    if (!tcp.ok()) return tcp.status();
    return Dialled(tcp->Release());
  };
  const absl::Status status = world.NewClient(options)->Ping(cancel).status();
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(status, {"without TLS", "teleport.identity"}) == "");
}

TEST_CASE("secured: what is no socket is refused, and closed all the same") {
  World world;
  Cancel cancel;
  int fd = -1;
  ClientOptions options = world.Options();
  options.dial = [&](const std::string&, Cancel&) -> absl::StatusOr<Dialled> {
    return Dialled(fd = open("/dev/null", O_RDWR | O_CLOEXEC), true);
  };
  CHECK(world.NewClient(options)->Ping(cancel).status().code() == StatusCode::kInvalidArgument);
  CHECK(fcntl(fd, F_GETFD) == -1);
}

}  // namespace
}  // namespace oktasync::teleport
