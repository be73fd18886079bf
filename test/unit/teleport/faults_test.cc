// Bad days on the way to Teleport (BAD-DAYS.md 2): cuts, hangs, refusals, stops.
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "base/status.h"
#include "teleport/client.h"
#include "teleport/connection.h"
#include "teleport/tcp.h"
#include "tls_server.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

constexpr char kAda[] = "ada@example.com";

TEST_CASE("faults: after a cut the next call goes through a new connection") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  REQUIRE(client->Ping(cancel).ok());
  world.Control("cut_connections");
  CHECK(client->Ping(cancel).ok());
  CHECK(world.Connections().size() == 2);
}

TEST_CASE("faults: a read that is cut in the middle is repeated") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  world.Control("put_user", {{"name", "bob"}});
  world.Control("fault", {{"call", "GetUser"}, {"kind", "cut"}, {"times", 2}});
  CHECK(client->GetUser("bob", cancel).ok());
  CHECK(world.Connections().size() == 3);
}

TEST_CASE("faults: a write whose outcome is unknown is not repeated") {
  World world;
  Cancel cancel;
  ClientOptions options = world.Options();
  options.call_timeout = absl::Seconds(1);
  const auto client = world.NewClient(options);
  SECTION("the connection is cut after it was done") {
    world.Control("fault", {{"call", "CreateUser"}, {"kind", "do_then_cut"}});
    const absl::Status status = client->CreateUser(NewUser(kAda), cancel).status();
    CHECK(status.code() == StatusCode::kUnavailable);
    CHECK(Lacks(status, {"CreateUser of user ada@example.com", "unknown", "read before"}) == "");
  }
  SECTION("the deadline passes after it was done") {
    world.Control("fault", {{"call", "CreateUser"}, {"kind", "do_then_hang"}});
    const absl::Status status = client->CreateUser(NewUser(kAda), cancel).status();
    CHECK(status.code() == StatusCode::kDeadlineExceeded);
    CHECK(Lacks(status, {"unknown"}) == "");
  }
  REQUIRE(Eventually([&] { return world.Requests("CreateUser") == 1; }));
  CHECK(client->GetUser(kAda, cancel).ok());  // whoever reads finds out
  CHECK(world.Requests("CreateUser") == 1);
}

TEST_CASE("faults: a write that never left is tried until there is a connection") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  world.Control("refuse", {{"seconds", 0.2}});
  CHECK(client->CreateUser(NewUser(kAda), cancel).ok());
  CHECK(world.Requests("CreateUser") == 1);
}

TEST_CASE("faults: writes that are the same twice are repeated") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  REQUIRE(client->CreateUser(NewUser(kAda), cancel).ok());
  world.Control("fault", {{"call", "UpsertLock"}, {"kind", "do_then_cut"}});
  CHECK(client->UpsertLock(NewLock("l1", kAda), cancel).ok());
  CHECK(world.Requests("UpsertLock") == 2);

  const absl::Time end = absl::Now() + absl::Minutes(1);
  const auto lease = client->AcquireLease("oktasync", "x", "a", end, cancel);
  REQUIRE(lease.ok());
  world.Control("fault", {{"call", "KeepAliveSemaphoreLease"}, {"kind", "do_then_cut"}});
  CHECK(client->KeepLeaseAlive(*lease, end + absl::Minutes(1), cancel).ok());
  // Its first try cancelled it, so the second one finds nothing: that is what was wanted.
  world.Control("fault", {{"call", "CancelSemaphoreLease"}, {"kind", "do_then_cut"}});
  CHECK(client->CancelLease(*lease, cancel).ok());
}

TEST_CASE(
    "faults: a lease whose answer was lost is ours when the server says so, and taken anew when it does "
    "not") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  const absl::Time end = absl::Now() + absl::Minutes(1);
  for (const char* kind : {"do_then_code", "do_then_cut"}) {
    const std::string name = std::string("lost-") + kind;
    const int before = world.Requests("AcquireSemaphore");
    world.Control("fault", {{"call", "AcquireSemaphore"}, {"kind", kind}, {"code", "UNAVAILABLE"}});
    const auto lease = client->AcquireLease("oktasync", name, "a", end, cancel);
    REQUIRE(lease.ok());
    CHECK(world.Requests("AcquireSemaphore") == before + 1);
    CHECK(client->KeepLeaseAlive(*lease, end + absl::Minutes(1), cancel).ok());
    CHECK(IsLeaseTaken(client->AcquireLease("oktasync", name, "b", end, cancel).status()));
    CHECK(client->CancelLease(*lease, cancel).ok());
  }
  for (const char* kind : {"code", "cut"}) {
    world.Control("fault", {{"call", "AcquireSemaphore"}, {"kind", kind}, {"code", "UNAVAILABLE"}});
    CHECK(client->AcquireLease("oktasync", std::string("never-") + kind, "a", end, cancel).ok());
  }
  // Another's is not ours.
  REQUIRE(client->AcquireLease("oktasync", "x", "b", end, cancel).ok());
  world.Control("fault", {{"call", "AcquireSemaphore"}, {"kind", "code"}, {"code", "UNAVAILABLE"}});
  CHECK(IsLeaseTaken(client->AcquireLease("oktasync", "x", "a", end, cancel).status()));
}

TEST_CASE("faults: a busy server is asked again, also for writes, since it did nothing") {
  World world;
  Cancel cancel;
  ClientOptions options = world.Options();
  options.max_tries = 3;
  const auto client = world.NewClient(options);
  world.Control("fault", {{"call", "CreateUser"},
                          {"kind", "code"},
                          {"code", "RESOURCE_EXHAUSTED"},
                          {"message", "rate limit exceeded"},
                          {"times", 2}});
  CHECK(client->CreateUser(NewUser(kAda), cancel).ok());
  CHECK(world.Requests("CreateUser") == 3);
  CHECK(world.Connections().size() == 1);  // a busy server is not helped by new connections
  world.Control("fault", {{"call", "GetUser"},
                          {"kind", "code"},
                          {"code", "RESOURCE_EXHAUSTED"},
                          {"message", "rate limit exceeded"},
                          {"times", -1}});
  CHECK(client->GetUser(kAda, cancel).status().code() == StatusCode::kResourceExhausted);
  CHECK(world.Requests("GetUser") == 3);
}

TEST_CASE("faults: errors that say no are not repeated") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  world.Control("fault",
                {{"call", "GetUser"}, {"kind", "code"}, {"code", "PERMISSION_DENIED"}, {"times", -1}});
  CHECK(client->GetUser(kAda, cancel).status().code() == StatusCode::kPermissionDenied);
  CHECK(world.Requests("GetUser") == 1);
}

TEST_CASE("faults: a read that hangs is tried once more on a new connection") {
  World world;
  Cancel cancel;
  world.Control("put_user", {{"name", "bob"}});
  ClientOptions options = world.Options();
  options.call_timeout = absl::Seconds(1);
  const auto client = world.NewClient(options);
  world.Control("fault", {{"call", "GetUser"}, {"kind", "hang"}});
  CHECK(client->GetUser("bob", cancel).ok());
  CHECK(world.Connections().size() == 2);
  world.Control("fault", {{"call", "GetUser"}, {"kind", "hang"}, {"times", -1}});
  CHECK(client->GetUser("bob", cancel).status().code() == StatusCode::kDeadlineExceeded);
  // Two tries, not five; fewer when a try's time was over before it arrived.
  CHECK(world.Control("faults")["faults"].at(1)["struck"] <= 2);
}

TEST_CASE("faults: a stop is heard within a second") {
  World world;
  Cancel cancel;
  absl::Status status;
  const auto stop_and_join = [&](std::thread& thread) {
    const RunningTime watch;
    cancel.Request();
    thread.join();
    CHECK(watch.seconds() < 1);
    CHECK(status.code() == StatusCode::kCancelled);
    CHECK(Lacks(status, {"stopped"}) == "");
  };
  SECTION("while the server hangs") {
    const auto client = world.NewClient();
    world.Control("fault", {{"call", "DeleteUser"}, {"kind", "hang"}});
    std::thread thread([&] { status = client->DeleteUser(kAda, cancel); });
    REQUIRE(world.Struck());
    stop_and_join(thread);
  }
  SECTION("while the handshake hangs, and another caller waits for it") {
    TlsServer server(TlsServer::Behaviour::kSilent);
    ClientOptions options = world.Options();
    options.address = server.address();
    options.identity = [&] { return server.identity(); };
    const auto client = world.NewClient(options);
    absl::Status other_status;
    std::thread other([&] { other_status = client->Ping(cancel).status(); });
    std::thread thread([&] { status = client->Ping(cancel).status(); });
    stop_and_join(thread);
    other.join();
    CHECK(other_status.code() == StatusCode::kCancelled);
  }
  SECTION("while waiting to connect again") {
    const auto client = world.NewClient();
    world.Control("refuse", {{"seconds", 60}});
    std::thread thread([&] { status = client->Ping(cancel).status(); });
    stop_and_join(thread);
  }
  SECTION("before it begins") {
    const auto client = world.NewClient();
    std::thread thread([] {});
    cancel.Request();
    status = client->Ping(cancel).status();
    stop_and_join(thread);
    CHECK(world.Connections().empty());
  }
}

TEST_CASE("faults: one caller's stop does not stop another one's connection") {
  World world;
  TlsServer silent(TlsServer::Behaviour::kSilent);
  std::atomic<int> dials{0};
  ClientOptions options = world.Options();
  const std::string good = world.address();
  // The first connect hangs in the host's dial until its caller is stopped.
  options.dial = [&](const std::string&, Cancel& cancel) -> absl::StatusOr<int> {
    if (++dials == 1) {
      cancel.SleepFor(absl::Hours(1));
      return absl::CancelledError("stopped while dialling");
    }
    auto fd = ConnectTcp(good, Deadline::After(absl::Seconds(10)), cancel);
    if (!fd.ok()) return fd.status();
    return fd->Release();
  };
  const auto client = world.NewClient(options);
  Cancel first_cancel, second_cancel;
  absl::Status first_status, second_status;
  std::thread first([&] { first_status = client->Ping(first_cancel).status(); });
  REQUIRE(Eventually([&] { return dials == 1; }));
  std::thread second([&] { second_status = client->Ping(second_cancel).status(); });
  first_cancel.Request();
  first.join();
  second.join();
  CHECK(first_status.code() == StatusCode::kCancelled);
  CHECK(second_status.ok());
}

TEST_CASE("faults: a certificate that Teleport does not take is said plainly") {
  World world;
  Cancel cancel;
  ClientOptions options = world.Options();
  options.max_tries = 2;
  SECTION("expired") {
    world.UseIdentity(world.Read("expired"));
    const absl::Status status = world.NewClient(options)->Ping(cancel).status();
    CHECK(status.code() == StatusCode::kUnauthenticated);
    CHECK(Lacks(status, {"expired", "valid until 20", "renew"}) == "");
  }
  SECTION("of another cluster's CA, while we trust both") {
    world.UseIdentity(world.Read("foreign", "both"));
    const absl::Status status = world.NewClient(options)->Ping(cancel).status();
    CHECK_FALSE(status.ok());
    CHECK(Lacks(status, {"our certificate (", "role Okta"}) == "");
  }
}

TEST_CASE("faults: the identity changes while running") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  REQUIRE(client->Ping(cancel).ok());
  const int asked = world.identity_asked();
  REQUIRE(client->Ping(cancel).ok());
  CHECK(world.identity_asked() == asked);  // one connection serves many calls
  client->IdentityChanged();
  REQUIRE(client->Ping(cancel).ok());
  CHECK(world.identity_asked() == asked + 1);
  CHECK(world.Connections().size() == 2);
  // One that lost its role is not used, whatever the server would say.
  world.UseIdentity(world.Read("node"));
  client->IdentityChanged();
  const absl::Status status = client->Ping(cancel).status();
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(status, {"role Node"}) == "");
}

TEST_CASE("faults: calls from many threads share one connection, also across a cut") {
  World world;
  Cancel cancel;
  const auto client = world.NewClient();
  const auto ping_all = [&] {
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 10; ++j) good += client->Ping(cancel).ok() ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    return good.load();
  };
  CHECK(ping_all() == 160);
  CHECK(world.Connections().size() == 1);
  world.Control("fault", {{"call", "Ping"}, {"kind", "cut"}, {"after", 40}});
  CHECK(ping_all() == 160);
  CHECK(world.Connections().size() == 2);
}

TEST_CASE("faults: waits between attempts double up to five seconds, with jitter") {
  CHECK(Backoff(0, 0.5) == absl::ZeroDuration());
  CHECK(Backoff(1, 0) == absl::Milliseconds(50));
  CHECK(Backoff(1, 0.5) == absl::Milliseconds(75));
  for (int i = 2; i <= 6; ++i) CHECK(Backoff(i, 0) == 2 * Backoff(i - 1, 0));
  CHECK(Backoff(7, 0) == absl::Milliseconds(2500));
  CHECK(Backoff(1000, 0.999999) <= absl::Seconds(5));
}

TEST_CASE("faults: a connection that ended while nobody used it is not handed out again") {
  World world;
  Cancel cancel;
  const ClientOptions options = world.Options();
  const SendGate open_gate(SystemClock());
  Connection connection(options, SystemClock(), NullLog(), open_gate);
  const auto first = connection.Get(cancel);
  REQUIRE(first.ok());
  CHECK(*connection.Get(cancel) == *first);
  world.Control("cut_connections");
  REQUIRE(Eventually([&] { return (*first)->tunnel->closed(); }));
  const auto second = connection.Get(cancel);
  REQUIRE(second.ok());
  CHECK(*second != *first);
  CHECK_FALSE((*second)->tunnel->closed());
}

TEST_CASE("faults: failed attempts to connect come slower and slower") {
  World world;
  Cancel cancel;
  ClientOptions options = world.Options();
  int dials = 0;
  options.dial = [&](const std::string&, Cancel&) -> absl::StatusOr<int> {
    ++dials;
    return absl::UnavailableError("no way there");
  };
  const SendGate open_gate(SystemClock());
  Connection connection(options, SystemClock(), NullLog(), open_gate);
  const Stopwatch watch;
  for (int i = 0; i < 4; ++i) CHECK(connection.Get(cancel).status().code() == StatusCode::kUnavailable);
  CHECK(dials == 4);
  CHECK(watch.seconds() >= 0.35);  // at least the halves of 100, 200 and 400 ms
}

TEST_CASE("faults: a server that hangs up at once is not besieged") {
  TlsServer server(TlsServer::Behaviour::kHangUp);
  ClientOptions options;
  options.address = server.address();
  options.identity = [&] { return server.identity(); };
  options.max_tries = 4;
  auto client = MakeClient(options, SystemClock(), NullLog());
  REQUIRE(client.ok());
  Cancel cancel;
  const absl::Status status = (*client)->Ping(cancel).status();
  CHECK(status.code() == StatusCode::kUnavailable);
  CHECK(Lacks(status, {"hung up right after the TLS handshake"}) == "");
  CHECK(server.handshakes() == 4);
}

size_t CountIn(const char* directory) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++count;
  return count;
}

TEST_CASE("faults: fifty lives leave no descriptor and no thread behind") {
  World world;
  TlsServer hanging(TlsServer::Behaviour::kNeverReads);
  Cancel cancel;
  const auto live = [&] {
    REQUIRE(world.NewClient()->Ping(cancel).ok());
    ClientOptions options;
    options.address = hanging.address();
    options.identity = [&] { return hanging.identity(); };
    options.call_timeout = absl::Milliseconds(1);
    options.max_tries = 1;
    REQUIRE_FALSE(world.NewClient(options)->Ping(cancel).ok());
  };
  for (int i = 0; i < 5; ++i) live();  // gRPC's own threads and descriptors are there now
  // The hanging server keeps its side of a connection, one thread and one descriptor, by design.
  const auto count = [&] {
    const size_t kept = static_cast<size_t>(hanging.handshakes());
    return std::pair(CountIn("/proc/self/fd") - kept, CountIn("/proc/self/task") - kept);
  };
  auto before = count();
  for (int i = 0; i < 50; ++i) live();
  REQUIRE(Eventually([&] {
    const auto now = count();
    return now.first <= before.first && now.second <= before.second + 2;  // gRPC's pool breathes
  }));
}

}  // namespace
}  // namespace oktasync::teleport
