#include "okta/okta_service.h"

#include "okta/api.h"
#include "okta/control.h"
#include "okta/crypto.h"
#include "okta/http_server.h"

namespace playground::okta {
namespace {

// Like the ones that Okta's key generator makes.
std::string NewKeyId() { return Base64UrlEncode(RandomBytes(32)); }

}  // namespace

struct OktaService::Parts {
  Parts(const Options& options, Record& record, KillSwitch& kill)
      : org(options.seed, options.people, clock),
        tokens(org.client_id(), clock),
        rates(options.real_rate_limits, clock),
        api(org, tokens, rates, faults, clock, record, kill),
        control(org, tokens, rates, faults, clock, record, options.dir),
        identity(MakeServerIdentity("Okta Playground", options.expired_certificate)),
        server(options.port, &identity, [this](const Request& request) { return api.Handle(request); }) {}

  OktaClock clock;
  Org org;
  Tokens tokens;
  RateLimits rates;
  Faults faults;
  OktaApi api;
  okta::Control control;
  ServerIdentity identity;
  HttpServer server;
  nlohmann::ordered_json info;
};

OktaService::OktaService(const Options& options, Record& record, KillSwitch& kill)
    : parts_(std::make_unique<Parts>(options, record, kill)) {
  Parts& p = *parts_;
  p.org.SetUrl("https://localhost:" + std::to_string(p.server.port()));
  const std::string ca_file = options.dir + "/okta-ca.pem";
  const std::string key_file = options.dir + "/okta-client.pem";
  const std::string rsa_key_file = options.dir + "/okta-client-rsa.pem";
  const std::string key_id = NewKeyId();
  const std::string rsa_key_id = NewKeyId();
  Key ec = MakeEcKey();
  Key rsa = MakeRsaKey();
  WriteFile(ca_file, CertPem(p.identity.root.get()), false);
  WriteFile(key_file, PrivatePem(ec.get()), true);
  WriteFile(rsa_key_file, PrivatePem(rsa.get()), true);
  p.tokens.AddKey(key_id, std::move(ec));
  p.tokens.AddKey(rsa_key_id, std::move(rsa));
  p.info = {{"okta_url", p.org.url()},
            {"okta_ca_file", ca_file},
            {"org_id", p.org.id()},
            {"app_id", p.org.app_id()},
            {"client_id", p.org.client_id()},
            {"key_id", key_id},
            {"rsa_key_id", rsa_key_id},
            {"private_key_file", key_file},
            {"rsa_private_key_file", rsa_key_file},
            {"saml_issuer", p.org.saml_issuer()},
            {"saml_sso_url", p.org.saml_sso_url()},
            {"saml_acs_url", p.org.saml_acs_url()}};
  p.server.Start();
}

OktaService::~OktaService() { Stop(); }

nlohmann::ordered_json OktaService::Info() const { return parts_->info; }

nlohmann::json OktaService::Control(const std::string& command, const nlohmann::json& args) {
  return parts_->control.Run(command, args);
}

void OktaService::Stop() {
  parts_->api.Stop();
  parts_->server.Stop();
}

}  // namespace playground::okta
