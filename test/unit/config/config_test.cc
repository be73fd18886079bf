#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "config/config.h"
#include "config/documents.h"

namespace oktasync::config {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

TEST_CASE("the smallest configuration is accepted and gives the defaults of the rooms") {
  const ParseResult result = Parse(Minimal().dump());
  REQUIRE(result.problems.empty());
  const Config& c = result.config;
  CHECK(c.okta.org_url == "https://example.okta.com");
  CHECK(c.credentials.org_url == "https://example.okta.com");
  CHECK(c.okta.app_id == "0oa1app");
  CHECK(c.reconcile.app_id == "0oa1app");
  CHECK(c.credentials.client_id == "0oa2client");
  CHECK(c.key_id == "kid-1");
  CHECK(c.credentials.scopes == Texts{"okta.apps.read", "okta.users.read"});
  CHECK(c.teleport.address == "auth.example.com:3025");
  CHECK(c.teleport.alpn == Texts{"h2"});
  CHECK(c.private_key_file.empty());
  CHECK(c.identity_key_file.empty());
  CHECK(c.reconcile.traits.default_role == "okta-requester");
  CHECK(c.reconcile.traits.connector == ConnectorRef{"saml", "okta", ""});
  CHECK(c.loop.interval == absl::Minutes(30));
  CHECK(c.reconcile.guard.most == 500);
}

TEST_CASE("every key reaches its option") {
  const ParseResult result = Parse(R"({
    "okta": {"org_url": "https://Example.okta.com:443/", "app_id": "0oa1app", "org_id": "00o1org",
      "client_id": "0oa2client", "key_id": "kid-1", "private_key_file": "/etc/oktasync/key.pem",
      "scopes": ["okta.apps.manage", "okta.users.read", "okta.logs.read"], "ca_file": "/etc/ca.pem",
      "rate_share": 0.25, "page_size": 200, "connect_timeout": "5s", "idle_timeout": "2m"},
    "teleport": {"address": "[::1]:3025", "alpn": ["teleport-auth@6162.teleport.cluster.local", "h2"],
      "identity": {"key_file": "k", "cert_file": "c", "ca_file": "a"},
      "call_timeout": "20s", "connect_timeout": "7s"},
    "users": {"default_role": null, "connector": {"type": "oidc", "name": "okta-oidc"},
      "allowed_domains": ["example.com"],
      "attributes": {"include": ["a", "b"], "exclude": ["c"], "rename": {"a": "team"},
        "allow_patterns": ["b"], "max_value_bytes": 100, "max_values": 10, "max_traits_bytes": 2000}},
    "sync": {"interval": "1h30m", "jitter": 0, "run_at_start": false, "writers": 3},
    "guard": {"least": 1, "percent": 5, "most": 50},
    "locks": {"margin": "3h"},
    "lease": {"term": "90s", "safety": "10s"}
  })");
  INFO(Describe(result.problems));
  REQUIRE(result.problems.empty());
  const Config& c = result.config;
  CHECK(c.okta.org_url == "https://example.okta.com");
  CHECK(c.reconcile.pinned_org_id == "00o1org");
  CHECK(c.private_key_file == "/etc/oktasync/key.pem");
  CHECK(c.credentials.scopes == Texts{"okta.apps.manage", "okta.users.read", "okta.logs.read"});
  CHECK(c.http.ca_file == "/etc/ca.pem");
  CHECK(c.okta.rate_share == 0.25);
  CHECK(c.okta.page_size == 200);
  CHECK(c.http.connect_timeout == absl::Seconds(5));
  CHECK(c.http.idle_timeout == absl::Minutes(2));
  CHECK(c.teleport.address == "[::1]:3025");
  CHECK(c.teleport.alpn.size() == 2);
  CHECK(c.identity_key_file == "k");
  CHECK(c.identity_cert_file == "c");
  CHECK(c.identity_ca_file == "a");
  CHECK(c.teleport.call_timeout == absl::Seconds(20));
  CHECK(c.teleport.connect_timeout == absl::Seconds(7));
  const traits::Options& t = c.reconcile.traits;
  CHECK(t.default_role.empty());
  CHECK(t.connector == ConnectorRef{"oidc", "okta-oidc", ""});
  CHECK(t.allowed_domains == Texts{"example.com"});
  CHECK(t.include == Texts{"a", "b"});
  CHECK(t.exclude == Texts{"c"});
  CHECK(t.rename == std::map<std::string, std::string>{{"a", "team"}});
  CHECK(t.allow_patterns == Texts{"b"});
  CHECK(t.max_value_bytes == 100);
  CHECK(t.max_values == 10);
  CHECK(t.max_traits_bytes == 2000);
  CHECK(c.loop.interval == absl::Minutes(90));
  CHECK(c.loop.jitter == 0);
  CHECK_FALSE(c.loop.first_run_at_once);
  CHECK(c.reconcile.writers == 3);
  CHECK(c.reconcile.guard.least == 1);
  CHECK(c.reconcile.guard.percent == 5);
  CHECK(c.reconcile.guard.most == 50);
  CHECK(c.reconcile.locks.margin == absl::Hours(3));
  CHECK(c.reconcile.lease.term == absl::Seconds(90));
  CHECK(c.reconcile.lease.safety == absl::Seconds(10));
}

TEST_CASE("no connector and no default role can be asked for") {
  CHECK(Parse(With("/users/connector", nullptr)).config.reconcile.traits.connector == ConnectorRef{});
  CHECK(Parse(With("/users/connector", nullptr)).problems.empty());
  CHECK(Parse(With("/users/default_role", "")).config.reconcile.traits.default_role.empty());
  CHECK(Parse(With("/users/default_role", "")).problems.empty());
}

TEST_CASE("bad day: unknown keys, wrong types and impossible values are told all at once, with their paths") {
  const ParseResult result = Parse(R"({
    "okta": {"org_url": "http://localhost", "app_id": "x", "clientid": "0oa1", "page_size": 501,
             "rate_share": "half", "interval": "5m", "scopes": ["okta.apps.read"]},
    "teleprt": {},
    "users": {"default_role": 5, "connector": {"type": "ldap"},
              "attributes": {"include": ["a", "b", 7], "rename": {"a": "t", "d": "okta/x"}}},
    "sync": {"interval": "30", "jitter": 0.9, "run_at_start": 1},
    "guard": {"least": 600, "percent": 51},
    "lease": {"term": "20s", "safety": "10s"},
    "locks": []
  })");
  Texts expected = {"/guard/percent",
                    "/guard/least",
                    "/lease/safety",
                    "/locks",
                    "/okta/app_id",
                    "/okta/client_id",
                    "/okta/clientid",
                    "/okta/interval",
                    "/okta/org_url",
                    "/okta/page_size",
                    "/okta/rate_share",
                    "/okta/scopes",
                    "/sync/interval",
                    "/sync/jitter",
                    "/sync/run_at_start",
                    "/teleport",
                    "/teleprt",
                    "/users/attributes/include/2",
                    "/users/attributes/rename/d",
                    "/users/connector/name",
                    "/users/connector/type",
                    "/users/default_role"};
  std::sort(expected.begin(), expected.end());
  CHECK(Paths(result) == expected);
}

TEST_CASE("an unknown key comes with the nearest known one, or with its right section") {
  CHECK_THAT(OneProblem(With("/okta/pagesize", 5), "/okta/pagesize"),
             Catch::Contains("did you mean page_size?"));
  CHECK_THAT(OneProblem(With("/okta/Page_Size", 5), "/okta/Page_Size"),
             Catch::Contains("did you mean page_size?"));
  CHECK_THAT(OneProblem(With("/okta/writers", 5), "/okta/writers"),
             Catch::Contains("belongs to /sync/writers"));
  CHECK_THAT(OneProblem(With("/locks/x", 5), "/locks/x"), Catch::Equals("is not a key that is known here"));
  CHECK_THAT(OneProblem(With("/sinc", 5), "/sinc"), Catch::Contains("did you mean sync?"));
}

TEST_CASE("paths are JSON pointers, and keys from outside are escaped and cut") {
  Json document = Minimal();
  document["okta"]["a/b~c\x1b[2J"] = 1;
  CHECK(Paths(Parse(document.dump())) == Texts{"/okta/a~1b~0c\\x1b[2J"});
  document = Minimal();
  document["okta"][std::string(100'000, 'k')] = 1;
  const ParseResult result = Parse(document.dump());
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems[0].path.size() < 100);
}

TEST_CASE("wrong types are refused everywhere, null included") {
  const std::vector<Json> values = {nullptr,         true, 1, -1, 0.5, "x", Json::array(), Json::object(),
                                    Json::array({1})};
  const auto refused = [&](const std::string& path, const std::vector<size_t>& fine) {
    for (size_t i = 0; i < values.size(); ++i) {
      INFO(path << " = " << values[i].dump());
      const bool ok = std::find(fine.begin(), fine.end(), i) != fine.end();
      const ParseResult result = Parse(With(path, values[i]));
      CHECK(result.problems.empty() == ok);
      for (const Problem& problem : result.problems) CHECK(problem.path.rfind(path, 0) == 0);
    }
  };
  refused("/okta", {});
  refused("/okta/org_url", {});
  refused("/okta/app_id", {});
  refused("/okta/key_id", {5});
  refused("/okta/private_key_file", {5});
  refused("/okta/page_size", {2});
  refused("/okta/rate_share", {2, 4});
  refused("/okta/scopes", {});
  refused("/okta/idle_timeout", {});
  refused("/teleport", {});
  refused("/users", {7});
  refused("/users/default_role", {0, 5});
  refused("/users/allowed_domains", {5 + 1});
  refused("/users/attributes/rename", {7});
  refused("/sync/run_at_start", {1});
  refused("/sync/jitter", {4});
  refused("/guard/least", {2});
}

TEST_CASE("numbers and durations are held to their limits") {
  const auto ok = [](std::string_view path, Json value) {
    return Parse(With(path, std::move(value))).problems.empty();
  };
  for (const Json& bad :
       {Json(0), Json(501), Json(-1), Json(1.5), Json(18446744073709551615u), Json(INT64_MIN)}) {
    INFO(bad.dump());
    CHECK_FALSE(ok("/okta/page_size", bad));
  }
  CHECK(ok("/okta/page_size", 1));
  CHECK(ok("/okta/page_size", 500));
  CHECK_FALSE(ok("/okta/rate_share", 0.04));
  CHECK_FALSE(ok("/okta/rate_share", 1.01));
  CHECK(ok("/okta/rate_share", 1));
  CHECK_FALSE(ok("/guard/percent", 51));
  CHECK(ok("/guard/percent", 50));
  CHECK_FALSE(ok("/sync/writers", 0));
  CHECK_FALSE(ok("/sync/writers", 65));
  CHECK_FALSE(ok("/sync/jitter", 0.51));
  CHECK_FALSE(ok("/sync/interval", "59s"));
  CHECK(ok("/sync/interval", "1m"));
  CHECK_FALSE(ok("/locks/margin", "59m"));
  CHECK(ok("/locks/margin", "1h"));
  CHECK_FALSE(ok("/lease/term", "19s"));
  CHECK_FALSE(ok("/lease/term", "601s"));
  CHECK_THAT(OneProblem(With("/okta/page_size", 501), "/okta/page_size"),
             Catch::Contains("is 501, expected"));
  CHECK_THAT(OneProblem(With("/sync/interval", "30"), "/sync/interval"), Catch::Contains("\"1h30m\""));
}

TEST_CASE("http is refused for every org address, localhost too") {
  for (const char* url : {"http://example.okta.com", "http://localhost", "HTTP://127.0.0.1:8080"}) {
    CHECK_THAT(OneProblem(With("/okta/org_url", url), "/okta/org_url"), Catch::Contains("http is refused"));
  }
}

TEST_CASE("values that contradict each other are refused") {
  CHECK_THAT(OneProblem(With("/lease/safety", "30s"), "/lease/safety"), Catch::Contains("less than half"));
  CHECK(Parse(With("/lease/safety", "29s")).problems.empty());
  CHECK_THAT(OneProblem(With("/guard/least", 501), "/guard/least"), Catch::Contains("/guard/most (500)"));
  CHECK_THAT(
      OneProblem(With("/users/attributes/max_value_bytes", 65536), "/users/attributes/max_value_bytes"),
      Catch::Equals("(0 problems) "));
  CHECK_THAT(
      OneProblem(With("/users/attributes/max_traits_bytes", 1024), "/users/attributes/max_value_bytes"),
      Catch::Contains("max_traits_bytes (1024)"));
  CHECK_THAT(OneProblem(With("/users/attributes", Json{{"include", {"a", "b"}}, {"exclude", {"c", "b"}}}),
                        "/users/attributes/exclude/1"),
             Catch::Contains("include"));
  CHECK_THAT(OneProblem(With("/users/attributes", Json{{"exclude", {"a"}}, {"rename", {{"a", "t"}}}}),
                        "/users/attributes/rename/a"),
             Catch::Contains("exclude"));
  CHECK_THAT(OneProblem(With("/users/attributes", Json{{"include", {"b"}}, {"rename", {{"a", "t"}}}}),
                        "/users/attributes/rename/a"),
             Catch::Contains("include"));
  CHECK_THAT(OneProblem(With("/users/attributes/rename", Json{{"a", "t"}, {"b", "t"}}),
                        "/users/attributes/rename/b"),
             Catch::Contains("same trait key"));
  CHECK_THAT(
      OneProblem(With("/users/attributes/rename", Json{{"a", "okta/b"}}), "/users/attributes/rename/a"),
      Catch::Contains("okta/"));
  CHECK_THAT(OneProblem(With("/users/attributes/rename", Json{{"a", "x,y"}}), "/users/attributes/rename/a"),
             Catch::Contains("trait key"));
  CHECK_THAT(OneProblem(With("/okta/scopes", Json{"okta.apps.read"}), "/okta/scopes"),
             Catch::Contains("okta.users.read"));
  CHECK_THAT(OneProblem(With("/okta/scopes", Json{"okta.apps.read", "okta.users.read", "okta.apps.read"}),
                        "/okta/scopes/2"),
             Catch::Contains("twice"));
  CHECK_THAT(OneProblem(With("/teleport/alpn", Json{"http/1.1"}), "/teleport/alpn"), Catch::Contains("h2"));
}

TEST_CASE("a check between two values is left out when one of them is wrong by itself") {
  CHECK(Paths(Parse(With("/lease", Json{{"term", "x"}, {"safety", "40s"}}))) == Texts{"/lease/term"});
  CHECK(Paths(Parse(With("/guard", Json{{"least", 1000}, {"most", "many"}}))) == Texts{"/guard/most"});
}

TEST_CASE("R4: okta.app_id may be left out where a SAML connector leads to the app") {
  Json document = Minimal();
  document["okta"].erase("app_id");
  CHECK(Paths(Parse(document.dump())).empty());
  CHECK(Parse(document.dump()).config.reconcile.find_connector);
  document["users"]["connector"] = {{"type", "saml"}, {"name", "okta"}};
  CHECK(Paths(Parse(document.dump())).empty());
  CHECK_FALSE(Parse(document.dump()).config.reconcile.find_connector);
  document["users"]["connector"] = {{"type", "github"}, {"name", "gh"}};
  CHECK_THAT(OneProblem(document.dump(), "/okta/app_id"), Catch::Contains("SAML connector"));
  document["users"]["connector"] = nullptr;
  CHECK_THAT(OneProblem(document.dump(), "/okta/app_id"), Catch::Contains("is missing"));
}

TEST_CASE("okta.dpop is auto or always") {
  CHECK_FALSE(Parse(Minimal().dump()).config.credentials.dpop);
  CHECK_FALSE(Parse(With("/okta/dpop", "auto")).config.credentials.dpop);
  CHECK(Parse(With("/okta/dpop", "always")).config.credentials.dpop);
  CHECK_THAT(OneProblem(With("/okta/dpop", "never"), "/okta/dpop"), Catch::Contains("auto"));
}

TEST_CASE("okta.other_keys: ids and files, none of them the first key's") {
  const ParseResult good = Parse(With("/okta/other_keys", Json{{"kid-0", "/etc/oktasync/old.pem"}}));
  CHECK(good.problems.empty());
  CHECK(good.config.other_keys.at("kid-0") == "/etc/oktasync/old.pem");
  CHECK_THAT(OneProblem(With("/okta/other_keys", Json{{"kid-1", "/x.pem"}}), "/okta/other_keys/kid-1"),
             Catch::Contains("/okta/key_id"));
  Json document = Minimal();
  document["okta"]["private_key_file"] = "/a.pem";
  document["okta"]["other_keys"] = {{"kid-0", "/a.pem"}};
  CHECK_THAT(OneProblem(document.dump(), "/okta/other_keys/kid-0"), Catch::Contains("again"));
}

TEST_CASE("an object that is there must be whole: connector and identity") {
  CHECK(Paths(Parse(With("/users/connector", Json::object()))) ==
        Texts{"/users/connector/name", "/users/connector/type"});
  CHECK(Paths(Parse(With("/teleport/identity", Json{{"key_file", "k"}}))) ==
        Texts{"/teleport/identity/ca_file", "/teleport/identity/cert_file"});
}

TEST_CASE("the identity is one file or three, and not both") {
  const ParseResult one = Parse(With("/teleport/identity", Json{{"file", "/i.pem"}}));
  REQUIRE(one.problems.empty());
  CHECK(one.config.identity_file == "/i.pem");
  CHECK_THAT(OneProblem(With("/teleport/identity", Json{{"file", "i"}, {"ca_file", "a"}}),
                        "/teleport/identity/ca_file"),
             Catch::Contains("/teleport/identity/file"));
  CHECK_THAT(OneProblem(With("/teleport/identity", Json{{"key_file", "k"}, {"cert_file", "c"}}),
                        "/teleport/identity/ca_file"),
             Catch::Contains("is missing"));
}

TEST_CASE("the proxy's port makes its ALPN list itself") {
  const ParseResult proxy = Parse(With("/teleport/proxy", true));
  REQUIRE(proxy.problems.empty());
  CHECK(proxy.config.teleport.proxy);
  Json document = Minimal();
  document["teleport"]["proxy"] = true;
  document["teleport"]["alpn"] = {"teleport-auth@6162.teleport.cluster.local", "h2"};
  CHECK_THAT(OneProblem(document.dump(), "/teleport/alpn"), Catch::Contains("/teleport/proxy"));
}

TEST_CASE("invariant 15: key material in the wrong place is never repeated") {
  const std::string pem = "-----BEGIN PRIVATE KEY-----\nMIIEvSECRETSECRET\n-----END PRIVATE KEY-----\n";
  Json document = Minimal();
  document["okta"]["private_key_file"] = pem;
  document["okta"]["private_key"] = pem;
  document["okta"]["key_id"] = pem;
  document["okta"]["org_url"] = pem;
  document["okta"]["app_id"] = pem;
  document["okta"]["scopes"] = {pem};
  document["okta"]["page_size"] = pem;
  document["okta"]["idle_timeout"] = pem;
  document["teleport"]["address"] = pem;
  document["teleport"]["identity"] = {{"key_file", pem}, {"cert_file", pem}, {"ca_file", pem}};
  document["users"]["attributes"]["rename"] = {{pem, pem}};
  document["users"]["default_role"] = pem;
  document[pem] = pem;
  const ParseResult result = Parse(document.dump());
  CHECK(result.problems.size() >= 14);
  const std::string text = Describe(result.problems);
  CHECK(text.find("SECRET") == std::string::npos);
  CHECK(text.find("MII") == std::string::npos);
  CHECK_THAT(OneProblem(With("/okta/private_key_file", pem), "/okta/private_key_file"),
             Catch::Contains("path of a file"));
}

TEST_CASE("bad day: a document that is no JSON object is one problem of the whole") {
  const auto whole = [](const std::string& document) { return OneProblem(document, ""); };
  CHECK_THAT(whole(std::string(10 << 20, ' ')), Catch::Contains("larger than 1048576 bytes"));
  CHECK_THAT(whole("{\"okta\": \"\xFF\xFE\"}"), Catch::Contains("UTF-8"));
  CHECK_THAT(whole(std::string(100, '[') + std::string(100, ']')), Catch::Contains("nested deeper"));
  CHECK_THAT(whole(std::string(500'000, '[')), Catch::Contains("nested deeper"));
  CHECK_THAT(whole(""), Catch::Contains("syntax error"));
  CHECK_THAT(whole("{"), Catch::Contains("syntax error"));
  CHECK_THAT(whole("[]"), Catch::Contains("is a list, expected an object"));
  CHECK_THAT(whole("null"), Catch::Contains("is null"));
  CHECK_THAT(whole(R"({"okta": {}, "okta": {}})"), Catch::Contains("twice"));
}

TEST_CASE("bad day: lists without end and a flood of problems are bounded") {
  std::vector<std::string> many(1001);
  for (size_t i = 0; i < many.size(); ++i) many[i] = "a" + std::to_string(i);
  CHECK_THAT(OneProblem(With("/users/attributes/exclude", many), "/users/attributes/exclude"),
             Catch::Contains("at most 1000"));
  CHECK_THAT(OneProblem(With("/okta/key_id", std::string(5000, 'k')), "/okta/key_id"),
             Catch::Contains("5000 bytes"));
  Json flood = Minimal();
  for (int i = 0; i < 5000; ++i) flood["x" + std::to_string(i)] = i;
  const ParseResult result = Parse(flood.dump());
  CHECK(result.problems.size() == 201);
  CHECK_THAT(result.problems.back().text, Catch::Contains("4800 more"));
}

TEST_CASE("problems are one line each, safe for a terminal") {
  const std::string text = Describe({{"/okta/org_url", "is wrong"}, {"", "bad\x1b[2J\nthing"}});
  CHECK(text == "/okta/org_url: is wrong\nthe configuration: bad\\x1b[2J\\nthing\n");
  CHECK(Describe({}).empty());
}

}  // namespace
}  // namespace oktasync::config
