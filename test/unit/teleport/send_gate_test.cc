// Nothing leaves a process whose lease has run out (rule R20).
#include "teleport/send_gate.h"

#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <atomic>

#include "base/status.h"
#include "teleport/client.h"
#include "teleport/pump.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

class HandClock final : public Clock {
 public:
  absl::Time Now() const override { return SystemClock().Now(); }
  absl::Duration SinceBoot() const override { return absl::Nanoseconds(boot_ns.load()); }
  std::atomic<int64_t> boot_ns{1'000'000'000};
};

TEST_CASE("gate: open to begin with, closed from its moment on, open again when that is lifted") {
  HandClock clock;
  SendGate gate(clock);
  CHECK_FALSE(gate.Closed());
  gate.OpenUntil(absl::Seconds(5));
  CHECK_FALSE(gate.Closed());
  clock.boot_ns = 5'000'000'000;
  CHECK(gate.Closed());
  gate.OpenUntil(absl::InfiniteDuration());
  CHECK_FALSE(gate.Closed());
}

TEST_CASE("R20: who came in under a lease that ended does not send under the next one") {
  HandClock clock;
  SendGate gate(clock);
  const SendGate::Pass free = gate.Enter();
  gate.OpenUntil(absl::Seconds(5));
  const SendGate::Pass old_pass = gate.Enter();
  gate.OpenUntil(absl::Seconds(6));  // prolonged in time
  CHECK_FALSE(old_pass.Ended());
  CHECK_FALSE(free.Ended());
  clock.boot_ns = 6'000'000'000;
  gate.OpenUntil(absl::InfiniteDuration());
  CHECK(old_pass.Ended());
  CHECK(free.Ended());
  CHECK_FALSE(gate.Enter().Ended());
  CHECK_FALSE(SendGate::Pass().Ended());
}

TEST_CASE("R20: bytes that were queued when the lease ran out never leave the pump") {
  HandClock clock;
  SendGate gate(clock);
  int app[2], peer[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, app) == 0);
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, peer) == 0);
  REQUIRE(send(app[0], "a write", 7, MSG_NOSIGNAL) == 7);
  auto stop = Waker::Make();
  TlsStream stream = TlsStream::Secured(UniqueFd(peer[0]));
  gate.OpenUntil(absl::Milliseconds(999));  // in the past
  const PumpEnd end = Pump(app[1], stream, *stop, gate.Enter()).Run();
  CHECK(end.by == PumpEnd::By::kGate);
  char byte;
  CHECK(recv(peer[1], &byte, 1, MSG_DONTWAIT) == -1);
  for (int fd : {app[0], app[1], peer[1]}) close(fd);
}

TEST_CASE(
    "R20: past the lease every call fails, also on a connection that stands, and works again after it") {
  World world;
  HandClock clock;
  Cancel cancel;
  ClientOptions options = world.Options();
  options.max_tries = 2;
  auto made = MakeClient(options, clock, NullLog());
  REQUIRE(made.ok());
  Client& client = **made;
  REQUIRE(client.Ping(cancel).ok());
  const int before = world.Requests("CreateUser");
  client.SendOnlyUntil(absl::Seconds(2));
  REQUIRE(client.Ping(cancel).ok());
  clock.boot_ns = 3'000'000'000;
  const absl::Status refused = client.CreateUser(NewUser("ada@example.com"), cancel).status();
  CHECK((refused.code() == StatusCode::kAborted || refused.code() == StatusCode::kUnavailable));
  CHECK_FALSE(client.Ping(cancel).ok());
  CHECK(world.Requests("CreateUser") == before);
  client.SendOnlyUntil(absl::InfiniteDuration());
  CHECK(client.CreateUser(NewUser("ada@example.com"), cancel).ok());
}

}  // namespace
}  // namespace oktasync::teleport
