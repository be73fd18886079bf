// The host's callbacks: what a careless host answers becomes an error in words, never a crash or a leak.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "base/cancel.h"
#include "base/status.h"
#include "buffers.h"
#include "host_binding.h"

namespace oktasync::plugin {
namespace {

// What the callbacks below answer; host_ctx points to it.
struct Answers {
  int32_t code = OKTASYNC_OK;
  int fd = -1;
  uint32_t flags = 0;
  uint64_t signature_bytes = 64;
  std::string key = "key";
  std::string cert = "cert";
  std::string ca = "ca";
  int released = 0;
  bool cancel_seen = false;
  Cancel* cancel = nullptr;
};

Answers& AnswersOf(uint64_t ctx) { return *reinterpret_cast<Answers*>(static_cast<uintptr_t>(ctx)); }

void Log(uint64_t, int32_t, oktasync_str, oktasync_str, const oktasync_field*, uint64_t) {}

int32_t Identity(uint64_t ctx, oktasync_identity* identity, oktasync_error*) {
  Answers& answers = AnswersOf(ctx);
  identity->key_pem = Borrow(answers.key);
  identity->cert_pem = Borrow(answers.cert);
  identity->ca_pem = Borrow(answers.ca);
  identity->generation = 5;
  return answers.code;
}

void Release(uint64_t ctx, oktasync_identity*) { ++AnswersOf(ctx).released; }

int32_t DialCallback(uint64_t ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                     oktasync_error*) {
  Answers& answers = AnswersOf(ctx);
  if (answers.cancel != nullptr) {
    answers.cancel->Request();
    uint64_t value = 0;
    answers.cancel_seen = ::read(request->cancel_fd, &value, sizeof(value)) == sizeof(value);
  }
  connection->fd = answers.fd;
  connection->flags = answers.flags;
  return answers.code;
}

int32_t Sign(uint64_t ctx, oktasync_str, int32_t, oktasync_str, uint8_t* signature, uint64_t capacity,
             uint64_t* length, oktasync_error*) {
  Answers& answers = AnswersOf(ctx);
  std::memset(signature, 's', std::min<uint64_t>(capacity, answers.signature_bytes));
  *length = answers.signature_bytes;
  return answers.code;
}

int64_t Wall(uint64_t) { return 1'700'000'000'000'000'000; }
int64_t Boot(uint64_t) { return 12'000'000'000; }

HostBinding FullHost(Answers& answers) {
  oktasync_host host{};
  host.struct_size = sizeof(host);
  host.log = &Log;
  host.identity = &Identity;
  host.identity_release = &Release;
  host.dial = &DialCallback;
  host.sign = &Sign;
  host.clock_wall_ns = &Wall;
  host.clock_boot_ns = &Boot;
  return Bind(host, reinterpret_cast<uintptr_t>(&answers));
}

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST_CASE("a host table that ends early has no slots beyond its end") {
  oktasync_host host{};
  host.struct_size = offsetof(oktasync_host, dial);
  host.log = &Log;
  host.identity = &Identity;
  host.identity_release = &Release;
  host.dial = &DialCallback;  // beyond what struct_size covers: memory that need not be a pointer
  CHECK(CheckHost(&host).ok());
  HostBinding bound = Bind(host, 1);
  CHECK(bound.table.identity == &Identity);
  CHECK(bound.table.dial == nullptr);
  host.struct_size = offsetof(oktasync_host, dial) + 4;  // half a pointer
  CHECK(Bind(host, 1).table.dial == nullptr);
  host.struct_size = sizeof(host) + 64;  // a newer host
  CHECK(CheckHost(&host).ok());
  CHECK(Bind(host, 1).table.dial == &DialCallback);
}

TEST_CASE("an identity is copied, complete, and given back exactly once") {
  Answers answers;
  const auto source = MakeIdentitySource(FullHost(answers));
  auto identity = source();
  REQUIRE(identity.ok());
  CHECK(identity->key_pem.Reveal() == "key");
  CHECK(identity->generation == 5);
  CHECK(answers.released == 1);

  answers.ca.clear();
  identity = source();
  CHECK(identity.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(identity.status()), Catch::Contains("ca_pem"));
  CHECK(answers.released == 2);

  answers.code = OKTASYNC_PERMISSION_DENIED;
  CHECK(source().status().code() == absl::StatusCode::kPermissionDenied);
  CHECK(answers.released == 2);  // a failure hands nothing over
}

TEST_CASE("dial: a socket, raw or secured, is taken over; everything else is refused and closed") {
  Answers answers;
  const auto dial = MakeDial(FullHost(answers), absl::Seconds(5));
  Cancel cancel;
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);

  answers.fd = pair[0];
  auto fd = dial("auth:3025", cancel);
  REQUIRE(fd.ok());
  CHECK(fd->fd == pair[0]);
  CHECK_FALSE(fd->secured);
  CHECK((::fcntl(fd->fd, F_GETFD) & FD_CLOEXEC) != 0);  // a child of the host must not inherit it

  answers.flags = OKTASYNC_CONNECTION_SECURED;
  fd = dial("auth:3025", cancel);
  REQUIRE(fd.ok());
  CHECK(fd->secured);

  answers.flags = 1u << 31;
  fd = dial("auth:3025", cancel);
  CHECK(fd.status().code() == absl::StatusCode::kUnimplemented);
  CHECK_THAT(Message(fd.status()), Catch::Contains("does not know"));
  CHECK_FALSE(IsOpen(pair[0]));

  answers.flags = 0;
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  answers.fd = pipe_ends[0];
  CHECK_THAT(Message(dial("auth:3025", cancel).status()), Catch::Contains("no socket"));
  CHECK_FALSE(IsOpen(pipe_ends[0]));

  answers.fd = -1;
  CHECK_THAT(Message(dial("auth:3025", cancel).status()), Catch::Contains("gave no connection"));
  answers.code = OKTASYNC_UNAVAILABLE;
  CHECK(dial("auth:3025", cancel).status().code() == absl::StatusCode::kUnavailable);
  ::close(pipe_ends[1]);
  ::close(pair[1]);
}

TEST_CASE("dial: cancel makes cancel_fd readable; once cancelled nothing is dialled") {
  Answers answers;
  Cancel cancel;
  answers.cancel = &cancel;
  answers.code = OKTASYNC_CANCELLED;
  const auto dial = MakeDial(FullHost(answers), absl::Seconds(5));
  CHECK_FALSE(dial("auth:3025", cancel).ok());
  CHECK(answers.cancel_seen);
  answers.cancel_seen = false;
  CHECK(dial("auth:3025", cancel).status().code() == absl::StatusCode::kCancelled);
  CHECK_FALSE(answers.cancel_seen);
}

TEST_CASE("sign: a DER signature is named as the mistake it is") {
  Answers answers;
  const HostBinding host = FullHost(answers);
  auto signer = MakeSigner(host, OKTASYNC_SIGN_ES256, "kid");
  REQUIRE(signer.ok());
  auto signature = (*signer)->Sign("input");
  REQUIRE(signature.ok());
  CHECK(signature->size() == 64);
  answers.signature_bytes = 71;
  CHECK_THAT(Message((*signer)->Sign("input").status()),
             Catch::Contains("71 bytes") && Catch::Contains("DER"));
  answers.signature_bytes = 5000;  // more than there was room for
  signer = MakeSigner(host, OKTASYNC_SIGN_RS256, "kid");
  REQUIRE(signer.ok());
  CHECK_FALSE((*signer)->Sign("input").ok());

  CHECK(*MakeSigner(host, OKTASYNC_SIGN_NONE, "kid") == nullptr);
  CHECK_FALSE(MakeSigner(host, 9, "kid").ok());
  oktasync_host without{};
  without.struct_size = sizeof(without);
  CHECK_FALSE(MakeSigner(Bind(without, 0), OKTASYNC_SIGN_ES256, "kid").ok());
}

TEST_CASE("the host's clocks are used when it has both") {
  Answers answers;
  const auto clock = MakeClock(FullHost(answers));
  REQUIRE(clock != nullptr);
  CHECK(clock->Now() == absl::FromUnixSeconds(1'700'000'000));
  CHECK(clock->SinceBoot() == absl::Seconds(12));
  oktasync_host host{};
  host.struct_size = sizeof(host);
  host.log = &Log;
  host.clock_wall_ns = &Wall;
  CHECK_FALSE(CheckHost(&host).ok());
  CHECK(MakeIdentitySource(Bind(oktasync_host{}, 0)) == nullptr);
  CHECK(MakeDial(Bind(oktasync_host{}, 0), absl::Seconds(1)) == nullptr);
}

}  // namespace
}  // namespace oktasync::plugin
