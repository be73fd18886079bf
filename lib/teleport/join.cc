#include "teleport/join.h"

#include <grpc/support/time.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "teleport/client_impl.h"
#include "teleport/host_key.h"
#include "teleport/legacy/client/proto/authservice.grpc.pb.h"
#include "teleport/legacy/client/proto/joinservice.grpc.pb.h"
#include "teleport/resolve.h"
#include "teleport/send_gate.h"
#include "teleport/tunnel.h"

namespace oktasync::teleport {
namespace {

constexpr char kNewToken[] = "make a new token with: tctl tokens add --type=okta";
constexpr size_t kMaxTokenBytes = 1024;
constexpr size_t kMaxCas = 16;

absl::Status Invalid(std::string_view what) { return MakeStatus(absl::StatusCode::kInvalidArgument, what); }

absl::Status CheckOptions(const JoinOptions& options) {
  OKTASYNC_RETURN_IF_ERROR(SplitAddress(options.address).status());
  const std::string_view token = options.token.Reveal();
  const bool printable = std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (token.empty()) return Invalid(std::string("the join token is empty; ") + kNewToken);
  if (!printable || token.size() > kMaxTokenBytes) {
    return Invalid(
        "the join token is not one word of printable characters; give the token alone, as `tctl tokens add "
        "--type=okta` prints it behind \"The invite token:\"");
  }
  for (const std::string& pin : options.ca_pins) {
    if (const std::string wrong = CheckPin(pin); !wrong.empty()) return Invalid(wrong);
  }
  if (!options.proxy && options.ca_pins.empty()) {
    return Invalid(
        "joining at the auth server's port needs a CA pin, or anybody could answer there and take the token: "
        "give "
        "--ca-pin sha256:…, which `tctl tokens add` prints and `tctl status` shows; or join through the "
        "proxy "
        "(teleport.proxy: true)");
  }
  return absl::OkStatus();
}

// One joining, on one thread.
class Joining {
 public:
  Joining(const JoinOptions& options, const Clock& clock, Cancel& cancel)
      : options_(options), clock_(clock), cancel_(cancel), gate_(clock) {}

  absl::StatusOr<Identity> Run() {
    OKTASYNC_ASSIGN_OR_RETURN(TlsTarget target, Prove());
    OKTASYNC_ASSIGN_OR_RETURN(const auto tunnel, Open(target));
    OKTASYNC_ASSIGN_OR_RETURN(HostKey key, NewHostKey());
    const std::string host_id = RandomUuid();
    OKTASYNC_ASSIGN_OR_RETURN(HostCerts certs, Register(*tunnel, key, host_id));
    Identity identity;
    identity.key_pem = std::move(key.key_pem);
    identity.cert_pem = std::move(certs.cert_pem);
    identity.ca_pem = std::move(certs.ca_pem);
    OKTASYNC_RETURN_IF_ERROR(CheckPins(identity.ca_pem, "the cluster that was joined").status());
    OKTASYNC_RETURN_IF_ERROR(CheckIssued(identity, host_id, clock_.Now()).status());
    identity.generation = GenerationOf(identity);
    return identity;
  }

 private:
  // How the server that gets the token must prove itself.
  absl::StatusOr<TlsTarget> Prove() {
    TlsTarget target;
    if (options_.proxy) {
      OKTASYNC_ASSIGN_OR_RETURN(const auto host_port, SplitAddress(options_.address));
      target.trust = TlsTarget::Trust::kWeb;
      target.ca_pem = options_.web_ca_pem;
      target.server_name = host_port.first;
      target.alpn = {kProxyJoinAlpn, "h2"};
      return target;
    }
    TlsTarget nobody;
    nobody.trust = TlsTarget::Trust::kNobody;
    std::string cas;
    {
      OKTASYNC_ASSIGN_OR_RETURN(const auto tunnel, Open(nobody));
      OKTASYNC_ASSIGN_OR_RETURN(cas, ClusterCas(*tunnel));
    }
    OKTASYNC_ASSIGN_OR_RETURN(target.ca_pem, CheckPins(cas, "the server at " + Escape(options_.address)));
    return target;
  }

  absl::StatusOr<std::shared_ptr<Tunnel>> Open(const TlsTarget& target) {
    TunnelOptions tunnel;
    tunnel.address = options_.address;
    tunnel.connect_timeout = options_.connect_timeout;
    tunnel.proxy_environment = options_.proxy_environment;
    return Tunnel::OpenAsGuest(tunnel, target, clock_, gate_, cancel_);
  }

  absl::StatusOr<std::string> ClusterCas(Tunnel& tunnel) {
    const auto stub = ::proto::AuthService::NewStub(tunnel.channel());
    ::proto::GetClusterCACertResponse response;
    OKTASYNC_RETURN_IF_ERROR(
        Call("asking for the cluster's CA (GetClusterCACert)", tunnel, [&](grpc::ClientContext* context) {
          return stub->GetClusterCACert(context, google::protobuf::Empty(), &response);
        }));
    return response.tlsca();
  }

  // Those of the CAs that are pinned, as PEM; all of them when nothing is pinned.
  absl::StatusOr<std::string> CheckPins(const std::string& cas, const std::string& whose) {
    if (options_.ca_pins.empty()) return cas;
    const auto pins = PinsOf(cas);
    if (!pins.ok() || pins->size() > kMaxCas) {
      return MakeStatus(absl::StatusCode::kUnauthenticated,
                        whose + " gave no CA that can be read; is this the auth server's port?");
    }
    OKTASYNC_ASSIGN_OR_RETURN(const std::vector<std::string> pem, SplitCertificates(cas));
    std::string pinned, seen;
    for (size_t i = 0; i < pins->size(); ++i) {
      seen += (i == 0 ? "" : ", ") + (*pins)[i];
      const bool wanted = std::any_of(options_.ca_pins.begin(), options_.ca_pins.end(),
                                      [&](const std::string& pin) { return FoldCase(pin) == (*pins)[i]; });
      if (wanted) pinned += pem[i];
    }
    if (!pinned.empty()) return pinned;
    return MakeStatus(
        absl::StatusCode::kUnauthenticated,
        whose + " has another CA than the pinned one, so it gets no token: its CA has the pin " + seen +
            ". Either the address is of another cluster, or somebody in between answers, or the CA was "
            "rotated since the pin was noted: `tctl status` on the auth server shows the present pin");
  }

  absl::StatusOr<HostCerts> Register(Tunnel& tunnel, const HostKey& key, const std::string& host_id) {
    const auto stub = ::proto::JoinService::NewStub(tunnel.channel());
    ::types::RegisterUsingTokenRequest request;
    request.set_hostid(host_id);
    request.set_nodename(options_.node_name);
    request.set_role("Okta");
    request.set_token(std::string(options_.token.Reveal()));
    request.set_publictlskey(key.public_key_pem);
    request.set_publicsshkey(key.public_ssh_key);
    ::proto::Certs response;
    const absl::Status status = Call(
        "joining (RegisterUsingToken)", tunnel,
        [&](grpc::ClientContext* context) { return stub->RegisterUsingToken(context, request, &response); });
    std::string& token = *request.mutable_token();
    OPENSSL_cleanse(token.data(), token.size());
    OKTASYNC_RETURN_IF_ERROR(status);
    return CertsOf(response.tls(), {response.tlscacerts().begin(), response.tlscacerts().end()});
  }

  absl::Status Call(const std::string& what, Tunnel& tunnel,
                    const std::function<grpc::Status(grpc::ClientContext*)>& call) {
    grpc::ClientContext context;
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                     gpr_time_from_millis(absl::ToInt64Milliseconds(options_.call_timeout), GPR_TIMESPAN)));
    grpc::Status answer;
    {
      Cancel::Registration stop(cancel_, [&context] { context.TryCancel(); });
      SignalsBlocked blocked;
      answer = call(&context);
    }
    if (answer.ok()) return absl::OkStatus();
    OKTASYNC_RETURN_IF_ERROR(cancel_.Check(what));
    return Annotate(InWords(answer, tunnel), what + " at " + Escape(options_.address));
  }

  // A server may repeat in its words what it was asked; it was asked with the token.
  std::string Said(const grpc::Status& answer) const {
    std::string text = answer.error_message();
    const std::string token(options_.token.Reveal());
    for (size_t at = text.find(token); at != std::string::npos; at = text.find(token)) {
      text.replace(at, token.size(), "…");
    }
    return text.empty() ? "the server gave no reason" : Escape(text, 1024);
  }

  absl::Status InWords(const grpc::Status& answer, const Tunnel& tunnel) const {
    const std::string said = Said(answer);
    const auto has = [&](const char* part) { return answer.error_message().find(part) != std::string::npos; };
    const auto code = static_cast<absl::StatusCode>(answer.error_code());
    switch (answer.error_code()) {
      case grpc::StatusCode::PERMISSION_DENIED:
      case grpc::StatusCode::NOT_FOUND:
        return MakeStatus(absl::StatusCode::kPermissionDenied,
                          said +
                              "; the token is wrong, or has expired (a token lives for 30 minutes unless "
                              "--ttl says otherwise): " +
                              kNewToken);
      case grpc::StatusCode::INVALID_ARGUMENT:
        if (!has("does not allow")) return MakeStatus(code, said);
        return MakeStatus(absl::StatusCode::kPermissionDenied,
                          said + "; the token is for another kind of service: " + kNewToken);
      case grpc::StatusCode::UNIMPLEMENTED:
        return MakeStatus(
            absl::StatusCode::kFailedPrecondition,
            said +
                "; the server does not let hosts join by gRPC: Teleport 17 or newer is needed, and "
                "the address must be of its auth server, or of its proxy with teleport.proxy: true");
      case grpc::StatusCode::UNAVAILABLE:
      case grpc::StatusCode::CANCELLED:
      case grpc::StatusCode::INTERNAL:
        return MakeStatus(absl::StatusCode::kUnavailable,
                          tunnel.closed() ? said + " (" + Message(tunnel.end()) + ")" : said);
      case grpc::StatusCode::DEADLINE_EXCEEDED:
        return MakeStatus(code, "the server did not answer in time");
      default:
        return MakeStatus(code, said);
    }
  }

  const JoinOptions& options_;
  const Clock& clock_;
  Cancel& cancel_;
  SendGate gate_;
};

}  // namespace

std::string CheckPin(std::string_view pin) {
  const std::string folded = FoldCase(pin);
  constexpr std::string_view kBegin = "sha256:";
  const bool good = folded.size() == kBegin.size() + 64 && folded.starts_with(kBegin) &&
                    folded.find_first_not_of("0123456789abcdef", kBegin.size()) == std::string::npos;
  if (good) return "";
  const std::string expected = "a CA pin is sha256: and 64 hexadecimal digits, as `tctl status` shows it; ";
  if (folded.starts_with(kBegin)) return expected + "this is none: " + Escape(pin, 96);
  // Not repeated: the join token is what is most easily taken for it.
  return expected +
         "what was given begins otherwise. Is it the join token? That goes into a file of mode 0600";
}

absl::StatusOr<Identity> Join(const JoinOptions& options, const Clock& clock, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckOptions(options));
  OKTASYNC_RETURN_IF_ERROR(KeepGrpc());
  return Joining(options, clock, cancel).Run();
}

}  // namespace oktasync::teleport
