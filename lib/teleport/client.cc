#include "teleport/client.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <mutex>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "teleport/client_impl.h"
#include "teleport/errors.h"
#include "teleport/fd.h"
#include "teleport/resolve.h"
#include "teleport/tls.h"

namespace oktasync::teleport {
namespace {

absl::Status CheckOptions(const ClientOptions& options) {
  const auto invalid = [](std::string_view what) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, what);
  };
  // A host that dials itself gives the address a meaning of its own.
  if (options.dial == nullptr) OKTASYNC_RETURN_IF_ERROR(SplitAddress(options.address).status());
  OKTASYNC_RETURN_IF_ERROR(AlpnWire(options.alpn).status());
  if (std::find(options.alpn.begin(), options.alpn.end(), "h2") == options.alpn.end()) {
    return invalid("the list of ALPN names must hold h2, which is what the auth server speaks");
  }
  if (options.call_timeout <= absl::ZeroDuration() || options.connect_timeout <= absl::ZeroDuration()) {
    return invalid("time limits towards Teleport must be longer than zero");
  }
  if (options.max_tries < 1) return invalid("a call to Teleport must be tried at least once");
  if (options.identity == nullptr && options.dial == nullptr)
    return invalid("no source of an identity towards Teleport was given");
  return absl::OkStatus();
}

// Known to be of no use before anything is connected to.
absl::Status CheckIdentity(const ClientOptions& options, const Clock& clock, LogSink& log) {
  const auto precondition = [](const absl::Status& status) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the identity towards Teleport: " + Message(status));
  };
  const auto identity = options.identity();
  if (!identity.ok()) return precondition(identity.status());
  const auto facts = Inspect(*identity);
  if (!facts.ok()) return precondition(facts.status());
  if (!HoldsOktaRole(*facts)) return WrongRole(*facts);
  // Not refused: our clock may be wrong, and the server's is the one that counts.
  if (facts->not_after <= clock.Now()) {
    log.Write(LogLevel::kWarn, "teleport", "our certificate has expired by this machine's clock",
              {{"identity", DescribeIdentity(*facts)},
               {"not_after", absl::FormatTime(facts->not_after, absl::UTCTimeZone())}});
  }
  return absl::OkStatus();
}

}  // namespace

// When the last gRPC object of a process goes, gRPC 1.51's own shutdown can wait ten seconds for a poller in
// the background. One reference that is never given back keeps stopping quick.
absl::Status KeepGrpc() {
  static std::mutex mutex;
  static bool kept = false;
  std::lock_guard lock(mutex);
  if (kept) return absl::OkStatus();
  constexpr int kWanted = 24;
  OKTASYNC_RETURN_IF_ERROR(TryDescriptors(kWanted));
  const SignalsBlocked blocked;  // for the threads that gRPC makes here
  grpc_init();
  kept = true;
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view kind, std::string_view name) {
  if (!name.empty() && name.find('/') == std::string_view::npos &&
      name.find('\0') == std::string_view::npos) {
    return absl::OkStatus();
  }
  return MakeStatus(absl::StatusCode::kInvalidArgument,
                    std::string(kind) + " \"" + Escape(name) +
                        "\": a name in Teleport has at least one character, and no slash");
}

std::vector<std::string> ProxyAlpn(const std::string& cluster) {
  return {"teleport-auth@" + Hex(cluster) + "." + kServerName, "h2"};
}

absl::StatusOr<std::unique_ptr<Client>> MakeClient(ClientOptions options, const Clock& clock, LogSink& log) {
  OKTASYNC_RETURN_IF_ERROR(CheckOptions(options));
  if (options.identity != nullptr) OKTASYNC_RETURN_IF_ERROR(CheckIdentity(options, clock, log));
  OKTASYNC_RETURN_IF_ERROR(KeepGrpc());
  return std::make_unique<GrpcClient>(std::move(options), clock, log);
}

}  // namespace oktasync::teleport
