#include "config/service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "config/keys.h"
#include "http/client.h"
#include "oauth/dpop.h"
#include "oauth/token_source.h"
#include "okta/client.h"
#include "teleport/host_key.h"
#include "teleport/identity_file.h"
#include "teleport/identity_keeper.h"

namespace oktasync::config {
namespace {

absl::StatusOr<teleport::Identity> WithPath(absl::StatusOr<teleport::Identity> identity) {
  if (!identity.ok()) return Annotate(identity.status(), "/teleport/identity/file");
  return identity;
}

}  // namespace

absl::StatusOr<teleport::IdentitySource> ChooseIdentity(const Config& config, const Host& host) {
  if (host.identity != nullptr) return host.identity;
  if (!config.identity_file.empty()) {
    return teleport::IdentitySource([file = config.identity_file]() -> absl::StatusOr<teleport::Identity> {
      return WithPath(teleport::ReadIdentityFile(file));
    });
  }
  // A host that secures its connections itself keeps its key.
  if (config.identity_key_file.empty() && host.dial != nullptr) return teleport::IdentitySource();
  if (config.identity_key_file.empty()) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        "/teleport/identity: there is no identity towards Teleport; name the file that oktasync join makes "
        "(/teleport/identity/file), or three files, or let the host hand one over");
  }
  // Read anew for each connection, so that whoever renews the files needs to tell nobody.
  return teleport::IdentitySource([key = config.identity_key_file, cert = config.identity_cert_file,
                                   ca = config.identity_ca_file]() -> absl::StatusOr<teleport::Identity> {
    auto identity = teleport::ReadIdentityFiles(key, cert, ca);
    if (!identity.ok()) return Annotate(identity.status(), "/teleport/identity");
    return identity;
  });
}

namespace {

// Each member uses those above it, so they go in the reverse order.
class RealService final : public Service {
 public:
  RealService(const Clock& clock, LogSink& log) : clock_(clock), log_(log) {}
  ~RealService() override {
    if (loop_ != nullptr) loop_->Stop();
  }

  absl::Status Init(Config config, const Host& host) {
    OKTASYNC_ASSIGN_OR_RETURN(auto keys, ChooseKeys(config, host.signer, log_));
    OKTASYNC_ASSIGN_OR_RETURN(auto dpop_key, jose::NewEs256Signer());
    OKTASYNC_ASSIGN_OR_RETURN(auto dpop, oauth::Dpop::Make(std::move(dpop_key)));
    OKTASYNC_ASSIGN_OR_RETURN(config.teleport.identity, ChooseIdentity(config, host));
    if (host.dial != nullptr) config.teleport.dial = host.dial;
    config.teleport.proxy_environment = teleport::ProxyEnvironment::OfProcess();
    if (host.identity == nullptr && !config.identity_file.empty()) {
      config.teleport.identity_advice = teleport::JoinAgainAdvice(config.identity_file);
      keeper_.emplace(config.identity_file, clock_, log_);
      config.teleport.identity = [this]() -> absl::StatusOr<teleport::Identity> {
        return WithPath(keeper_->Current());
      };
      config.loop.before_run = [this](Cancel& cancel) { keeper_->Look(*teleport_, cancel); };
    } else if (host.identity == nullptr && !config.identity_cert_file.empty()) {
      static_identity_ = config.teleport.identity;
    }
    config.loop.to_mend = [this] { return ToMend(); };
    keys_ = keys;

    auto http = http::MakeCurlClient(std::move(config.http));
    if (!http.ok()) return Annotate(http.status(), "/okta");
    http_ = *std::move(http);
    tokens_ = oauth::MakeClientCredentialsSource(std::move(config.credentials), std::move(keys),
                                                 std::move(dpop), *http_, clock_, log_);
    okta_ = okta::MakeClient(std::move(config.okta), *http_, *tokens_, clock_, log_);

    auto teleport = teleport::MakeClient(std::move(config.teleport), clock_, log_);
    if (!teleport.ok()) return Annotate(teleport.status(), "/teleport");
    teleport_ = *std::move(teleport);

    loop_ = reconcile::MakeLoop(std::move(config.loop), std::move(config.reconcile), *okta_, *teleport_,
                                clock_, log_);
    return absl::OkStatus();
  }

  reconcile::Loop& loop() override { return *loop_; }
  void IdentityChanged() override { teleport_->IdentityChanged(); }

 private:
  std::vector<std::string> ToMend() {
    std::vector<std::string> out = {keys_->Trouble().Text(),
                                    keeper_.has_value() ? keeper_->Trouble() : StaticTrouble()};
    std::erase(out, "");
    return out;
  }

  // Three files are renewed by others or by nobody.
  std::string StaticTrouble() const {
    if (static_identity_ == nullptr) return "";
    const absl::StatusOr<teleport::Identity> identity = static_identity_();
    if (!identity.ok()) return "";  // the run itself says so
    const absl::StatusOr<teleport::IdentityFacts> facts = teleport::Inspect(*identity);
    if (!facts.ok() || facts->not_after - clock_.Now() > teleport::SoonBefore(*facts)) return "";
    return "the certificate of teleport.identity ends at " + teleport::TimeInWords(facts->not_after) +
           ", and " + teleport::kThreeFiles;
  }

  CorrectedClock clock_;
  LogSink& log_;
  std::optional<teleport::IdentityKeeper> keeper_;  // of an identity file
  teleport::IdentitySource static_identity_;        // of three files; null: none, or a host's own
  std::shared_ptr<oauth::ClientKeys> keys_;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<oauth::TokenSource> tokens_;
  std::unique_ptr<okta::Client> okta_;
  std::unique_ptr<teleport::Client> teleport_;
  std::unique_ptr<reconcile::Loop> loop_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Service>> Service::Make(Config config, Host host) {
  auto service = std::make_unique<RealService>(host.clock != nullptr ? *host.clock : SystemClock(),
                                               host.log != nullptr ? *host.log : NullLog());
  OKTASYNC_RETURN_IF_ERROR(service->Init(std::move(config), host));
  return std::unique_ptr<Service>(std::move(service));
}

}  // namespace oktasync::config
