// enroll/teleport_checks.h: what the facts about Teleport mean.
#include "enroll/teleport_checks.h"

#include <catch2/catch.hpp>

#include "base/status.h"

namespace oktasync::enroll {
namespace {

using Catch::Matchers::Contains;
using Ids = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TeleportInputs Inputs() {
  TeleportInputs in;
  in.client.address = "auth.example.com:3025";
  in.default_role = "okta-requester";
  in.roles = {"dev", "okta-requester"};
  in.connector = {"saml", "okta", ""};
  return in;
}

RoleFacts Role(const char* name) {
  RoleFacts role;
  role.name = name;
  return role;
}

TeleportFacts Good() {
  TeleportFacts facts;
  teleport::IdentityFacts identity;
  identity.common_name = "host.cluster";
  identity.role = "Okta";
  identity.cluster = "cluster";
  identity.not_before = kNow - absl::Hours(1);
  identity.not_after = kNow + absl::Hours(9000);
  facts.identity = identity;
  facts.now = kNow;
  facts.app_id = "0oaApp";
  facts.server = teleport::ServerInfo{"cluster", "18.1.0"};
  facts.roles.emplace("dev", Role("dev"));
  facts.roles.emplace("okta-requester", Role("okta-requester"));
  facts.wildcard_roles = std::vector<std::string>{};
  facts.renewal = std::string();
  facts.reads = {{"ListUsers", absl::OkStatus()}};
  facts.lease = "00oOrg.0oaApp";
  facts.holders = std::vector<teleport::LeaseHolder>{};
  facts.connector = SamlConnector{"okta", "", "", "", ""};
  return facts;
}

Sheet Judge(const TeleportFacts& facts, const TeleportInputs& in = Inputs()) {
  Sheet sheet;
  JudgeTeleport(in, facts, sheet);
  return sheet;
}

Ids With(const Sheet& sheet, Outcome outcome) {
  Ids ids;
  for (const std::string_view id :
       {kTeleportIdentity, kTeleportSystemRole, kTeleportExpiry, kTeleportTunnel, kTeleportRenewal,
        kTeleportVersion, kTeleportDefaultRole, kTeleportRuleRoles, kTeleportRolePower, kTeleportReads,
        kTeleportWrites, kTeleportConnector, kTeleportLease, kTeleportAppLabels}) {
    const Check* check = sheet.Find(id);
    REQUIRE(check != nullptr);
    if (check->outcome == outcome) ids.push_back(check->id);
  }
  return ids;
}
Ids Failed(const Sheet& sheet) { return With(sheet, Outcome::kFail); }

TEST_CASE("where all is well only what needs a write is not known") {
  CHECK(Failed(Judge(Good())) == Ids{});
  CHECK(With(Judge(Good()), Outcome::kNotKnown) == Ids{"teleport.writes"});
}

TEST_CASE("an identity that ends soon fails as one that has ended, and who renews it is told") {
  TeleportFacts facts = Good();
  facts.identity->not_before = kNow - absl::Hours(9000);
  facts.identity->not_after = kNow + absl::Minutes(20);
  const Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"teleport.expiry"});
  CHECK_THAT(sheet.Find(kTeleportExpiry)->seen, Contains("in 20m"));
  CHECK_THAT(sheet.Find(kTeleportExpiry)->todo, Contains("three files"));
  TeleportInputs in = Inputs();
  in.identity_file = "/var/lib/oktasync/identity.pem";
  CHECK_THAT(Judge(facts, in).Find(kTeleportExpiry)->todo,
             Contains("oktasync join --force") && Contains(in.identity_file));
  in.identity_file.clear();
  in.identity_of_host = true;
  CHECK_THAT(Judge(facts, in).Find(kTeleportExpiry)->todo, Contains("host"));
  // One that is made anew every hour is not always about to end.
  facts.identity->not_before = kNow - absl::Minutes(40);
  CHECK(Failed(Judge(facts)) == Ids{});
  facts.server.reset();
  facts.identity->not_before = kNow + absl::Seconds(1);
  CHECK(Failed(Judge(facts)) == Ids{"teleport.expiry"});
  facts.identity->not_before = kNow;
  facts.identity->not_after = kNow;
  CHECK(Failed(Judge(facts)) == Ids{"teleport.expiry"});
  CHECK(Judge(facts).Find(kTeleportLease)->because == kTeleportExpiry);
}

TEST_CASE("a joined identity that could not be kept fails, and a rotation that nobody follows") {
  TeleportInputs joined = Inputs();
  joined.identity_file = "/var/lib/oktasync/identity.pem";
  TeleportFacts facts = Good();
  facts.keepable = MakeStatus(absl::StatusCode::kFailedPrecondition, "its folder is read-only");
  CHECK(Failed(Judge(facts, joined)) == Ids{"teleport.renewal"});
  // Also when the server is away.
  facts.server = MakeStatus(absl::StatusCode::kUnavailable, "nobody there");
  CHECK(Failed(Judge(facts, joined)) == Ids{"teleport.tunnel", "teleport.renewal"});
  facts = Good();
  facts.renewal = std::string("the cluster's host CA is being rotated");
  CHECK(Failed(Judge(facts, joined)) == Ids{});
  CHECK_THAT(Judge(facts, joined).Find(kTeleportRenewal)->todo, Contains("next run renews it"));
  CHECK(Failed(Judge(facts)) == Ids{"teleport.renewal"});
  CHECK_THAT(Judge(facts).Find(kTeleportRenewal)->todo, Contains("three files"));
  facts.renewal = absl::StatusOr<std::string>(MakeStatus(absl::StatusCode::kPermissionDenied, "no"));
  CHECK(Judge(facts).Find(kTeleportRenewal)->outcome == Outcome::kNotKnown);
}

TEST_CASE("what leads to a proxy of either kind is told apart from the auth server itself") {
  TeleportFacts facts = Good();
  facts.server = MakeStatus(absl::StatusCode::kUnavailable, "through the HTTP proxy 127.0.0.1:1: refused");
  CHECK_THAT(Judge(facts).Find(kTeleportTunnel)->todo, Contains("HTTPS_PROXY") && Contains("no_proxy"));
  facts.server = MakeStatus(absl::StatusCode::kUnavailable, "refused");
  CHECK_THAT(Judge(facts).Find(kTeleportTunnel)->todo, Contains("that the auth server is up"));
}

TEST_CASE("a host that keeps its identity hinders nothing") {
  TeleportFacts facts = Good();
  facts.secured_by_host = true;
  facts.identity = absl::UnknownError("");
  const Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{});
  CHECK(sheet.Find(kTeleportIdentity)->outcome == Outcome::kNotKnown);
  CHECK(sheet.Find(kTeleportTunnel)->outcome == Outcome::kPass);
}

TEST_CASE("a refused ping is a matter of permission, all else of the connection") {
  TeleportFacts facts = Good();
  facts.server = MakeStatus(absl::StatusCode::kPermissionDenied, "locked");
  CHECK(Failed(Judge(facts)) == Ids{"teleport.reads"});
  CHECK(Judge(facts).Find(kTeleportVersion)->because == kTeleportReads);
  facts.server = MakeStatus(absl::StatusCode::kUnavailable, "nobody there");
  CHECK(Failed(Judge(facts)) == Ids{"teleport.tunnel"});
}

TEST_CASE("a role that is missing, mighty, or opens every app") {
  TeleportFacts facts = Good();
  facts.roles.at("okta-requester") = MakeStatus(absl::StatusCode::kNotFound, "");
  CHECK(Failed(Judge(facts)) == Ids{"teleport.default_role"});
  facts = Good();
  facts.roles.at("dev") = MakeStatus(absl::StatusCode::kNotFound, "");
  CHECK(Failed(Judge(facts)) == Ids{"teleport.rule_roles"});
  facts = Good();
  facts.roles.at("dev")->rules.push_back({{"user"}, {"create"}});
  CHECK(Failed(Judge(facts)) == Ids{"teleport.role_power"});
  TeleportInputs in = Inputs();
  in.allow_powerful_roles = {"dev"};
  CHECK(Failed(Judge(facts, in)) == Ids{});
  facts = Good();
  facts.roles.at("dev")->app_labels = {{"*", {"*"}}};
  facts.wildcard_roles = std::vector<std::string>{"access", "dev"};
  const Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"teleport.app_labels"});
  CHECK_THAT(sheet.Find(kTeleportAppLabels)->seen,
             Contains("not give: access") && !Contains("access and dev"));
}

TEST_CASE("who holds the lease is told, and without the org's id it has no name") {
  TeleportFacts facts = Good();
  facts.holders = std::vector<teleport::LeaseHolder>{{"other\x1b-host-77-ab", kNow + absl::Seconds(40)}};
  const Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{});  // a standby is well
  CHECK_THAT(sheet.Find(kTeleportLease)->todo, Contains("would stand by"));
  CHECK_THAT(sheet.Find(kTeleportLease)->seen,
             Contains("other\\x1b-host-77-ab holds 00oOrg.0oaApp until 2027-"));
  facts.lease.clear();
  facts.holders.reset();
  CHECK(Judge(facts).Find(kTeleportLease)->because == kOktaOrg);
}

TEST_CASE("a connector that is missing or of another app fails, one that cannot be read is not known") {
  TeleportFacts facts = Good();
  facts.connector = absl::StatusOr<SamlConnector>(MakeStatus(absl::StatusCode::kNotFound, "no"));
  CHECK(Failed(Judge(facts)) == Ids{"teleport.connector"});
  facts.connector = SamlConnector{"okta", "0oaOther", "", "", ""};
  CHECK(Failed(Judge(facts)) == Ids{"teleport.connector"});
  facts.connector = SamlConnector{"okta", "", "", "https://login.example.net/saml2", ""};
  facts.logs_in_at = "https://login.example.net";
  const Sheet elsewhere = Judge(facts);
  CHECK(elsewhere.Find(kTeleportConnector)->outcome == Outcome::kNotKnown);
  CHECK_THAT(elsewhere.Find(kTeleportConnector)->seen, Contains("https://login.example.net"));
  facts.logs_in_at.clear();
  facts.connector = absl::StatusOr<SamlConnector>(MakeStatus(absl::StatusCode::kPermissionDenied, "15"));
  CHECK(Judge(facts).Find(kTeleportConnector)->outcome == Outcome::kNotKnown);
  facts.connector =
      absl::StatusOr<SamlConnector>(MakeStatus(absl::StatusCode::kFailedPrecondition, "several"));
  CHECK(Failed(Judge(facts)) == Ids{"teleport.connector"});
  TeleportInputs in = Inputs();
  in.connector = {"oidc", "okta", ""};
  facts.connector.reset();
  CHECK(Judge(facts, in).Find(kTeleportConnector)->outcome == Outcome::kNotKnown);
  in.connector = {};
  CHECK(Judge(facts, in).Find(kTeleportConnector)->outcome == Outcome::kPass);
}

}  // namespace
}  // namespace oktasync::enroll
