// One connection to the auth server, with a gRPC channel inside.
//
//   TCP or the host's Dial -> TLS (tls.h) -> pump thread (pump.h) -> socketpair -> gRPC channel on that end
//
// TLS is ours because gRPC's own cannot do what Teleport wants (see tls.h). A tunnel lives once: when either
// side ends, both are closed, calls on the channel fail, and connection.h makes a new tunnel. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/thread.h"
#include "teleport/client.h"
#include "teleport/fd.h"
#include "teleport/http_proxy.h"
#include "teleport/identity.h"
#include "teleport/pump.h"
#include "teleport/send_gate.h"
#include "teleport/tls.h"

namespace grpc {
class Channel;
}

namespace oktasync::teleport {

struct TunnelOptions {
  std::string address;
  std::vector<std::string> alpn = {"h2"};
  absl::Duration connect_timeout = absl::Seconds(15);  // name, TCP and TLS together
  Dial dial;                                           // null: TCP to `address`
  ProxyEnvironment proxy_environment;                  // for TCP of ours; empty: directly
};

class Tunnel {
 public:
  // Blocks until TLS stands. `clock`, which only serves messages, and `gate` must outlive the tunnel.
  static absl::StatusOr<std::shared_ptr<Tunnel>> Open(const TunnelOptions& options, const Identity& identity,
                                                      const IdentityFacts& facts, const Clock& clock,
                                                      const SendGate& gate, Cancel& cancel);
  // For whoever joins: without an identity, to a server that proves itself as `target` asks. options.alpn is not
  // looked at.
  static absl::StatusOr<std::shared_ptr<Tunnel>> OpenAsGuest(const TunnelOptions& options,
                                                             const TlsTarget& target, const Clock& clock,
                                                             const SendGate& gate, Cancel& cancel);
  // The same over a stream that the host has dialled and secured (Dialled::secured).
  static absl::StatusOr<std::shared_ptr<Tunnel>> OverSecured(const std::string& address, int fd,
                                                             const Clock& clock, const SendGate& gate);
  // Cuts what is in flight; takes milliseconds, whatever the peer does.
  ~Tunnel();
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  bool closed() const { return closed_.load(std::memory_order_acquire); }
  // Why it ended; OK while it lives.
  absl::Status end() const;

 private:
  Tunnel(std::string address, std::optional<IdentityFacts> facts, const Clock& clock, const SendGate& gate,
         Waker stop)
      : address_(std::move(address)),
        facts_(std::move(facts)),
        clock_(clock),
        gate_(gate),
        stop_(std::move(stop)) {}
  static absl::StatusOr<std::shared_ptr<Tunnel>> OpenTls(const TunnelOptions& options,
                                                         const TlsTarget& target,
                                                         std::optional<IdentityFacts> facts,
                                                         const Clock& clock, const SendGate& gate,
                                                         Cancel& cancel);
  absl::Status Start(TlsStream tls);
  absl::Status EndInWords(const PumpEnd& end) const;

  const std::string address_;
  const std::optional<IdentityFacts> facts_;  // none: the host's, which we do not see, or a guest
  bool guest_ = false;
  const Clock& clock_;
  const SendGate& gate_;
  Waker stop_;
  std::atomic<bool> closed_{false};
  mutable std::mutex mutex_;
  absl::Status end_;  // guarded by mutex_
  std::shared_ptr<grpc::Channel> channel_;
  Thread pump_;  // last: it uses all of the above
};

// "<id>.<cluster>, role Okta, valid until <time>", and whether that has passed; for messages.
std::string OurCertificate(const IdentityFacts& facts, absl::Time now);

}  // namespace oktasync::teleport
