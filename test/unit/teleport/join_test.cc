// teleport/join.h: the token goes to nobody who has not proved himself, and every failure has its words.
#include "teleport/join.h"

#include <catch2/catch.hpp>

#include "auth/pki.h"
#include "base/status.h"
#include "teleport/host_key.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

std::string NewToken(World& world, const nlohmann::json& args = nlohmann::json::object()) {
  return world.Control("put_token", args)["token"];
}

JoinOptions Direct(World& world, const std::string& token) {
  JoinOptions options;
  options.address = world.address();
  options.ca_pins = {world.ca_pin()};
  options.token = Secret(token);
  return options;
}

JoinOptions ByProxy(World& world, const std::string& token) {
  JoinOptions options;
  options.address = world.proxy_address();
  options.proxy = true;
  options.web_ca_pem = ReadText(world.Path("proxy-ca.pem"));
  options.token = Secret(token);
  return options;
}

absl::StatusOr<Identity> Try(const JoinOptions& options) {
  Cancel cancel;
  return Join(options, SystemClock(), cancel);
}

// That this identity is one: users can be listed with it.
absl::Status Works(World& world, const Identity& identity) {
  world.UseIdentity(identity);
  Cancel cancel;
  return world.NewClient()->ListUsers([](const UserRecord&) { return absl::OkStatus(); }, cancel);
}

TEST_CASE("join: directly with a pin, and the identity works") {
  World world;
  const auto identity = Try(Direct(world, NewToken(world)));
  REQUIRE(identity.ok());
  const auto facts = Inspect(*identity);
  REQUIRE(facts.ok());
  CHECK(facts->host_id.size() == 36);
  CHECK(facts->cluster == "playground");
  CHECK(HoldsOktaRole(*facts));
  CHECK(Works(world, *identity).ok());
  // A second host is another one.
  const auto second = Try(Direct(world, NewToken(world)));
  REQUIRE(second.ok());
  CHECK(Inspect(*second)->host_id != facts->host_id);
  CHECK(second->key_pem.Reveal() != identity->key_pem.Reveal());
}

TEST_CASE("join: one of several pins is enough, in any case of its digits") {
  World world;
  JoinOptions options = Direct(world, NewToken(world));
  std::string upper = options.ca_pins[0];
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  options.ca_pins = {"sha256:" + std::string(64, 'a'), upper};
  CHECK(Try(options).ok());
}

TEST_CASE("join: a wrong pin is said with the right one, and the token never leaves") {
  World world;
  JoinOptions options = Direct(world, NewToken(world));
  options.ca_pins = {"sha256:" + std::string(64, 'a')};
  const auto status = Try(options).status();
  CHECK(status.code() == StatusCode::kUnauthenticated);
  CHECK(Lacks(status, {world.ca_pin(), "gets no token", "tctl status"}) == "");
  CHECK(world.Requests("GetClusterCACert") == 1);
  CHECK(world.Requests("RegisterUsingToken") == 0);
}

TEST_CASE("join: without a pin nothing is sent to the auth server's port at all") {
  World world;
  JoinOptions options = Direct(world, NewToken(world));
  options.ca_pins.clear();
  const auto status = Try(options).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(Lacks(status, {"--ca-pin", "teleport.proxy: true"}) == "");
  options.ca_pins = {"sha256:12"};
  CHECK(Try(options).status().code() == StatusCode::kInvalidArgument);
  options = Direct(world, "two words");
  CHECK(Try(options).status().code() == StatusCode::kInvalidArgument);
  options = Direct(world, "");
  CHECK(Lacks(Try(options).status(), {"tctl tokens add --type=okta"}) == "");
  CHECK(world.Connections().empty());
}

TEST_CASE("join: through the proxy's port, whose web certificate is verified") {
  World world;
  const auto identity = Try(ByProxy(world, NewToken(world)));
  REQUIRE(identity.ok());
  CHECK(Works(world, *identity).ok());
  // And with that identity through the same port.
  ClientOptions options = world.Options();
  options.address = world.proxy_address();
  options.proxy = true;
  Cancel cancel;
  CHECK(world.NewClient(std::move(options))->Ping(cancel).ok());
  CHECK(world.Entries("proxy", "route").back()["to"] == "auth");
}

TEST_CASE("join: a proxy whose certificate is of another CA or name gets no token") {
  World world;
  JoinOptions options = ByProxy(world, NewToken(world));
  SECTION("the system's store does not know it") { options.web_ca_pem.clear(); }
  SECTION("another CA") { options.web_ca_pem = ReadText(world.Path("host-ca.pem")); }
  SECTION("another name") {
    options.address = "127.0.0.1" + options.address.substr(options.address.rfind(':'));
  }
  const auto status = Try(options).status();
  CHECK(status.code() == StatusCode::kUnauthenticated);
  CHECK(Lacks(status, {"proxy's certificate", "--proxy-ca-file", "--ca-pin"}) == "");
  CHECK(world.Requests("RegisterUsingToken") == 0);
}

TEST_CASE("join: through the proxy a pin holds for the cluster, too") {
  World world;
  JoinOptions options = ByProxy(world, NewToken(world));
  options.ca_pins = {world.ca_pin()};
  CHECK(Try(options).ok());
  options.ca_pins = {"sha256:" + std::string(64, 'a')};
  CHECK(Try(options).status().code() == StatusCode::kUnauthenticated);
}

TEST_CASE("join: the auth server's port is no proxy's, and the other way round") {
  World world;
  JoinOptions options = ByProxy(world, NewToken(world));
  options.address = world.address();
  CHECK(Lacks(Try(options).status(), {"teleport.proxy"}) == "");
  options = Direct(world, NewToken(world));
  options.address = world.proxy_address();
  CHECK_FALSE(Try(options).ok());
  CHECK(world.Requests("RegisterUsingToken") == 0);
}

TEST_CASE("join: wrong, expired and other tokens, each with its words and never the token") {
  World world;
  const std::string expired = NewToken(world, {{"seconds", -5}});
  for (const std::string& token : {std::string("hunter2hunter2"), expired}) {
    const auto status = Try(Direct(world, token)).status();
    CHECK(status.code() == StatusCode::kPermissionDenied);
    CHECK(Lacks(status, {"token expired or not found", "tctl tokens add --type=okta"}) == "");
    CHECK(Message(status).find(token) == std::string::npos);
  }
  const auto status = Try(Direct(world, NewToken(world, {{"roles", {"Node"}}}))).status();
  CHECK(status.code() == StatusCode::kPermissionDenied);
  CHECK(Lacks(status, {"another kind of service", "tctl tokens add --type=okta"}) == "");
}

TEST_CASE("join: a server that repeats the token does not bring it into our words") {
  World world;
  world.Control("fault", {{"call", "RegisterUsingToken"},
                          {"kind", "code"},
                          {"code", "PERMISSION_DENIED"},
                          {"message", "no such token: hunter2hunter2 (hunter2hunter2)"}});
  const auto status = Try(Direct(world, "hunter2hunter2")).status();
  CHECK(status.code() == StatusCode::kPermissionDenied);
  CHECK(Lacks(status, {"no such token: "}) == "");
  CHECK(Message(status).find("hunter2") == std::string::npos);
}

TEST_CASE("join: a certificate that is not valid by our clock is told with both times") {
  World world;
  world.Control("clock_offset", {{"seconds", 7200}});
  const auto status = Try(Direct(world, NewToken(world))).status();
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(status, {"is valid from", "by this machine's clock", "NTP"}) == "");
}

TEST_CASE("join: a server that is too old, busy, or silent") {
  World world;
  JoinOptions options = Direct(world, NewToken(world));
  world.Control("fault", {{"call", "RegisterUsingToken"}, {"kind", "code"}, {"code", "UNIMPLEMENTED"}});
  CHECK(Lacks(Try(options).status(), {"Teleport 17 or newer"}) == "");
  world.Control("fault", {{"call", "RegisterUsingToken"}, {"kind", "hang"}, {"times", -1}});
  options.call_timeout = absl::Seconds(1);
  CHECK(Try(options).status().code() == StatusCode::kDeadlineExceeded);
  options.call_timeout = absl::Hours(1);
  Cancel cancel;
  std::thread stopper([&] {
    Eventually([&] { return world.Control("faults")["faults"][1]["struck"] >= 2; });
    cancel.Request();
  });
  CHECK(Join(options, SystemClock(), cancel).status().code() == StatusCode::kCancelled);
  stopper.join();
}

TEST_CASE("join: what was issued is looked at before it is used") {
  const playground::CertificateAuthority ca("root.example.com");
  const auto key = NewHostKey();
  REQUIRE(key.ok());
  const auto issue = [&](const std::string& role, const std::string& name, const std::string& public_key) {
    playground::CertificateRequest request;
    request.organization = role;
    request.common_name = name;
    Identity identity;
    identity.key_pem = key->key_pem;
    identity.cert_pem = ca.IssueFor(request, public_key);
    identity.ca_pem = ca.certificate_pem();
    return CheckIssued(identity, "one", absl::Now()).status();
  };
  CHECK(issue("Okta", "one.root.example.com", key->public_key_pem).ok());
  CHECK(Lacks(issue("Node", "one.root.example.com", key->public_key_pem), {"role Node instead of Okta"}) ==
        "");
  CHECK(Lacks(issue("Okta", "two.root.example.com", key->public_key_pem), {"host two instead of one"}) == "");
  const auto other = NewHostKey();
  CHECK(Lacks(issue("Okta", "one.root.example.com", other->public_key_pem),
              {"private key does not belong"}) == "");
  CHECK(key->public_ssh_key.starts_with("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY"));
}

}  // namespace
}  // namespace oktasync::teleport
