#include "teleport/tunnel.h"

#include <fcntl.h>
#include <grpc/grpc.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "teleport/host_key.h"
#include "teleport/http_connect.h"
#include "teleport/resolve.h"
#include "teleport/tcp.h"

namespace oktasync::teleport {
namespace {

// What the host dialled, made fit for the pump.
absl::StatusOr<UniqueFd> Adopt(UniqueFd fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  if (!fd.valid() || getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "the host's dial function did not return a connected stream socket");
  }
  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags < 0 || fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0) {
    return MakeStatus(absl::StatusCode::kUnavailable,
                      "the host's socket cannot be used: " + ErrnoText(errno));
  }
  return fd;
}

absl::StatusOr<UniqueFd> Connect(const TunnelOptions& options, const Deadline& deadline, Cancel& cancel) {
  if (options.dial == nullptr) {
    OKTASYNC_ASSIGN_OR_RETURN(const auto host_port, SplitAddress(options.address));
    OKTASYNC_ASSIGN_OR_RETURN(const auto proxy, options.proxy_environment.For(host_port.first));
    return proxy.has_value() ? ConnectThroughProxy(*proxy, options.address, deadline, cancel)
                             : ConnectTcp(options.address, deadline, cancel);
  }
  OKTASYNC_ASSIGN_OR_RETURN(const Dialled dialled, options.dial(options.address, cancel));
  return Adopt(UniqueFd(dialled.fd));
}

// Limits as Teleport's server enforces and its own client uses them (api/defaults, lib/auth/grpcserver.go):
// it says GOAWAY to whoever pings more often than once a minute.
grpc::ChannelArguments ChannelLimits() {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 61'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 180'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  args.SetMaxReceiveMessageSize(-1);  // GetLocks has no pages
  args.SetString(GRPC_ARG_DEFAULT_AUTHORITY, kServerName);
  args.SetUserAgentPrefix("oktasync");
  return args;
}

}  // namespace

std::string OurCertificate(const IdentityFacts& facts, absl::Time now) {
  std::string text = "our certificate (" + Escape(DescribeIdentity(facts)) + ", valid until " +
                     TimeInWords(facts.not_after) + ")";
  if (facts.not_after <= now) text += ", which has expired: renew the identity, or join again";
  return text;
}

absl::StatusOr<std::shared_ptr<Tunnel>> Tunnel::Open(const TunnelOptions& options, const Identity& identity,
                                                     const IdentityFacts& facts, const Clock& clock,
                                                     const SendGate& gate, Cancel& cancel) {
  TlsTarget target;
  target.ca_pem = identity.ca_pem;
  target.identity = &identity;
  target.alpn = options.alpn;
  return OpenTls(options, target, facts, clock, gate, cancel);
}

absl::StatusOr<std::shared_ptr<Tunnel>> Tunnel::OpenAsGuest(const TunnelOptions& options,
                                                            const TlsTarget& target, const Clock& clock,
                                                            const SendGate& gate, Cancel& cancel) {
  return OpenTls(options, target, std::nullopt, clock, gate, cancel);
}

absl::StatusOr<std::shared_ptr<Tunnel>> Tunnel::OpenTls(const TunnelOptions& options, const TlsTarget& target,
                                                        std::optional<IdentityFacts> facts,
                                                        const Clock& clock, const SendGate& gate,
                                                        Cancel& cancel) {
  const std::string context = "connecting to " + Escape(options.address);
  const Deadline deadline = Deadline::After(options.connect_timeout);
  OKTASYNC_RETURN_IF_ERROR(cancel.Check(context));
  auto fd = Connect(options, deadline, cancel);
  if (!fd.ok()) return Annotate(fd.status(), context);

  auto stop = Waker::Make();
  if (!stop.ok()) return Annotate(stop.status(), context);
  absl::StatusOr<TlsStream> tls = [&] {
    Cancel::Registration cancelled(cancel, [&] { stop->Wake(); });
    return TlsStream::Connect(*std::move(fd), target, deadline, *stop);
  }();
  OKTASYNC_RETURN_IF_ERROR(cancel.Check(context));
  if (!tls.ok()) {
    absl::Status status = tls.status();
    if (status.code() == absl::StatusCode::kDeadlineExceeded) {
      status = MakeStatus(absl::StatusCode::kUnavailable,
                          "the server took the connection but the TLS handshake was not done within " +
                              absl::FormatDuration(options.connect_timeout) +
                              "; is this the auth server's port, and is the server well?");
    }
    if (facts && (status.code() == absl::StatusCode::kUnauthenticated || facts->not_after <= clock.Now())) {
      status = MakeStatus(status.code(),
                          Message(status) + "; we came with " + OurCertificate(*facts, clock.Now()));
    }
    return Annotate(status, context);
  }
  std::shared_ptr<Tunnel> tunnel(
      new Tunnel(Escape(options.address), std::move(facts), clock, gate, *std::move(stop)));
  tunnel->guest_ = target.identity == nullptr;
  OKTASYNC_RETURN_IF_ERROR(Annotate(tunnel->Start(*std::move(tls)), context));
  return tunnel;
}

absl::StatusOr<std::shared_ptr<Tunnel>> Tunnel::OverSecured(const std::string& address, int fd,
                                                            const Clock& clock, const SendGate& gate) {
  const std::string context = "connecting to " + Escape(address);
  auto stream = Adopt(UniqueFd(fd));
  if (!stream.ok()) return Annotate(stream.status(), context);
  auto stop = Waker::Make();
  if (!stop.ok()) return Annotate(stop.status(), context);
  std::shared_ptr<Tunnel> tunnel(new Tunnel(Escape(address), std::nullopt, clock, gate, *std::move(stop)));
  OKTASYNC_RETURN_IF_ERROR(Annotate(tunnel->Start(TlsStream::Secured(*std::move(stream))), context));
  return tunnel;
}

absl::Status Tunnel::Start(TlsStream tls) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "cannot make a socket pair: " + ErrnoText(errno));
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  constexpr int kWantedByChannel = 8;
  OKTASYNC_RETURN_IF_ERROR(TryDescriptors(kWantedByChannel));
  struct Streams {
    UniqueFd app;
    TlsStream tls;
  };
  auto streams = std::make_shared<Streams>(Streams{std::move(ours), std::move(tls)});
  auto thread = Thread::Start("teleport-tunnel", [this, streams, pass = gate_.Enter()] {
    const PumpEnd end = Pump(streams->app.get(), streams->tls, stop_, pass).Run();
    {
      std::lock_guard lock(mutex_);
      end_ = EndInWords(end);
    }
    // The reason stands before gRPC can notice the end.
    closed_.store(true, std::memory_order_release);
    streams->tls.Close();
    streams->app.Close();
  });
  if (!thread.ok()) return thread.status();
  pump_ = *std::move(thread);
  SignalsBlocked blocked;  // gRPC may make its threads here
  channel_ = grpc::CreateCustomInsecureChannelFromFd(kServerName, theirs.Release(), ChannelLimits());
  return absl::OkStatus();
}

Tunnel::~Tunnel() {
  stop_.Wake();
  pump_.Join();
}

absl::Status Tunnel::end() const {
  std::lock_guard lock(mutex_);
  return end_;
}

absl::Status Tunnel::EndInWords(const PumpEnd& end) const {
  const std::string who = "the auth server at " + address_;
  if (end.by == PumpEnd::By::kGate) {
    return MakeStatus(
        absl::StatusCode::kAborted,
        "our connection to " + who +
            " was cut by us: the lease has run out while this process was paused or cut off, and "
            "what had not been sent by then stays unsent");
  }
  if (end.by != PumpEnd::By::kPeer) {
    return MakeStatus(absl::StatusCode::kUnavailable, "our connection to " + who + " was closed by us");
  }
  const absl::Status why = TlsFailureInWords(end.failure);
  if (guest_) return MakeStatus(absl::StatusCode::kUnavailable, who + ": " + Message(why));
  if (!facts_) {
    return MakeStatus(
        absl::StatusCode::kUnavailable,
        who + ": " + Message(why) + "; the connection was secured by the host, whose log may say more");
  }
  const absl::Time now = clock_.Now();
  if (why.code() == absl::StatusCode::kUnauthenticated) {
    return MakeStatus(why.code(),
                      who + ": " + Message(why) + "; we came with " + OurCertificate(*facts_, now));
  }
  if (end.from_peer > 0) return MakeStatus(absl::StatusCode::kUnavailable, who + ": " + Message(why));
  // A server that only restarts looks the same, so this may be tried again unless the reason is plain.
  return MakeStatus(
      facts_->not_after <= now ? absl::StatusCode::kUnauthenticated : absl::StatusCode::kUnavailable,
      who + " hung up right after the TLS handshake (" + Message(why) +
          "). Teleport does that to a client "
          "certificate that it does not accept: expired, issued by a CA that it no longer knows, or sent "
          "with "
          "more than one certificate; or the server is restarting. We came with " +
          OurCertificate(*facts_, now));
}

}  // namespace oktasync::teleport
