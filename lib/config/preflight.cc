#include "config/preflight.h"

#include <algorithm>
#include <string>
#include <utility>

#include "config/keys.h"
#include "enroll/preflight.h"
#include "reconcile/run.h"
#include "reconcile/target.h"
#include "teleport/identity_keeper.h"
#include "traits/mapper.h"

namespace oktasync::config {
namespace {

enroll::OktaInputs OktaSide(const Config& config, const Host& host, LogSink& log) {
  enroll::OktaInputs in;
  in.http = config.http;
  in.credentials = config.credentials;
  in.keys = ChooseKeys(config, host.signer, log);
  in.client = config.okta;
  in.pinned_org_id = config.reconcile.pinned_org_id;
  in.needed_scopes = {"okta.apps.read", "okta.users.read"};
  in.groups = traits::GroupsOfRules(config.reconcile.traits);
  if (!in.groups.empty()) in.needed_scopes.emplace_back("okta.groups.read");
  return in;
}

enroll::TeleportInputs TeleportSide(const Config& config, const Host& host) {
  enroll::TeleportInputs in;
  in.client = config.teleport;
  in.client.dial = host.dial;
  absl::StatusOr<teleport::IdentitySource> identity = ChooseIdentity(config, host);
  in.identity = identity.status();
  if (identity.ok()) in.client.identity = *std::move(identity);
  in.identity_of_host = host.identity != nullptr;
  if (host.identity == nullptr && !config.identity_file.empty()) {
    in.identity_file = config.identity_file;
    in.client.identity_advice = teleport::JoinAgainAdvice(config.identity_file);
  }
  in.client.proxy_environment = teleport::ProxyEnvironment::OfProcess();
  const traits::Options& traits = config.reconcile.traits;
  in.default_role = traits.default_role;
  in.roles = traits::AllRoles(traits);
  in.allow_powerful_roles = config.reconcile.allow_powerful_roles;
  in.connector = traits.connector;
  in.lease_kind = reconcile::kLeaseKind;
  in.find_connector = config.reconcile.find_connector;
  in.pick_connector = [app_id = config.reconcile.app_id, usual = in.connector.name](
                          const std::vector<SamlConnector>& all, const okta::Org& org) {
    return reconcile::PickConnector(all, org, app_id, usual);
  };
  return in;
}

}  // namespace

absl::StatusOr<std::vector<enroll::Check>> Preflight(const Config& config, const Host& host, Cancel& cancel) {
  LogSink& log = host.log != nullptr ? *host.log : NullLog();
  enroll::Inputs inputs;
  inputs.okta = OktaSide(config, host, log);
  inputs.teleport = TeleportSide(config, host);
  return enroll::Preflight(inputs, host.clock != nullptr ? *host.clock : SystemClock(), log, cancel);
}

}  // namespace oktasync::config
