// R4: the SSO connector of those who are imported, and the app that follows from it, as Teleport says them.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

constexpr char kAppLabel[] = "teleport.internal/okta-app-id";

// The playground's own connector, under another name or with other members.
json Connector(const Scene& scene, const std::string& name, const json& more = json::object()) {
  json connector = {{"name", name},
                    {"issuer", scene.Info("saml_issuer")},
                    {"sso", scene.Info("saml_sso_url")},
                    {"acs", scene.Info("saml_acs_url")}};
  connector.update(more);
  return connector;
}

void NameNoApp(Scene& scene) {
  json config = scene.Config()["okta"];
  config.erase("app_id");
  scene.Configure("/okta", config);
}

void NameNoConnector(Scene& scene) {
  json users = scene.Config()["users"];
  users.erase("connector");
  scene.Configure("/users", users);
}

std::string ConnectorOf(const Scene& scene, const std::string& name) {
  return scene.User(name)["created_by"]["connector"]["id"];
}

TEST_CASE(
    "R4: with neither app nor connector in the configuration both are found, and the users are the same",
    "[rules]") {
  Scene scene(10);
  scene.Sync();
  NameNoApp(scene);
  NameNoConnector(scene);
  SECTION("by the label of the connector") {}
  SECTION("by its SSO URL") {
    scene.Auth("put_saml_connector", Connector(scene, "okta"));
    scene.Okta("add_app", {{"name", "example_teleport_2"}});
    scene.Okta("add_app", {{"name", "example_teleport_1"}, {"acs_url", "https://elsewhere.example.com/acs"}});
  }
  SECTION("by where its assertions go") {
    scene.Auth("put_saml_connector", Connector(scene, "okta", {{"sso", ""}}));
    for (int i = 0; i < 250; ++i) scene.Okta("add_app", {{"name", "app_" + std::to_string(i)}});
  }
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().report["app_id"] == scene.Info("app_id"));
  const Person leaver = scene.At(2);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Sync();
  scene.CheckShutOut(leaver);
}

TEST_CASE("R4: the connector that logs people in at the org is the one that new users get", "[rules]") {
  Scene scene(10);
  NameNoConnector(scene);
  scene.Auth("delete_saml_connector", {{"name", "okta"}});
  scene.Auth("put_saml_connector", Connector(scene, "okta-integration"));
  scene.Auth("put_saml_connector", {{"name", "azure"}, {"sso", "https://login.microsoftonline.com/x/saml2"}});
  scene.Sync();
  CHECK(ConnectorOf(scene, scene.At(0).name) == "okta-integration");

  // Another one for the same org: which one is meant is not ours to guess.
  scene.Auth("put_saml_connector", Connector(scene, "okta-test"));
  const Person leaver = scene.At(2);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Okta("hire");
  scene.Sync(3);
  scene.CheckShutOut(leaver);
  CHECK(scene.Writes().size() == 2);
  CHECK_THAT(scene.Notices(),
             Contains("okta-integration, okta-test") && Contains("Name one in users.connector"));
}

TEST_CASE("R4: a connector that is missing, as in the open-source edition, is said plainly", "[rules]") {
  Scene scene(10, {"--without-saml"});
  scene.Sync();
  CHECK(scene.UserNames().size() == 10);
  CHECK_THAT(scene.Notices(), Contains("\"okta\" of users.connector does not exist in Teleport") &&
                                  Contains("open-source edition"));
  NameNoConnector(scene);
  scene.Sync();
  CHECK_THAT(scene.Notices(), Contains("this cluster has no SAML connector") && Contains("nobody can log in"));
  NameNoApp(scene);
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(),
             Contains("okta.app_id names no app") && Contains("this cluster has no SAML connector"));
}

TEST_CASE("R1, R11: an app that cannot be told from the connector stops the run in words", "[rules]") {
  Scene scene(10);
  NameNoApp(scene);
  SECTION("several would do") {
    scene.Auth("put_saml_connector", Connector(scene, "okta", {{"acs", ""}}));
    scene.Okta("add_app", {{"name", "example_teleport_1"}});
    scene.Sync(1);
    CHECK_THAT(scene.Error(), Contains("2 SAML apps") && Contains(scene.Info("app_id")) &&
                                  Contains("name the app in okta.app_id"));
  }
  SECTION("it is another org's") {
    scene.Auth(
        "put_saml_connector",
        Connector(scene, "okta", {{"sso", "https://evil.example.net/app/example_teleport_1/exk1/sso/saml"}}));
    scene.Sync(1);
    CHECK_THAT(scene.Error(), Contains("https://evil.example.net") && Contains("okta.org_url"));
  }
  SECTION("its label names an app that is not there") {
    scene.Auth("put_saml_connector", Connector(scene, "okta", {{"labels", {{kAppLabel, "0oaGone"}}}}));
    scene.Sync(1);
    CHECK_THAT(scene.Error(), Contains("0oaGone"));
  }
  CHECK(scene.UserNames().empty());
}

}  // namespace
}  // namespace integration
