// enroll/okta_checks.h: what the facts about Okta mean. The words are played whole in test/integration/doctor_test.cc.
#include "enroll/okta_checks.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "http/stage.h"
#include "oauth/token_errors.h"
#include "okta/api_error.h"

namespace oktasync::enroll {
namespace {

using Catch::Matchers::Contains;

OktaInputs Inputs() {
  OktaInputs in;
  in.client.org_url = "https://example.okta.com";
  in.client.app_id = "0oaApp";
  in.client.rate_share = 0.5;
  in.client.page_size = 500;
  in.credentials.client_id = "0oaClient";
  in.needed_scopes = {"okta.apps.read", "okta.users.read"};
  return in;
}

OktaFacts Good() {
  OktaFacts facts;
  facts.key_ids = {"kid"};
  facts.server_ahead = absl::ZeroDuration();
  facts.token = absl::OkStatus();
  facts.granted = {"okta.apps.read", "okta.users.read"};
  facts.org = okta::Org{"00oOrg", "https://example.okta.com"};
  facts.app_id = "0oaApp";
  okta::App app;
  app.id = "0oaApp";
  app.status = "ACTIVE";
  facts.app = app;
  facts.people = std::vector<std::string>{"00uOne"};
  okta::UserRead person;
  person.exists = true;
  facts.person = person;
  okta::RateWindow window;
  window.limit = 100;
  window.remaining = 90;
  facts.window = window;
  return facts;
}

Sheet Judge(const OktaFacts& facts, const OktaInputs& in = Inputs()) {
  Sheet sheet;
  JudgeOkta(in, facts, sheet);
  return sheet;
}

// The ids of what failed.
std::vector<std::string> Failed(const Sheet& sheet) {
  std::vector<std::string> ids;
  for (const std::string_view id :
       {kOktaKey, kOktaName, kOktaTls, kOktaClock, kOktaToken, kOktaScopes, kOktaDpop, kOktaOrg, kOktaApp,
        kOktaAppActive, kOktaAppExplicit, kOktaAdminRole, kOktaResourceSet, kOktaGroups, kOktaRate}) {
    const Check* check = sheet.Find(id);
    REQUIRE(check != nullptr);  // each of them in any case
    if (check->outcome == Outcome::kFail) ids.push_back(check->id);
  }
  return ids;
}
using Ids = std::vector<std::string>;

TEST_CASE("where all is well nothing fails, and the rate says what it is good for") {
  const Sheet sheet = Judge(Good());
  CHECK(Failed(sheet) == Ids{});
  CHECK_THAT(sheet.Find(kOktaRate)->seen,
             Contains("ours are at most 50") && Contains("25000 people a minute"));
}

TEST_CASE("a key that Okta does not take fails though another one serves") {
  OktaFacts facts = Good();
  facts.key_trouble = {"Okta does not accept the key of /okta/private_key_file (key id a): the other serves",
                       "register what `oktasync jwks` prints"};
  const Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"okta.key"});
  CHECK_THAT(sheet.Find(kOktaKey)->seen, Contains("(key id a)") && Contains("serves"));
  CHECK(sheet.Find(kOktaKey)->todo == "Register what `oktasync jwks` prints");
  CHECK(sheet.Find(kOktaToken)->outcome == Outcome::kPass);
}

TEST_CASE("the stage at which the first exchange failed tells name from connection from certificate") {
  OktaFacts facts;
  facts.reached =
      http::AtStage(http::Stage::kName, MakeStatus(absl::StatusCode::kUnavailable, "no such name"));
  CHECK(Failed(Judge(facts)) == Ids{"okta.dns"});
  facts.reached =
      http::AtStage(http::Stage::kConnection, MakeStatus(absl::StatusCode::kUnavailable, "refused"));
  Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"okta.tls"});
  CHECK(sheet.Find(kOktaName)->outcome == Outcome::kNotKnown);  // it may not have been looked up
  CHECK(sheet.Find(kOktaRate)->because == kOktaTls);
  facts.reached =
      http::AtStage(http::Stage::kTls, MakeStatus(absl::StatusCode::kFailedPrecondition, "expired"));
  sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"okta.tls"});
  CHECK(sheet.Find(kOktaName)->outcome == Outcome::kPass);
}

TEST_CASE("a proxy that lets nobody through, and an org that is reached and silent, are told apart") {
  OktaFacts facts;
  facts.reached = http::AtStage(http::Stage::kProxy,
                                MakeStatus(absl::StatusCode::kFailedPrecondition, "CONNECT with 407"));
  Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"okta.tls"});
  CHECK(sheet.Find(kOktaName)->outcome == Outcome::kNotKnown);
  CHECK_THAT(sheet.Find(kOktaTls)->todo, Contains("https_proxy") && Contains("no_proxy"));
  facts.reached = http::AtStage(http::Stage::kConversation,
                                MakeStatus(absl::StatusCode::kDeadlineExceeded, "nothing for 15s"));
  sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"okta.tls"});
  CHECK(sheet.Find(kOktaName)->outcome == Outcome::kPass);
  CHECK_THAT(sheet.Find(kOktaTls)->todo, Contains("status.okta.com"));
  facts.reached = MakeStatus(absl::StatusCode::kDeadlineExceeded, "no answer within 15s");
  CHECK(Judge(facts).Find(kOktaName)->outcome == Outcome::kNotKnown);
}

TEST_CASE("a group that a rule names and Okta does not is told, for changes wait for it") {
  OktaInputs in = Inputs();
  in.groups = {"Dev", "SRE"};
  OktaFacts facts = Good();
  CHECK(Judge(facts, in).Find(kOktaGroups)->because == kOktaScopes);
  facts.groups = {{"Dev", absl::OkStatus()}, {"SRE", absl::OkStatus()}};
  CHECK(Failed(Judge(facts, in)) == Ids{});
  facts.groups.back().second = MakeStatus(absl::StatusCode::kNotFound, "there is no group SRE");
  const Sheet sheet = Judge(facts, in);
  CHECK(Failed(sheet) == Ids{"okta.groups"});
  CHECK_THAT(sheet.Find(kOktaGroups)->seen, Contains("no group SRE"));
  CHECK_THAT(sheet.Find(kOktaGroups)->todo, Contains("users.roles_by_group") && Contains("wait"));
}

TEST_CASE("an app that a connector's label names is looked for there, not in the configuration") {
  OktaFacts facts = Good();
  http::Response answer;
  answer.status = 404;
  answer.body = R"({"errorCode":"E0000007","errorSummary":"Not found"})";
  facts.app = absl::StatusOr<okta::App>(okta::ExplainAnswer(answer, "/api/v1/apps/0oaApp"));
  CHECK_THAT(Judge(facts).Find(kOktaApp)->todo, Contains("okta.app_id"));
  facts.labelled_by = "okta";
  CHECK_THAT(Judge(facts).Find(kOktaApp)->todo,
             Contains("teleport.internal/okta-app-id") && !Contains("okta.app_id with"));
}

TEST_CASE("30 seconds of clock skew are too many, either way, and no Date is not known") {
  OktaFacts facts = Good();
  facts.server_ahead = absl::Seconds(29);
  CHECK(Failed(Judge(facts)) == Ids{});
  facts.server_ahead = absl::Seconds(30);
  CHECK(Failed(Judge(facts)) == Ids{"okta.clock"});
  facts.server_ahead = -absl::Seconds(30);
  CHECK(Failed(Judge(facts)) == Ids{"okta.clock"});
  facts.server_ahead.reset();
  CHECK(Judge(facts).Find(kOktaClock)->outcome == Outcome::kNotKnown);
}

TEST_CASE("what a refused token is about decides which check fails") {
  OktaFacts facts = Good();
  facts.granted.clear();
  facts.app.reset(), facts.people.reset(), facts.person.reset(), facts.window.reset();
  const absl::Status refused =
      MakeStatus(absl::StatusCode::kFailedPrecondition, "refused (HTTP 401); mend it");
  facts.token = refused;
  Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"okta.token"});
  CHECK(sheet.Find(kOktaToken)->todo == "Mend it");
  CHECK(sheet.Find(kOktaAdminRole)->because == kOktaToken);
  facts.token = oauth::About(oauth::TokenTrouble::kScopes, refused);
  CHECK(Failed(Judge(facts)) == Ids{"okta.scopes"});
  facts.token = oauth::About(oauth::TokenTrouble::kProof, refused);
  sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{"okta.dpop"});
  CHECK(sheet.Find(kOktaToken)->because == kOktaDpop);
}

TEST_CASE("the right to change is the right to read, and more than is needed is told") {
  OktaFacts facts = Good();
  facts.granted = {"okta.apps.manage", "okta.users.read"};
  const Sheet sheet = Judge(facts);
  CHECK(Failed(sheet) == Ids{});
  CHECK_THAT(sheet.Find(kOktaScopes)->todo, Contains("okta.apps.manage is more"));
  facts.granted = {"okta.users.read"};
  facts.app.reset(), facts.people.reset(), facts.person.reset(), facts.window.reset();
  CHECK(Failed(Judge(facts)) == Ids{"okta.scopes"});
}

TEST_CASE("an empty list, or a listed person who is not found alone, is no good") {
  OktaFacts facts = Good();
  facts.people = std::vector<std::string>{};
  facts.person.reset();
  CHECK(Failed(Judge(facts)) == Ids{"okta.admin_role"});
  facts = Good();
  facts.person = okta::UserRead{};
  CHECK(Failed(Judge(facts)) == Ids{"okta.resource_set"});
}

TEST_CASE("an empty window fails; what did not show it is not known") {
  OktaFacts facts = Good();
  facts.window->remaining = 0;
  CHECK(Failed(Judge(facts)) == Ids{"okta.rate"});
  facts = Good();
  facts.window->limit = -1;
  CHECK(Judge(facts).Find(kOktaRate)->outcome == Outcome::kNotKnown);
  facts = Good();
  facts.refused = 1;
  CHECK(Failed(Judge(facts)) == Ids{"okta.rate"});
}

TEST_CASE("an app that is to be found: the connector is to blame, or the search") {
  OktaInputs in = Inputs();
  in.client.app_id.clear();
  OktaFacts facts = Good();
  CHECK(Failed(Judge(facts, in)) == Ids{});
  CHECK_THAT(Judge(facts, in).Find(kOktaApp)->seen, Contains("found from the login connector"));
  facts.app_id.clear();
  facts.app.reset(), facts.people.reset(), facts.person.reset(), facts.window.reset();
  facts.search = MakeStatus(absl::StatusCode::kNotFound, "no app has that name");
  Sheet sheet = Judge(facts, in);
  CHECK(Failed(sheet) == Ids{"okta.app"});
  CHECK(sheet.Find(kOktaRate)->because == kOktaApp);
  facts.search = absl::OkStatus();
  facts.connector = MakeStatus(absl::StatusCode::kNotFound, "no connector");
  sheet = Judge(facts, in);
  CHECK(Failed(sheet) == Ids{});
  CHECK(sheet.Find(kOktaResourceSet)->because == kTeleportConnector);
}

TEST_CASE("the pinned org is compared") {
  OktaInputs in = Inputs();
  in.pinned_org_id = "00oOther";
  CHECK(Failed(Judge(Good(), in)) == Ids{"okta.org"});
  in.pinned_org_id = "00oOrg";
  CHECK(Failed(Judge(Good(), in)) == Ids{});
}

}  // namespace
}  // namespace oktasync::enroll
