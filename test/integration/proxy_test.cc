// Anywhere that reaches the proxy: Teleport's proxy port, and the HTTP proxy of a company.
#include <catch2/catch.hpp>
#include <map>

#include "integration/member.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

// Targets of the CONNECTs that were answered so.
Strings Connects(const Scene& scene, int status) {
  Strings out;
  const json entries = scene.Record().entries();
  for (const json& entry : entries) {
    if (entry["side"] == "proxy" && entry["kind"] == "connect" && entry["status"] == status) {
      out.push_back(entry["target"]);
    }
  }
  return out;
}

bool Has(const Strings& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string OktaTarget(const Scene& scene) {
  const std::string url = scene.Info("okta_url");
  return url.substr(url.find("//") + 2);
}

TEST_CASE("Proxy port: joins through it, then syncs through it", "[join]") {
  Scene scene(10);
  UseIdentityFile(scene);
  UseProxyPort(scene);
  scene.Run("join", 0, {"--token-file", TokenFile(scene), "--proxy-ca-file", scene.Info("proxy_ca_file")});
  scene.Sync();
  CHECK(scene.UserNames().size() == 10);
  Strings routes;
  const json entries = scene.RecordAfter(0).entries();
  for (const json& entry : entries) {
    if (entry["side"] == "proxy" && entry["kind"] == "route") routes.push_back(entry["to"]);
  }
  REQUIRE(routes.size() >= 2);
  CHECK(routes.front() == "own");
  CHECK(routes.back() == "auth");
}

TEST_CASE("Proxy port: a web certificate that is not trusted gets no token", "[join]") {
  Scene scene(5);
  UseIdentityFile(scene);
  UseProxyPort(scene);
  scene.Run("join", 1, {"--token-file", TokenFile(scene)});
  CHECK_THAT(scene.Error(), Contains("proxy's certificate") && Contains("--proxy-ca-file"));
  CHECK(Asked(scene, "RegisterUsingToken") == 0);
}

TEST_CASE("Proxy port: without `proxy: true` the refusal names it", "[join]") {
  Scene scene(5);
  scene.Configure("/teleport/address", scene.Info("proxy_address"));
  scene.Sync(1);
  CHECK_THAT(scene.Error(), Contains("teleport.proxy: true"));
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("HTTP proxy: both sides go through the one of the environment", "[join]") {
  Scene scene(10);
  UseIdentityFile(scene);
  const Variable proxy("https_proxy", scene.Info("http_proxy"));
  JoinDirectly(scene);
  CHECK(Connects(scene, 200) == Strings{scene.Info("auth_address"), scene.Info("auth_address")});
  scene.Sync();
  CHECK(Has(Connects(scene, 200), scene.Info("auth_address")));
  CHECK(Has(Connects(scene, 200), OktaTarget(scene)));
  // Teleport's proxy behind the company's.
  UseProxyPort(scene);
  scene.Sync();
  CHECK(Has(Connects(scene, 200), scene.Info("proxy_address")));
}

TEST_CASE("HTTP proxy: no_proxy is respected on both sides", "[join]") {
  Scene scene(10);
  const Variable proxy("HTTPS_PROXY", scene.Info("http_proxy"));
  {
    const Variable no_proxy("no_proxy", "example.com,127.0.0.0/8");
    scene.Sync();
    CHECK_FALSE(Has(Connects(scene, 200), scene.Info("auth_address")));
    CHECK(Has(Connects(scene, 200), OktaTarget(scene)));
  }
  const Variable no_proxy("NO_PROXY", "*");
  scene.Sync();
  CHECK(Connects(scene, 200) == Strings{});
}

TEST_CASE("HTTP proxy: one that lets nobody through to Okta is named, at once and with what to do",
          "[join]") {
  Scene scene(10);
  const Variable no_proxy("no_proxy", "127.0.0.1");  // the auth server directly: here it is about Okta
  // Exactly the connection fails, and the todo is about the proxy.
  const auto doctor_says = [&](const Strings& words) {
    scene.Run("doctor", 1);
    std::map<std::string, json> checks;
    for (const json& check : scene.last().report.at("checks")) checks[check["id"]] = check;
    for (const std::string& word : words) CHECK_THAT(checks.at("okta.tls").dump(), Contains(word));
    CHECK(checks.at("okta.dns")["outcome"] == "not_known");
  };
  scene.Auth("http_proxy", {{"credentials", "ada:lovelace"}});
  {
    const Variable proxy("https_proxy", scene.Info("http_proxy"));
    scene.Sync(1);
    CHECK_THAT(scene.Error(),
               Contains("answered CONNECT with 407") && Contains("wants a name and a password"));
    CHECK(Connects(scene, 407).size() == 1);  // asking again is of no use
    doctor_says({"407", "Check the proxy that https_proxy names"});
  }
  const Variable proxy("https_proxy", "http://127.0.0.1:1");
  doctor_says({"no connection to the proxy of https_proxy", "Check the proxy that https_proxy names"});
}

TEST_CASE("HTTP proxy: credentials are in its URL, and in no output", "[join]") {
  Scene scene(10);
  scene.Auth("http_proxy", {{"credentials", "ada:love/lace-secret"}});
  scene.AddSecret("lace-secret");
  scene.AddSecret("YWRhOmxvdmUvbGFjZS1zZWNyZXQ=");
  const Variable no_proxy("no_proxy", "localhost");  // Okta directly: here it is about the tunnel
  {
    const Variable proxy("https_proxy", scene.Info("http_proxy"));
    scene.Sync(1);
    CHECK_THAT(scene.Error(), Contains("407") && Contains("https_proxy=http://name:password@host:port"));
    CHECK(scene.Writes() == Strings{});
  }
  std::string url = scene.Info("http_proxy");
  url.insert(7, "ada:love%2Flace-secret@");
  {
    const Variable proxy("https_proxy", url);
    scene.Run("sync", 0, {"--verbose"});
    CHECK(Has(Connects(scene, 200), scene.Info("auth_address")));
    scene.Auth("http_proxy", {{"refuse", 403}});
    scene.Run("sync", 1, {"--verbose"});
    CHECK_THAT(scene.Error(), Contains("403") && Contains("no_proxy"));
  }
  url.replace(0, 4, "https");
  const Variable proxy("https_proxy", url);
  scene.Sync(1);
  CHECK_THAT(scene.Error(), Contains("https_proxy") && Contains("http:// port"));
}

}  // namespace
}  // namespace integration
