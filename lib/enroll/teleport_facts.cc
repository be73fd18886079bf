#include "enroll/teleport_facts.h"

#include <algorithm>
#include <memory>

#include "base/status.h"
#include "enroll/step.h"
#include "model/role_check.h"
#include "model/source_id.h"
#include "okta/app_search.h"
#include "teleport/host_key.h"
#include "teleport/identity_file.h"
#include "teleport/identity_keeper.h"

namespace oktasync::enroll {
namespace {

// Of a listing that has shown what was to be known.
constexpr char kEnough[] = "one is enough";

class Look {
 public:
  Look(const TeleportInputs& inputs, const okta::Org* org, const std::string& app_id, absl::Duration step,
       const Clock& clock, LogSink& log, Cancel& cancel)
      : in_(inputs), org_(org), app_id_(app_id), step_(step), clock_(clock), log_(log), cancel_(cancel) {}

  TeleportFacts Take() {
    facts_.now = clock_.Now();
    facts_.app_id = app_id_;
    facts_.identity = ReadIdentity();
    if (!in_.identity_file.empty()) facts_.keepable = teleport::CanWriteIdentityFile(in_.identity_file);
    facts_.secured_by_host = in_.identity.ok() && in_.client.identity == nullptr;
    if (!facts_.secured_by_host) {
      // A server would say so less plainly than the certificate does.
      if (!facts_.identity.ok() || !teleport::HoldsOktaRole(*facts_.identity)) return std::move(facts_);
      const teleport::IdentityFacts& identity = *facts_.identity;
      if (identity.not_after <= facts_.now || identity.not_before > facts_.now) return std::move(facts_);
    }
    absl::StatusOr<std::unique_ptr<teleport::Client>> client = MakeClient();
    if (!client.ok()) {
      facts_.server = client.status();
      return std::move(facts_);
    }
    facts_.server = Within(step_, cancel_, [&](Cancel& c) { return (*client)->Ping(c); });
    if (facts_.server->ok()) Ask(**client);
    return std::move(facts_);
  }

  absl::StatusOr<SamlConnector> TakeConnector() {
    OKTASYNC_RETURN_IF_ERROR(in_.identity);
    OKTASYNC_ASSIGN_OR_RETURN(const std::unique_ptr<teleport::Client> client, MakeClient());
    return ReadConnector(*client);
  }

 private:
  absl::StatusOr<std::unique_ptr<teleport::Client>> MakeClient() {
    teleport::ClientOptions options = in_.client;
    options.max_tries = 1;
    options.call_timeout = std::min(options.call_timeout, step_);
    options.connect_timeout = std::min(options.connect_timeout, step_);
    return teleport::MakeClient(std::move(options), clock_, log_);
  }

  absl::StatusOr<SamlConnector> ReadConnector(teleport::Client& client) {
    if (!in_.find_connector) {
      return Within(step_, cancel_,
                    [&](Cancel& c) { return client.GetSamlConnector(in_.connector.name, c); });
    }
    OKTASYNC_ASSIGN_OR_RETURN(const std::vector<SamlConnector> all,
                              Within(step_, cancel_, [&](Cancel& c) { return client.GetSamlConnectors(c); }));
    if (org_ == nullptr || in_.pick_connector == nullptr) {
      return MakeStatus(absl::StatusCode::kUnknown, "the org that it logs people in at is not known");
    }
    return in_.pick_connector(all, *org_);
  }

  absl::StatusOr<teleport::IdentityFacts> ReadIdentity() {
    OKTASYNC_RETURN_IF_ERROR(in_.identity);
    if (in_.client.identity == nullptr) return absl::UnknownError("");
    OKTASYNC_ASSIGN_OR_RETURN(identity_, in_.client.identity());
    return teleport::Inspect(identity_);
  }

  absl::StatusOr<std::string> LookAtRenewal(teleport::Client& client) {
    OKTASYNC_ASSIGN_OR_RETURN(const std::string cas,
                              Within(step_, cancel_, [&](Cancel& c) { return client.GetClusterCas(c); }));
    if (!in_.identity_file.empty()) return teleport::WhyRenew(identity_, *facts_.identity, cas, facts_.now);
    // Nobody here renews it: its expiry is judged alone, and it may know CAs that are gone.
    OKTASYNC_ASSIGN_OR_RETURN(auto held, teleport::FingerprintsOf(identity_.ca_pem));
    OKTASYNC_ASSIGN_OR_RETURN(auto present, teleport::FingerprintsOf(cas));
    std::sort(held.begin(), held.end());
    std::sort(present.begin(), present.end());
    if (std::includes(held.begin(), held.end(), present.begin(), present.end())) identity_.ca_pem = cas;
    return teleport::WhyRotate(identity_, cas);
  }

  void Ask(teleport::Client& client) {
    if (!facts_.secured_by_host) {
      facts_.renewal = LookAtRenewal(client);
      facts_.reads.emplace_back("GetClusterCACert", facts_.renewal->status());
    }
    absl::Status read;
    for (const std::string& role : in_.roles) {
      auto found = Within(step_, cancel_, [&](Cancel& c) { return client.GetRole(role, c); });
      if (!absl::IsNotFound(found.status()) && read.ok()) read = found.status();
      facts_.roles.emplace(role, std::move(found));
    }
    if (!in_.roles.empty()) facts_.reads.emplace_back("GetRole", read);

    std::vector<std::string> wildcard;
    const absl::Status roles = Within(step_, cancel_, [&](Cancel& c) {
      return client.ListRoles(
          [&](const RoleFacts& role) {
            if (HasWildcardApps(role)) wildcard.push_back(role.name);
            return absl::OkStatus();
          },
          c);
    });
    facts_.wildcard_roles = roles.ok() ? absl::StatusOr<std::vector<std::string>>(std::move(wildcard))
                                       : absl::StatusOr<std::vector<std::string>>(roles);

    const absl::Status users = Within(step_, cancel_, [&](Cancel& c) {
      return client.ListUsers([](const UserRecord&) { return absl::AbortedError(kEnough); }, c);
    });
    const bool enough = absl::IsAborted(users) && Message(users).find(kEnough) != std::string::npos;
    facts_.reads.emplace_back("ListUsers", enough ? absl::OkStatus() : users);

    // Of a name that nobody has: the answer is short.
    const auto locks =
        Within(step_, cancel_, [&](Cancel& c) { return client.GetLocks({"oktasync-preflight"}, true, c); });
    facts_.reads.emplace_back("GetLocks", locks.status());

    if (in_.connector.type == "saml") facts_.connector = ReadConnector(client);
    if (org_ != nullptr && facts_.connector.has_value() && facts_.connector->ok()) {
      const SamlConnector& connector = **facts_.connector;
      const std::string origin = okta::LoginOrigin(connector);
      const bool ours = origin == org_->canonical_url || origin == org_->address;
      if (!ours) facts_.logs_in_at = origin.empty() ? connector.sso_url : origin;
    }

    // The kind is what the permission is about, so it is asked for also when the lease's name is not known.
    if (org_ != nullptr && !app_id_.empty()) facts_.lease = SourceId{org_->id, app_id_}.LeaseName();
    auto holders = Within(step_, cancel_, [&](Cancel& c) {
      return client.GetLeaseHolders(in_.lease_kind,
                                    facts_.lease.empty() ? "oktasync-preflight" : facts_.lease, c);
    });
    facts_.reads.emplace_back("GetSemaphores", holders.status());
    if (!facts_.lease.empty()) facts_.holders = std::move(holders);
  }

  const TeleportInputs& in_;
  const okta::Org* const org_;
  const std::string& app_id_;
  const absl::Duration step_;
  const Clock& clock_;
  LogSink& log_;
  Cancel& cancel_;
  teleport::Identity identity_;  // as it was read for facts_.identity
  TeleportFacts facts_;
};

}  // namespace

TeleportFacts LookAtTeleport(const TeleportInputs& inputs, const okta::Org* org, const std::string& app_id,
                             absl::Duration step, const Clock& clock, LogSink& log, Cancel& cancel) {
  return Look(inputs, org, app_id, step, clock, log, cancel).Take();
}

absl::StatusOr<SamlConnector> LookAtConnector(const TeleportInputs& inputs, const okta::Org& org,
                                              absl::Duration step, const Clock& clock, LogSink& log,
                                              Cancel& cancel) {
  const std::string none;
  return Look(inputs, &org, none, step, clock, log, cancel).TakeConnector();
}

}  // namespace oktasync::enroll
