// enroll/check.h: the sheet of a preflight, and what a message is cut into.
#include "enroll/check.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "nlohmann/json.hpp"

namespace oktasync::enroll {
namespace {

TEST_CASE("a check whose ground did not pass is not known because of the root") {
  Sheet sheet;
  sheet.Pass(kOktaName, "known");
  CHECK_FALSE(sheet.Lacks(kOktaTls, {kOktaName}));
  sheet.Fail(kOktaTls, "expired", "renew it");
  CHECK(sheet.Lacks(kOktaToken, {kOktaName, kOktaTls}));
  CHECK(sheet.Lacks(kOktaScopes, {kOktaToken}));
  const Check* scopes = sheet.Find(kOktaScopes);
  REQUIRE(scopes != nullptr);
  CHECK(scopes->outcome == Outcome::kNotKnown);
  CHECK(scopes->because == kOktaTls);  // and not the token, which lacks its own ground
  CHECK(scopes->title == "Okta: scopes");
  CHECK_FALSE(sheet.Lacks(kOktaRate, {kTeleportLease}));  // nothing is known against it
}

TEST_CASE("the document counts and names each outcome") {
  Sheet sheet;
  sheet.Pass(kOktaName, "a");
  sheet.Fail(kOktaTls, "b", "c").facts = {{"k", "v"}};
  sheet.NotKnown(kOktaClock, "d", kOktaTls);
  const nlohmann::json json = ToJson(std::move(sheet).Take());
  CHECK(json["passed"] == 1);
  CHECK(json["failed"] == 1);
  CHECK(json["not_known"] == 1);
  CHECK(json["checks"][1] == nlohmann::json({{"id", "okta.tls"},
                                             {"title", "Okta: connection and TLS"},
                                             {"outcome", "fail"},
                                             {"seen", "b"},
                                             {"todo", "c"},
                                             {"because", ""},
                                             {"facts", {{"k", "v"}}}}));
  CHECK(json["checks"][2]["outcome"] == "not_known");
  CHECK(json["checks"][2]["because"] == "okta.tls");
}

TEST_CASE("what was seen and what to do are cut apart behind the last parenthesis") {
  const auto split = [](const char* text) {
    return SplitAdvice(MakeStatus(absl::StatusCode::kUnknown, text));
  };
  Split both = split("Okta answered GET /x with 403 (E0000006: no (really); request id r): give it a role");
  CHECK(both.seen == "Okta answered GET /x with 403 (E0000006: no (really); request id r)");
  CHECK(both.todo == "give it a role");
  both = split("no access token (HTTP 401, \"bad\"); copy the client id");
  CHECK(both.seen == "no access token (HTTP 401, \"bad\")");
  CHECK(both.todo == "copy the client id");
  both =
      split("Okta answered GET /x with 200 (request id r) and 'text/html': a login page; check the org URL");
  CHECK(both.seen == "Okta answered GET /x with 200 (request id r) and 'text/html': a login page");
  CHECK(both.todo == "check the org URL");
  both = split("with 401 (request id r), also with a new token: check that the app is active");
  CHECK(both.todo == "check that the app is active");
  // Okta's own words tell nobody what to do.
  both = split("Okta answered with 400 (invalid_request: no; check it)");
  CHECK(both.todo.empty());
  both = split("its name cannot be resolved: nobody knows it");
  CHECK(both.seen == "its name cannot be resolved: nobody knows it");
  CHECK(both.todo.empty());
  CHECK(List({"a", "b", "c"}) == "a, b and c");
  CHECK(List({"a"}) == "a");
}

}  // namespace
}  // namespace oktasync::enroll
