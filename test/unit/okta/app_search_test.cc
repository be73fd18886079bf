// The app of a SAML connector: by its label, by the app name in its SSO URL, by where its assertions go.
#include "okta/app_search.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "fake_okta.h"

namespace oktasync::okta {
namespace {

using absl::StatusCode;
using testing::Respond;
using testing::World;

constexpr char kAcs[] = "https://teleport.example.com/v1/webapi/saml/acs/okta";
constexpr char kSso[] = "https://example.okta.com/app/example_teleport_1/exk1/sso/saml";
const Org kOrg{"00oorg", "https://example.okta.com", "https://login.example.com"};

std::string App(const std::string& id, const std::string& name, const std::string& acs = kAcs,
                const std::string& status = "ACTIVE", const std::string& mode = "SAML_2_0") {
  return R"({"id":")" + id + R"(","name":")" + name + R"(","label":"An app","status":")" + status +
         R"(","signOnMode":")" + mode + R"(","settings":{"signOn":{"ssoAcsUrl":")" + acs + R"("}}})";
}

// Asks for the app of `connector` in an org that lists `apps`; `urls` gets what was asked.
absl::StatusOr<std::string> Find(const SamlConnector& connector, const std::string& apps,
                                 std::vector<std::string>* urls = nullptr) {
  World world([&](const http::Request&, int, Cancel&) { return Respond(200, "[" + apps + "]"); });
  auto found = world.client->FindApp(connector, kOrg, world.cancel);
  if (urls != nullptr) {
    for (const http::Request& request : world.http.requests()) urls->push_back(request.url);
  }
  return found;
}

void RequireError(const absl::Status& status, StatusCode code, const std::string& words) {
  CHECK(status.code() == code);
  CHECK_THAT(Message(status), Catch::Contains(words));
}

TEST_CASE("a connector's label names the app, and Okta is not asked") {
  std::vector<std::string> urls;
  CHECK(*Find({"okta", "0oaLabel", "", kSso, kAcs}, "", &urls) == "0oaLabel");
  CHECK(urls.empty());
  RequireError(Find({"okta", "0oa/../x", "", kSso, kAcs}, "").status(), StatusCode::kFailedPrecondition,
               "holds no Okta id");
}

TEST_CASE("without a label it is the SAML app whose name the SSO URL holds") {
  std::vector<std::string> urls;
  const std::string apps = App("0oa1", "other_1") + "," + App("0oa2", "example_teleport_1") + "," +
                           App("0oa3", "example_teleport_1", kAcs, "ACTIVE", "OPENID_CONNECT");
  CHECK(*Find({"okta", "", "", kSso, ""}, apps, &urls) == "0oa2");
  CHECK(urls ==
        std::vector<std::string>{
            "https://login.example.com/api/v1/apps?limit=200&filter=name%20eq%20%22example_teleport_1%22"});
  RequireError(Find({"okta", "", "", kSso, ""}, App("0oa1", "other_1")).status(), StatusCode::kNotFound,
               "name the app in okta.app_id");
}

TEST_CASE("of several apps of one name it is the one that sends its assertions to the connector") {
  const std::string two = App("0oa1", "example_teleport_1", "https://elsewhere.example.com/acs") + "," +
                          App("0oa2", "example_teleport_1");
  CHECK(*Find({"okta", "", "", kSso, kAcs}, two) == "0oa2");
  RequireError(Find({"okta", "", "", kSso, ""}, two).status(), StatusCode::kFailedPrecondition,
               "0oa1 \"An app\", 0oa2 \"An app\"");
  RequireError(Find({"okta", "", "", kSso, "https://third.example.com/acs"}, two).status(),
               StatusCode::kFailedPrecondition, "2 SAML apps");
}

TEST_CASE("an inactive app is found only where no active one is") {
  const std::string old = App("0oa1", "example_teleport_1", kAcs, "INACTIVE");
  CHECK(*Find({"okta", "", "", kSso, kAcs}, old) == "0oa1");
  CHECK(*Find({"okta", "", "", kSso, kAcs}, old + "," + App("0oa2", "example_teleport_1")) == "0oa2");
}

TEST_CASE("without an SSO URL it is the app that sends its assertions to the connector") {
  std::vector<std::string> urls;
  CHECK(*Find({"okta", "", "http://www.okta.com/exk1", "", kAcs},
              App("0oa1", "a", "https://elsewhere.example.com/acs") + "," + App("0oa2", "b"),
              &urls) == "0oa2");
  CHECK(urls == std::vector<std::string>{"https://login.example.com/api/v1/apps?limit=200"});
  RequireError(Find({"okta", "", "", "", ""}, "").status(), StatusCode::kFailedPrecondition,
               "says nothing that leads to an app");
}

TEST_CASE("a connector of another org leads to no app of this one") {
  RequireError(
      Find({"okta", "", "", "https://evil.example.net/app/example_teleport_1/exk1/sso/saml", kAcs}, "")
          .status(),
      StatusCode::kFailedPrecondition, "is not the org of okta.org_url");
}

TEST_CASE("an SSO URL is Okta's or none") {
  CHECK(ReadSsoUrl(kSso).origin == "https://example.okta.com");
  CHECK(ReadSsoUrl(kSso).app_name == "example_teleport_1");
  for (const char* other :
       {"", "http://example.okta.com/app/a/exk1/sso/saml", "https://example.okta.com/app//exk1/sso/saml",
        "https://example.okta.com/app/a%22%20or/exk1/sso/saml", "https://login.microsoftonline.com/x/saml2",
        "https://example.okta.com/app/sso/saml"}) {
    INFO(other);
    CHECK(ReadSsoUrl(other).origin == "");
  }
}

TEST_CASE("the app is said once, and stays for the life of the process") {
  ClientOptions none;
  World world([](const http::Request&, int, Cancel&) { return Respond(200, "[]"); }, none);
  REQUIRE(world.client->UseApp(testing::kApp).ok());
  RequireError(world.client->UseApp("0oaOther"), StatusCode::kFailedPrecondition,
               "as long as this process lives");
}

}  // namespace
}  // namespace oktasync::okta
