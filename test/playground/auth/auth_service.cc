#include "auth/auth_service.h"

#include <filesystem>
#include <stdexcept>

#include "auth/auth_rpc.h"
#include "auth/control.h"
#include "auth/desk.h"
#include "auth/host_ca.h"
#include "auth/join_control.h"
#include "auth/join_rpc.h"
#include "auth/pki.h"
#include "auth/presets.h"
#include "auth/proxies.h"
#include "auth/tls_front.h"
#include "auth/users_rpc.h"
#include "auth/world.h"
#include "grpc/grpc.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace playground {
namespace {

void MakeIdentities(const AuthOptions& options, const HostCa& ca, const std::string& host_id) {
  std::filesystem::create_directories(options.dir);
  const auto path = [&options](const std::string& name) { return options.dir + "/" + name; };
  const auto issue = [&](const auto& from, const char* role, const std::string& id, const char* file,
                         long not_before, long not_after) {
    CertificateRequest request;
    request.organization = role;
    request.common_name = id + "." + options.cluster;
    request.not_before = not_before;
    request.not_after = not_after;
    const KeyAndCertificate pair = from.Issue(request);
    WritePrivateFile(path(std::string(file) + ".key"), pair.key_pem);
    WritePrivateFile(path(std::string(file) + ".crt"), pair.certificate_pem);
  };
  constexpr long kHour = 3600, kYears = 10L * 365 * 24 * kHour;
  issue(ca, "Okta", host_id, "identity", -kHour, kYears);
  issue(ca, "Node", NewUuid(), "node", -kHour, kYears);
  issue(ca, "Okta", NewUuid(), "expired", -2 * kHour, -kHour);
  const CertificateAuthority foreign(options.cluster);
  issue(foreign, "Okta", host_id, "foreign", -kHour, kYears);
  WritePrivateFile(path("host-ca.pem"), ca.TrustedPem());
  WritePrivateFile(path("foreign-ca.pem"), foreign.certificate_pem());
}

// As a public CA would have issued it for the proxy's name.
KeyAndCertificate MakeWebCertificate(const std::string& dir) {
  const CertificateAuthority ca("Playground Web CA");
  WritePrivateFile(dir + "/proxy-ca.pem", ca.certificate_pem());
  CertificateRequest request;
  request.organization = "Playground";
  request.common_name = "localhost";
  request.dns_names = {"localhost"};
  return ca.Issue(request);
}

// gRPC's own shutdown, when its last object goes, may wait 10 s for a background poller that a large write
// left behind (seen with 1.51). So it is started once and stays until the process ends.
void KeepGrpcAlive() {
  static const bool once = [] {
    grpc_init();
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace

struct AuthService::Parts {
  Parts(Record& record, KillSwitch& kill, const std::string& cluster, TlsFront::Options front_options,
        TlsFront::Options proxy_options)
      : world(record),
        ca(cluster),
        front(std::move(front_options)),
        proxy_front(std::move(proxy_options)),
        desk(world, front, proxy_front, kill),
        users(world, desk),
        auth(world, desk, ca),
        join(world, desk, ca),
        proxy_port(record, cluster),
        http_proxy(record) {}

  World world;
  HostCa ca;
  TlsFront front;
  TlsFront proxy_front;
  Desk desk;
  UsersRpc users;
  AuthRpc auth;
  JoinRpc join;
  ProxyPort proxy_port;
  HttpProxy http_proxy;
  std::unique_ptr<grpc::Server> server;
  std::string host_id;
};

AuthService::AuthService(AuthOptions options, Record& record, KillSwitch& kill)
    : options_(std::move(options)) {
  TlsFront::Options front;
  front.port = options_.port;
  front.on_connection = [&record](const std::string& outcome, const PeerIdentity& peer) {
    record.Add({{"side", "auth"},
                {"kind", "connection"},
                {"outcome", outcome},
                {"caller", peer.common_name},
                {"conn", peer.connection}});
  };
  TlsFront::Options proxy;
  proxy.proxy = true;
  proxy.on_connection = [&record](const std::string& outcome, const PeerIdentity&) {
    record.Add({{"side", "proxy"}, {"kind", "connection"}, {"outcome", outcome}});
  };
  parts_ = std::make_unique<Parts>(record, kill, options_.cluster, std::move(front), std::move(proxy));
  World& world = parts_->world;
  world.cluster = options_.cluster;
  world.version = options_.version;
  world.page_default = options_.page_default;
  world.record_traits = options_.record_traits;
  for (types::RoleV6& role : PresetRoles(options_.okta_requester)) world.PutRole(std::move(role));
  parts_->host_id = NewUuid();
  parts_->desk.OnControl([this, &record](const std::string& command, const nlohmann::json& args) {
    constexpr std::string_view kOkta = "okta/";
    nlohmann::json answer;
    if (command.starts_with(kOkta) && options_.okta != nullptr) {
      try {
        answer = options_.okta(command.substr(kOkta.size()), args);
      } catch (const std::exception& e) {
        answer = {{"error", e.what()}};  // Okta would refuse it
      }
    } else {
      answer = Control(command, args);
    }
    if (!answer.is_object() || !answer.contains("error")) return;
    record.Add({{"side", "control"}, {"kind", "error"}, {"call", command}, {"error", answer["error"]}});
  });
}

AuthService::~AuthService() { Stop(); }

void AuthService::Start() {
  KeepGrpcAlive();
  MakeIdentities(options_, parts_->ca, parts_->host_id);

  grpc::ServerBuilder builder;
  int inner_port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &inner_port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Teleport's enforcement: faster pings than one a minute end in GOAWAY too_many_pings.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 60000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 180000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1000);
  if (options_.connection_age > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               static_cast<int>(options_.connection_age * 1000));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 2000);
  }
  builder.RegisterService(&parts_->users);
  builder.RegisterService(&parts_->auth);
  builder.RegisterService(&parts_->join);
  parts_->server = builder.BuildAndStart();
  if (!parts_->server || inner_port == 0) throw std::runtime_error("auth service: gRPC did not start");
  parts_->front.Start(inner_port, parts_->ca.Server(), parts_->ca.TrustedPem());
  parts_->proxy_front.Start(inner_port, MakeWebCertificate(options_.dir), "");
  parts_->proxy_port.Start(parts_->front.port(), parts_->proxy_front.port());
  parts_->http_proxy.Start();
}

void AuthService::Stop() {
  parts_->desk.Stop();
  parts_->http_proxy.Stop();
  parts_->proxy_port.Stop();
  parts_->proxy_front.Stop();
  parts_->front.Stop();
  if (parts_->server) {
    parts_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    parts_->server->Wait();
    parts_->server.reset();
  }
}

std::string AuthService::address() const { return "127.0.0.1:" + std::to_string(parts_->front.port()); }

std::string AuthService::proxy_address() const {
  return "localhost:" + std::to_string(parts_->proxy_port.port());
}

std::string AuthService::http_proxy() const {
  return "http://127.0.0.1:" + std::to_string(parts_->http_proxy.port());
}

std::string AuthService::host_id() const { return parts_->host_id; }

std::string AuthService::ca_pin() const { return parts_->ca.Pins().front(); }

nlohmann::json AuthService::Control(const std::string& command, const nlohmann::json& args) {
  try {
    JoinScene join{parts_->world, parts_->ca, parts_->front, parts_->http_proxy};
    if (auto answer = RunJoinControl(join, command, args)) return *std::move(answer);
    return RunControl(parts_->world, parts_->front, parts_->desk, command, args);
  } catch (const std::exception& e) {
    return {{"error", command + ": " + e.what()}};
  }
}

}  // namespace playground
