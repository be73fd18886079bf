// `oktasync doctor`: each misconfiguration is told apart, by exactly one check that fails; the others pass, or are
// not known because of it. And it writes nothing anywhere.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>

#include "integration/fixture.h"
#include "integration/member.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

using Checks = std::map<std::string, json>;

// Cannot be known without a daemon, or without a write.
const std::set<std::string> kNeverKnown = {"teleport.writes", "sync.last_walk"};

// Of a world in which all is well.
void PutConnector(const Scene& scene) {
  scene.Auth("put_saml_connector", {{"name", "okta"},
                                    {"sso", scene.Info("okta_url") + "/app/example_teleport_1/exk1/sso/saml"},
                                    {"labels", {{"teleport.internal/okta-app-id", scene.Info("app_id")}}}});
}

Checks Doctor(Scene& scene, int exit_code, const Strings& more = {}) {
  scene.Run("doctor", exit_code, more);
  REQUIRE(scene.last().report.is_object());
  Checks checks;
  for (const json& check : scene.last().report.at("checks")) checks[check["id"]] = check;
  const json& counts = scene.last().report;
  CHECK(counts["passed"].get<size_t>() + counts["failed"].get<size_t>() + counts["not_known"].get<size_t>() ==
        checks.size());
  CHECK(checks.size() == 30);
  // Nothing was written: no user, no lock, no lease, no audit event.
  const harness::RecordView record = scene.Record();
  for (const json& entry : record.entries()) {
    INFO(entry.dump());
    CHECK((entry["kind"] == "request" || entry["kind"] == "connection"));
    if (entry["side"] == "okta" && entry["kind"] == "request") {
      CHECK((entry["method"] == "GET" || entry["path"] == "/oauth2/v1/token"));
    }
  }
  return checks;
}

std::string Said(const json& check) {
  return check["seen"].get<std::string>() + " | " + check["todo"].get<std::string>();
}

// Exactly this check fails, with these words, and all that is not known is so because of it.
void Fails(Scene& scene, const std::string& id, const Strings& words) {
  INFO(id);
  const Checks checks = Doctor(scene, 1);
  for (const auto& [other, check] : checks) {
    INFO(check.dump());
    if (other == id) {
      CHECK(check["outcome"] == "fail");
      CHECK_FALSE(check["todo"].get<std::string>().empty());
      for (const std::string& word : words) CHECK_THAT(Said(check), Contains(word));
    } else if (check["outcome"] != "pass") {
      CHECK(check["outcome"] == "not_known");
      if (!kNeverKnown.contains(other) || !check["because"].get<std::string>().empty()) {
        CHECK(check["because"] == id);
      }
    }
  }
}

void AllWell(const Checks& checks) {
  for (const auto& [id, check] : checks) {
    INFO(check.dump());
    CHECK(check["outcome"] == (kNeverKnown.contains(id) ? "not_known" : "pass"));
  }
}

void UseIdentity(Scene& scene, const std::string& name, const std::string& ca) {
  scene.Configure("/teleport/identity/key_file", scene.Dir() + "/" + name + ".key");
  scene.Configure("/teleport/identity/cert_file", scene.Dir() + "/" + name + ".crt");
  scene.Configure("/teleport/identity/ca_file", scene.Dir() + "/" + ca);
}

TEST_CASE("Doctor: where all is well everything passes, and nothing is written", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  Checks checks = Doctor(scene, 0);
  AllWell(checks);
  CHECK_THAT(Said(checks["okta.scopes"]), Contains("okta.apps.read and okta.users.read"));
  CHECK_THAT(Said(checks["okta.dpop"]), Contains("not asked for"));
  CHECK_THAT(Said(checks["okta.rate"]), Contains("people a minute"));
  CHECK_THAT(Said(checks["teleport.version"]), Contains("18.1.0") && Contains("no bug of it"));
  CHECK_THAT(Said(checks["teleport.app_labels"]), Contains("access"));  // a preset that a sync does not give
  CHECK_THAT(Said(checks["teleport.connector"]), Contains("of this Okta app"));
  CHECK_THAT(Said(checks["teleport.lease"]), Contains("nobody holds"));
  CHECK(checks["okta.org"]["facts"]["org_id"] == scene.Info("org_id"));

  // For people: a line each, with a sign.
  harness::Process process(
      {harness::OwnFolder() + "/oktasync", "doctor", "--config", scene.Info("config_file")});
  const harness::Finished finished = scene.End(process);
  CHECK(finished.exit_code == 0);
  CHECK_THAT(finished.out, Contains("✓ Okta: access token: ") &&
                               Contains("? Teleport: permission to write: ") &&
                               Contains("30 checks: 28 good, 2 not known"));
  CHECK(finished.err.empty());

  scene.Okta("dpop", {{"dpop_bound_access_tokens", true}});
  checks = Doctor(scene, 0);
  AllWell(checks);
  CHECK_THAT(Said(checks["okta.dpop"]), Contains("used: tokens are bound"));
}

TEST_CASE("Doctor: name, certificate and clock of Okta", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  scene.Configure("/okta/org_url", "https://org.invalid");
  Fails(scene, "okta.dns", {"cannot be resolved", "okta.org_url"});
  scene.RestoreConfig();
  scene.Configure("/okta/ca_file", scene.Info("identity_ca_file"));
  Fails(scene, "okta.tls", {"certificate is not trusted", "okta.ca_file"});
  scene.Configure("/okta/ca_file", scene.Dir() + "/none.pem");
  Fails(scene, "okta.tls", {"none.pem"});
  scene.RestoreConfig();
  std::string url = scene.Info("okta_url");
  url.replace(url.find("localhost"), 9, "okta.localhost");
  scene.Configure("/okta/org_url", url);
  Fails(scene, "okta.tls", {"certificate is for another host name"});
  scene.RestoreConfig();
  scene.Configure("/okta/org_url", "https://localhost:1");
  Fails(scene, "okta.tls", {"no connection", "the port of okta.org_url (443 when it names none)"});
  scene.RestoreConfig();
  for (const int seconds : {600, -600}) {
    scene.Okta("clock_offset", {{"seconds", seconds}});
    scene.Auth("clock_offset", {{"seconds", seconds}});
    Fails(scene, "okta.clock", {seconds > 0 ? "behind Okta's" : "ahead of Okta's", "NTP"});
  }
}

TEST_CASE("Doctor: an expired certificate of the org", "[doctor]") {
  Scene scene(10, {"--expired-okta-certificate"});
  PutConnector(scene);
  Fails(scene, "okta.tls", {"expired", "clock"});
}

TEST_CASE("Doctor: client, key, scopes and DPoP", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  scene.Configure("/okta/client_id", "0oaNotOurServiceApp1");
  Fails(scene, "okta.token", {"0oaNotOurServiceApp1", "client id is not the app's"});
  scene.RestoreConfig();
  scene.Okta("add_key", {{"kid", "other"}});
  scene.Configure("/okta/private_key_file", scene.Dir() + "/okta-client-other.pem");
  Fails(scene, "okta.token", {"signature", "register the matching one"});
  scene.Configure("/okta/private_key_file", scene.Dir() + "/none.pem");
  Fails(scene, "okta.key", {"none.pem", "mode 0600"});
  scene.RestoreConfig();

  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read"}}});
  Fails(scene, "okta.scopes",
        {"not granted: okta.users.read", "granted: okta.apps.read", "super administrator"});
  scene.Okta("grant_scopes", {{"scopes", json::array()}});
  Fails(scene, "okta.scopes", {"okta.apps.read and okta.users.read", "nothing is", "super administrator"});
  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read", "okta.users.read", "okta.users.manage"}}});
  scene.Configure("/okta/scopes", {"okta.apps.read", "okta.users.read", "okta.users.manage"});
  Checks checks = Doctor(scene, 0);
  AllWell(checks);
  CHECK_THAT(Said(checks["okta.scopes"]),
             Contains("okta.users.manage is more than this configuration needs"));
  scene.RestoreConfig();
  scene.Configure("/users/roles_by_group", {{"SRE", "okta-requester"}});
  Fails(scene, "okta.scopes", {"not granted: okta.groups.read"});
  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read", "okta.users.read", "okta.groups.read"}}});
  Fails(scene, "okta.groups", {"SRE", "users.roles_by_group", "wait"});
  scene.RestoreConfig();

  scene.Configure("/okta/dpop", "always");
  AllWell(Doctor(scene, 0));
  scene.Okta("dpop", {{"ignore_proofs", true}});
  Fails(scene, "okta.dpop", {"bearer token", "okta.dpop"});
}

TEST_CASE("Doctor: org, app, admin role, resource set and rate limit", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  const auto faulty = [&](const json& fault, const std::string& id, const Strings& words) {
    json lasting = fault;
    lasting["times"] = -1;
    scene.Okta("fault", lasting);
    Fails(scene, id, words);
    scene.Okta("clear_faults");
  };
  scene.Configure("/okta/org_id", "00oAnotherOrg0000001");
  Fails(scene, "okta.org", {"00oAnotherOrg0000001", "okta.org_id"});
  scene.RestoreConfig();
  // Of no connector, so that the app alone is wrong.
  scene.Configure("/users/connector", nullptr);
  scene.Configure("/okta/app_id", "0oaNoSuchAppInThisOrg");
  Fails(scene, "okta.app", {"0oaNoSuchAppInThisOrg", "E0000007", "resource set"});
  scene.RestoreConfig();
  scene.Okta("app", {{"status", "INACTIVE"}});
  Fails(scene, "okta.app_active", {"INACTIVE", "Activate it"});
  scene.Okta("app", {{"status", "ACTIVE"}, {"implicit_assignment", true}});
  Fails(scene, "okta.app_explicit", {"implicitly", "Switch that off"});
  scene.Okta("app", {{"implicit_assignment", false}});

  const json refused = {{"kind", "status"}, {"status", 403}, {"code", "E0000006"}};
  json all = refused, single = refused;
  all["path"] = "/api/v1/";
  single["path"] = "/api/v1/users/";
  faulty(all, "okta.admin_role", {"E0000006", "may view users and applications"});
  faulty(single, "okta.admin_role", {"E0000006", "/api/v1/users/", "resource set"});
  faulty({{"path", "/users\\?"}, {"kind", "empty_list"}}, "okta.admin_role",
         {"200 []", "nobody is assigned", "may not view users"});
  faulty({{"path", "/api/v1/users/"}, {"kind", "status"}, {"status", 404}, {"code", "E0000007"}},
         "okta.resource_set", {"E0000007", "resource set"});
  faulty({{"path", "/users\\?"}, {"kind", "status"}, {"status", 404}, {"code", "E0000007"}},
         "okta.resource_set", {"not who is assigned", "Resources"});

  scene.Okta("rate", {{"bucket", "apps"}, {"limit", 50}, {"remaining", 0}});
  Fails(scene, "okta.rate", {"0 left", "429", "Rate limits"});
}

TEST_CASE("Doctor: identity and connection towards Teleport", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  UseIdentity(scene, "node", "host-ca.pem");
  Fails(scene, "teleport.system_role", {"role Node", "tctl tokens add --type=okta"});
  UseIdentity(scene, "expired", "host-ca.pem");
  Fails(scene, "teleport.expiry", {"expired at"});
  UseIdentity(scene, "foreign", "host-ca.pem");
  Fails(scene, "teleport.identity", {"was not issued by the given CA"});
  UseIdentity(scene, "foreign", "foreign-ca.pem");
  Fails(scene, "teleport.tunnel", {"not from the cluster's CA", "tctl auth export"});
  scene.RestoreConfig();
  scene.Configure("/teleport/identity/cert_file", scene.Dir() + "/none.crt");
  Fails(scene, "teleport.identity", {"none.crt", "cannot be opened"});
  scene.RestoreConfig();
  const std::string url = scene.Info("okta_url");
  scene.Configure("/teleport/address", "localhost" + url.substr(url.rfind(':')));
  Fails(scene, "teleport.tunnel", {"auth server's"});
  scene.RestoreConfig();
  scene.Auth("refuse", {{"seconds", 600}});
  Fails(scene, "teleport.tunnel", {"refused", scene.Info("auth_address"), "teleport.address"});
}

TEST_CASE("Doctor: an identity that the next phase of a rotation shuts out", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  const std::string file = UseIdentityFile(scene);
  JoinDirectly(scene);
  Checks checks = Doctor(scene, 0);
  CHECK_THAT(Said(checks["teleport.renewal"]), Contains("not due"));
  scene.Auth("rotate", {{"phase", "init"}});
  checks = Doctor(scene, 0);
  CHECK_THAT(Said(checks["teleport.renewal"]), Contains("being rotated") && Contains("next run renews it"));
  scene.RestoreConfig();  // three files, which nothing renews
  Fails(scene, "teleport.renewal", {"being rotated", "three files"});
  for (const char* phase : {"rollback", "standby"}) scene.Auth("rotate", {{"phase", phase}});
  AllWell(Doctor(scene, 0));
  // To know a CA more than there are is no fault.
  const std::string more = scene.Dir() + "/more-cas.pem";
  std::ofstream(more) << ReadFile(scene.Info("identity_ca_file"))
                      << ReadFile(scene.Dir() + "/foreign-ca.pem");
  scene.Configure("/teleport/identity/ca_file", more);
  AllWell(Doctor(scene, 0));
}

TEST_CASE("Doctor: permissions, version and connector of Teleport", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  scene.Auth("put_lock", {{"name", "all-okta"}, {"target", {{"role", "Okta"}}}, {"message", "rotation"}});
  Fails(scene, "teleport.reads", {"our own identity is locked", "tctl get locks"});
  scene.Auth("delete_lock", {{"name", "all-okta"}});
  for (const char* call : {"ListUsers", "GetLocks"}) {
    scene.Auth("fault", {{"call", call}, {"kind", "code"}, {"code", "PERMISSION_DENIED"}, {"times", -1}});
    Fails(scene, "teleport.reads", {call, "Teleport 15 and newer"});
    scene.Auth("clear_faults");
  }
  for (const char* call : {"GetRole", "GetSemaphores"}) {
    scene.Auth("fault", {{"call", call}, {"kind", "code"}, {"code", "PERMISSION_DENIED"}, {"times", -1}});
    Fails(scene, "teleport.reads", {call});
    scene.Auth("clear_faults");
  }

  scene.Auth("version", {{"version", "14.3.13"}});
  Fails(scene, "teleport.version", {"14.3.13", "UsersService", "Upgrade"});
  scene.Auth("version", {{"version", "18.0.0"}});
  Checks checks = Doctor(scene, 0);
  AllWell(checks);
  CHECK_THAT(Said(checks["teleport.version"]), Contains("loses one user at each page border"));
  scene.Auth("version", {{"version", "18.1.0"}});

  // The app is found from the connector, which is found, too.
  json config = scene.Config();
  config["okta"].erase("app_id");
  config["users"].erase("connector");
  const std::string file = scene.Dir() + "/found.json";
  std::ofstream(file) << config.dump();
  scene.UseConfigFile(file);
  checks = Doctor(scene, 0);
  AllWell(checks);
  CHECK_THAT(Said(checks["okta.app"]),
             Contains(scene.Info("app_id")) && Contains("found from the login connector"));
  scene.Auth("delete_saml_connector", {{"name", "okta"}});
  Fails(scene, "teleport.connector", {"this cluster has no SAML connector"});
  scene.RestoreConfig();
  Fails(scene, "teleport.connector", {"no saml connector okta", "users.connector"});
  scene.Auth("put_saml_connector",
             {{"name", "okta"}, {"labels", {{"teleport.internal/okta-app-id", "0oaSomeOtherApp00001"}}}});
  Fails(scene, "teleport.connector", {"0oaSomeOtherApp00001", "okta.app_id"});
}

TEST_CASE("Doctor: roles of Teleport", "[doctor]") {
  Scene scene(10);
  PutConnector(scene);
  scene.Configure("/users/default_role", "nobody-made-it");
  Fails(scene, "teleport.default_role", {"nobody-made-it", "tctl create"});
  scene.RestoreConfig();
  scene.Configure("/users/roles_by_attribute", {{"department=Legal", "legal"}});
  Fails(scene, "teleport.rule_roles", {"legal does not exist", "users.roles_by_attribute"});
  scene.Auth("put_role",
             {{"name", "legal"}, {"rules", json::array({{{"resources", {"role"}}, {"verbs", {"create"}}}})}});
  Fails(scene, "teleport.role_power", {"legal may create roles", "users.allow_powerful_roles"});
  scene.Configure("/users/allow_powerful_roles", {"legal"});
  AllWell(Doctor(scene, 0));
  scene.Auth("put_role", {{"name", "legal"}, {"app_labels", {{"env", {"*"}}}}});
  Fails(scene, "teleport.app_labels", {"legal has a wildcard", "access", "name labels instead"});
}

TEST_CASE("Doctor: the lease of another, and what a daemon of ours knows", "[doctor][slow]") {
  Scene scene(10);
  PutConnector(scene);
  const std::string socket = scene.Dir() + "/daemon.sock";
  const auto daemon = scene.Begin("run", {"--socket", socket});
  scene.Await("the first sync is done", [](const harness::RecordView& record) {
    return record.Requests("auth", "EmitAuditEvent") > 0;
  });
  // The daemon writes into the record when it likes, so it is looked at without Doctor().
  const auto checks_of = [&](int exit_code, const Strings& more) {
    scene.Run("doctor", exit_code, more);
    Checks checks;
    for (const json& check : scene.last().report.at("checks")) checks[check["id"]] = check;
    return checks;
  };
  // A standby is well, and is told that it would stand by.
  Checks checks = checks_of(0, {});
  char host[256] = "";
  REQUIRE(::gethostname(host, sizeof(host) - 1) == 0);
  CHECK_THAT(Said(checks["teleport.lease"]),
             Contains(std::string(host) + "-") && Contains("until") && Contains("would stand by"));

  checks = checks_of(0, {"--socket", socket});
  CHECK(checks["teleport.lease"]["outcome"] == "pass");
  CHECK_THAT(Said(checks["teleport.lease"]), Contains("the daemon of this configuration"));
  CHECK(checks["sync.last_walk"]["outcome"] == "pass");
  CHECK_THAT(Said(checks["sync.last_walk"]), Contains("ago"));
  daemon->Signal(SIGTERM);
  CHECK(scene.End(*daemon).exit_code == 0);
}

TEST_CASE("Doctor: it ends soon after it is interrupted, and at once over a wrong configuration",
          "[doctor]") {
  Scene scene(10);
  scene.Okta("fault", {{"path", "okta-organization"}, {"kind", "hang"}, {"seconds", 30}, {"times", -1}});
  const auto running = scene.Begin("doctor");
  ::usleep(300'000);
  running->Signal(SIGINT);
  CHECK(scene.End(*running, 15).exit_code == 130);
  scene.Okta("clear_faults");
  scene.Configure("/okta/rate_share", 7);
  scene.Run("doctor", 2);
}

}  // namespace
}  // namespace integration
