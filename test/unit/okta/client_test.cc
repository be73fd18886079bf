// Single reads, and how every request behaves on a bad day: the token, the rate windows, retries, words.
#include "okta/client.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "fake_okta.h"
#include "nlohmann/json.hpp"
#include "oauth/dpop.h"
#include "okta_rows.h"

namespace oktasync::okta {
namespace {

using absl::StatusCode;
using testing::Headers;
using testing::Respond;
using testing::RespondError;
using testing::Row;
using testing::World;

constexpr char kUser[] = R"({"id":"00u1","status":"ACTIVE","profile":{"login":"ada@example.com"}})";

// Answers in order; the last one for ever.
testing::FakeHttp::Handler InOrder(std::vector<absl::StatusOr<http::Response>> answers) {
  return [answers](const http::Request&, int n, Cancel&) {
    return answers.at(std::min(static_cast<size_t>(n), answers.size()) - 1);
  };
}

void RequireError(const absl::Status& status, StatusCode code, const std::string& words) {
  CHECK(status.code() == code);
  CHECK_THAT(Message(status), Catch::Contains(words));
  CHECK_THAT(Message(status), !Catch::Contains("secret-token"));
}

TEST_CASE("R13 reading a user: status, citation, and the id that was asked for") {
  World world(InOrder({Respond(200, R"({"id":"00u1","status":"DEPROVISIONED"})")}));
  const auto read = world.client->ReadUser("00u1", world.cancel);
  REQUIRE(read.ok());
  CHECK(read->exists);
  CHECK(read->status == UserStatus::kDeprovisioned);
  CHECK(read->status_text == "DEPROVISIONED");
  CHECK(read->citation.request_id == "req200");
  CHECK(read->citation.begun == absl::Seconds(1000));
  CHECK(world.http.requests().at(0).url == "https://example.okta.com/api/v1/users/00u1");

  for (const std::string body : {R"({"id":"00u2","status":"DEPROVISIONED"})", R"({"status":"DEPROVISIONED"})",
                                 R"({"id":"00u1"})", R"({"id":"00u1","status":null})", "[]", "",
                                 R"({"id":"00u1","status":"ACTIVE","status":"DEPROVISIONED"})"}) {
    INFO(body);
    World other(InOrder({Respond(200, body)}));
    const auto bad = other.client->ReadUser("00u1", other.cancel);
    RequireError(bad.status(), StatusCode::kDataLoss, "/api/v1/users/00u1");
    CHECK_THAT(Message(bad.status()), Catch::Contains("req200"));
  }
}

TEST_CASE("R13 reading a user: an unknown status stays unknown") {
  World world(InOrder({Respond(200, R"({"id":"00u1","status":"FROZEN"})")}));
  const auto read = world.client->ReadUser("00u1", world.cancel);
  REQUIRE(read.ok());
  CHECK(read->status == UserStatus::kUnknown);
  CHECK(read->status_text == "FROZEN");
}

TEST_CASE("R13 only 404 E0000007 says that a user is deleted") {
  World gone(InOrder({RespondError(404, "E0000007", "Not found: Resource not found: 00u1 (User)")}));
  const auto read = gone.client->ReadUser("00u1", gone.cancel);
  REQUIRE(read.ok());
  CHECK_FALSE(read->exists);
  CHECK(read->citation.request_id == "req404");

  for (const http::Response& answer : {RespondError(404, "E0000008"), Respond(404, ""),
                                       Respond(404, "<html>"), Respond(404, R"({"errorCode":7})")}) {
    World world(InOrder({answer}));
    RequireError(world.client->ReadUser("00u1", world.cancel).status(), StatusCode::kFailedPrecondition,
                 "not how Okta says that an object is gone");
  }
  for (const int status : {400, 401, 403, 410, 500}) {
    INFO(status);
    World world(InOrder({RespondError(status, "E0000007")}));
    CHECK_FALSE(world.client->ReadUser("00u1", world.cancel).ok());
  }
}

TEST_CASE("R13 reading an assignment: the app user with the embedded user") {
  World world(InOrder({Respond(200, Row("00u1", "ada", "REVOKED", "ACTIVE"))}));
  const auto read = world.client->ReadAssignment("00u1", world.cancel);
  REQUIRE(read.ok());
  CHECK(read->exists);
  CHECK(read->user.id == "00u1");
  CHECK(read->user.user_name == "ada");
  CHECK(read->user.presence() == Presence::kGone);
  CHECK(read->citation.request_id == "req200");
  CHECK(world.http.requests().at(0).url ==
        "https://example.okta.com/api/v1/apps/0oaApp1/users/00u1?expand=user");

  World other(InOrder({Respond(200, Row("00u2", "bob"))}));
  RequireError(other.client->ReadAssignment("00u1", other.cancel).status(), StatusCode::kDataLoss,
               "asked for 00u1, answered with 00u2");
  World bare(InOrder({Respond(200, R"({"id":"00u1","status":"ACTIVE"})")}));
  RequireError(bare.client->ReadAssignment("00u1", bare.cancel).status(), StatusCode::kDataLoss,
               "`_embedded.user` is missing");
}

TEST_CASE("R13 an assignment's 404 that speaks of the app says nothing of the user") {
  World gone(InOrder({RespondError(404, "E0000007", "Not found: Resource not found: 00u1 (AppUser)")}));
  const auto read = gone.client->ReadAssignment("00u1", gone.cancel);
  REQUIRE(read.ok());
  CHECK_FALSE(read->exists);
  for (const std::string summary :
       {"Not found: Resource not found: 0oaApp1 (AppInstance)", "Not found: Resource not found: 0oaApp1"}) {
    World world(InOrder({RespondError(404, "E0000007", summary)}));
    RequireError(world.client->ReadAssignment("00u1", world.cancel).status(), StatusCode::kFailedPrecondition,
                 "0oaApp1");
  }
}

TEST_CASE("ids: what is no Okta id never gets into a path") {
  World world(InOrder({Respond(200, kUser)}));
  for (const std::string id :
       {"", "ada@example.com", "00u1/../../apps", "..", "00u1?x", "00u 1", "00u1%2f"}) {
    INFO(id);
    CHECK(world.client->ReadUser(id, world.cancel).status().code() == StatusCode::kInvalidArgument);
    CHECK(world.client->ReadAssignment(id, world.cancel).status().code() == StatusCode::kInvalidArgument);
  }
  CHECK(world.http.requests().empty());
}

TEST_CASE("R11 reading the app: inactive, implicit, another than the one asked for") {
  const auto read = [](const std::string& body) {
    World world(InOrder({Respond(200, body)}));
    return world.client->ReadApp(world.cancel);
  };
  const auto app = read(R"({"id":"0oaApp1","status":"ACTIVE","label":"Teleport","settings":{}})");
  REQUIRE(app.ok());
  CHECK(app->status == "ACTIVE");
  CHECK(app->label == "Teleport");
  CHECK_FALSE(app->implicit_assignment);
  CHECK(read(R"({"id":"0oaApp1","status":"INACTIVE"})")->status == "INACTIVE");
  CHECK(read(R"({"id":"0oaApp1","status":"ACTIVE","settings":{"implicitAssignment":true}})")
            ->implicit_assignment);
  RequireError(read(R"({"id":"0oaOther","status":"ACTIVE"})").status(), StatusCode::kFailedPrecondition,
               "asked for the app 0oaApp1, answered with the app 0oaOther");
  RequireError(read(R"({"id":"0oaApp1"})").status(), StatusCode::kDataLoss, "`status` is missing");
  RequireError(read(R"({"id":"0oaApp1","status":"ACTIVE","settings":{"implicitAssignment":"no"}})").status(),
               StatusCode::kDataLoss, "`settings.implicitAssignment` is not a boolean");
  RequireError(read(R"({"id":"0oaApp1","status":"ACTIVE","settings":[]})").status(), StatusCode::kDataLoss,
               "`settings` is not an object");
}

TEST_CASE("R11 bad day: app 404 or 403 is an error and no empty app") {
  World missing(
      InOrder({RespondError(404, "E0000007", "Not found: Resource not found: 0oaApp1 (AppInstance)")}));
  RequireError(missing.client->ReadApp(missing.cancel).status(), StatusCode::kFailedPrecondition,
               "GET /api/v1/apps/0oaApp1 with 404");
  World denied(InOrder({RespondError(403, "E0000006")}));
  RequireError(denied.client->ReadApp(denied.cancel).status(), StatusCode::kPermissionDenied, "admin role");
}

TEST_CASE("reading the org: its id and its own address, without a token") {
  const auto read = [](const std::string& body) {
    World world(InOrder({Respond(200, body)}));
    const auto org = world.client->ReadOrg(world.cancel);
    CHECK(world.http.requests().at(0).url == "https://example.okta.com/.well-known/okta-organization");
    CHECK(world.http.requests().at(0).authorization.empty());
    return org;
  };
  const auto org =
      read(R"({"id":"00o47wwoytgsDqEtz0g7","_links":{"organization":{"href":"https://Example.okta.com/"},
                            "alternate":{"href":"https://login.example.com"}},"pipeline":"idx"})");
  REQUIRE(org.ok());
  CHECK(org->id == "00o47wwoytgsDqEtz0g7");
  CHECK(org->canonical_url == "https://example.okta.com");
  for (const std::string body : {
           R"({"_links":{"organization":{"href":"https://a.okta.com"}}})",
           R"({"id":"00o1"})",
           R"({"id":"00o1","_links":{}})",
           R"({"id":"00o1","_links":{"organization":{"href":"http://a.okta.com"}}})",
           R"({"id":"00o1","_links":{"organization":{"href":"https://x@a.okta.com"}}})",
           R"({"id":"00o1","_links":{"organization":{"href":"https://a.okta.com/path?x"}}})",
           R"({"id":"00o1","_links":{"organization":{"href":7}}})",
       }) {
    INFO(body);
    CHECK(read(body).status().code() == StatusCode::kDataLoss);
  }
}

TEST_CASE("bad day: 401 once in the middle: one new token") {
  World world(InOrder({RespondError(401, "E0000011"), Respond(200, kUser)}));
  CHECK(world.client->ReadUser("00u1", world.cancel).ok());
  CHECK(world.tokens.refused == std::vector<uint64_t>{1});
  const auto requests = world.http.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].authorization.Reveal() == "Bearer secret-token-1");
  CHECK(requests[1].authorization.Reveal() == "Bearer secret-token-2");
}

// With tokens that are bound to a key.
struct DpopWorld : World {
  explicit DpopWorld(std::vector<absl::StatusOr<http::Response>> answers)
      : World(InOrder(std::move(answers))) {
    tokens.dpop = *oauth::Dpop::Make(*jose::NewEs256Signer());
  }
  nlohmann::json Claims(size_t request) const {
    const http::Request sent = http.requests().at(request);
    for (const auto& [name, value] : sent.headers) {
      if (name != "DPoP") continue;
      const size_t dot = value.find('.');
      return nlohmann::json::parse(FromBase64Url(value.substr(dot + 1, value.rfind('.') - dot - 1)).value());
    }
    return nullptr;
  }
};

http::Response Challenge(int status, const std::string& error, Headers headers = {}) {
  headers.emplace_back("www-authenticate", "DPoP algs=\"RS256 ES256\", error=\"" + error +
                                               "\", error_description=\"about the proof\"");
  return RespondError(status, "E0000011", "Invalid token provided", std::move(headers));
}

TEST_CASE("DPoP: each try of a request has a proof of its own, for its path without the query") {
  DpopWorld world({Respond(503, ""), Respond(200, R"([])")});
  const auto walk = world.client->WalkAppUsers(world.cancel);
  REQUIRE(walk->Next().ok());
  REQUIRE(world.http.requests().size() == 2);
  const nlohmann::json first = world.Claims(0);
  const nlohmann::json second = world.Claims(1);
  CHECK_THAT(world.http.requests().at(1).url, Catch::Contains("?"));
  CHECK(second["htu"] == "https://example.okta.com/api/v1/apps/0oaApp1/users");
  CHECK(second["htm"] == "GET");
  CHECK(first["jti"] != second["jti"]);
  CHECK(second["ath"] == Base64Url(Sha256("secret-token-1")));
  CHECK(world.http.requests().at(1).authorization.Reveal() == "DPoP secret-token-1");
}

TEST_CASE("bad day: DPoP: nonce on a resource answer, also on 429: the next proof has it, the token stays") {
  DpopWorld world({Challenge(401, "use_dpop_nonce", {{"dpop-nonce", "n1"}}),
                   RespondError(429, "E0000047", "too many", {{"dpop-nonce", "n2"}}), Respond(200, kUser)});
  REQUIRE(world.client->ReadUser("00u1", world.cancel).ok());
  CHECK_FALSE(world.Claims(0).contains("nonce"));
  CHECK(world.Claims(1)["nonce"] == "n1");
  CHECK(world.Claims(2)["nonce"] == "n2");
  CHECK(world.tokens.refused.empty());
}

TEST_CASE(
    "bad day: DPoP: a refused proof is made anew once, then a new token is asked for, then it is said") {
  for (const int status : {400, 401, 403}) {
    DpopWorld world({Challenge(status, "invalid_dpop_proof")});
    const auto read = world.client->ReadUser("00u1", world.cancel);
    RequireError(read.status(), StatusCode::kUnauthenticated, "does not accept our DPoP proof");
    CHECK(world.http.requests().size() == 3);
    CHECK(world.tokens.refused.size() == 1);
  }
  // A nonce that is asked for again and again without a new one is no endless loop.
  DpopWorld same({Challenge(401, "use_dpop_nonce", {{"dpop-nonce", "n1"}})});
  CHECK_FALSE(same.client->ReadUser("00u1", same.cancel).ok());
  CHECK(same.http.requests().size() <= 6);
}

TEST_CASE("bad day: DPoP asked for suddenly: the bearer token is given up, whatever status says so") {
  for (const auto& [status, error] : {std::pair<int, std::string>{401, "invalid_dpop_proof"},
                                      {400, "invalid_dpop_proof"},
                                      {403, "invalid_token"}}) {
    World world(InOrder({Challenge(status, error), Respond(200, kUser)}));
    CHECK(world.client->ReadUser("00u1", world.cancel).ok());
    CHECK(world.tokens.refused.size() == 1);
  }
}

TEST_CASE("bad day: 401 again after a new token: abort, also with an empty body") {
  for (const http::Response& answer : {RespondError(401, "E0000011"), Respond(401, "")}) {
    World world(InOrder({answer}));
    RequireError(world.client->ReadUser("00u1", world.cancel).status(), StatusCode::kUnauthenticated,
                 "also with a new access token");
    CHECK(world.http.requests().size() == 2);
    CHECK(world.tokens.refused == std::vector<uint64_t>{1});
  }
}

TEST_CASE("call: no token, no request") {
  World world(InOrder({Respond(200, kUser)}));
  world.tokens.error = MakeStatus(StatusCode::kFailedPrecondition, "grant the scopes");
  RequireError(world.client->ReadUser("00u1", world.cancel).status(), StatusCode::kFailedPrecondition,
               "grant the scopes");
  CHECK(world.http.requests().empty());
}

TEST_CASE("bad day: confirm read 403: missing scope and missing admin role are told apart") {
  World scope(InOrder({RespondError(
      403, "E0000006", "x",
      {{"www-authenticate",
        R"(Bearer authorization_uri="http://e.okta.com/oauth2/v1/authorize", realm="http://e.okta.com", )"
        R"(scope="okta.users.read", error="insufficient_scope", error_description="The access token provided )"
        R"(does not contain the required scopes.", resource="/api/v1/users/00u1")"}})}));
  RequireError(scope.client->ReadUser("00u1", scope.cancel).status(), StatusCode::kPermissionDenied,
               "lacks the scope okta.users.read");
  CHECK(scope.http.requests().size() == 1);

  World role(InOrder({RespondError(403, "E0000006", "You do not have permission")}));
  const auto status = role.client->ReadUser("00u1", role.cancel).status();
  RequireError(status, StatusCode::kPermissionDenied, "no admin role that covers this");
  CHECK_THAT(Message(status), Catch::Contains("request id req403") && Catch::Contains("error id oae1") &&
                                  Catch::Contains("E0000006: You do not have permission"));

  World other(InOrder({Respond(403, "<html>blocked</html>")}));
  RequireError(other.client->ReadUser("00u1", other.cancel).status(), StatusCode::kPermissionDenied,
               "not allowed to read this");
}

Headers Rate(int limit, int remaining, int64_t reset) {
  return {{"x-rate-limit-limit", std::to_string(limit)},
          {"x-rate-limit-remaining", std::to_string(remaining)},
          {"x-rate-limit-reset", std::to_string(reset)},
          {"date", "Fri, 15 Jan 2027 08:00:00 GMT"}};  // the fake clock's first instant
}
constexpr int64_t kNow = 1'800'000'000;

TEST_CASE("bad day: window 429: waits for the reset, and it counts as no try") {
  std::vector<absl::StatusOr<http::Response>> answers(
      8, RespondError(429, "E0000047", "too many", Rate(600, 0, kNow + 40)));
  answers.emplace_back(Respond(200, kUser));
  World world(InOrder(answers));
  CHECK(world.client->ReadUser("00u1", world.cancel).ok());
  CHECK(world.http.requests().size() == 9);  // more than max_tries
  CHECK(world.clock.passed() >= 8 * absl::Seconds(40));
  const auto windows = world.client->RateWindows();
  REQUIRE(windows.size() == 1);
  CHECK(windows[0].bucket == "/api/v1/users/{id}");
  CHECK(windows[0].limit == 600);
  CHECK(windows[0].refused == 8);
  CHECK(windows[0].requests == 9);
  CHECK(windows[0].waited >= absl::Seconds(40));
}

TEST_CASE("bad day: concurrency 429 (limit 0): a short wait") {
  World world(InOrder({RespondError(429, "E0000047", "x", Rate(0, 0, kNow + 3000)), Respond(200, kUser)}));
  CHECK(world.client->ReadUser("00u1", world.cancel).ok());
  CHECK(world.clock.passed() >= absl::Seconds(1));
  CHECK(world.clock.passed() <= absl::Seconds(5));
}

TEST_CASE("bad day: 429 for ever: patience ends with words") {
  for (const Headers& headers :
       {Rate(600, 0, kNow + 40), Headers{}, Headers{{"x-rate-limit-reset", "soon"}}}) {
    World world(InOrder({RespondError(429, "E0000047", "too many", headers)}));
    RequireError(world.client->ReadUser("00u1", world.cancel).status(), StatusCode::kResourceExhausted,
                 "rate limit is used up");
    CHECK(world.clock.passed() > absl::Minutes(5));
    CHECK(world.clock.passed() <= absl::Minutes(12));
  }
  // No bucket, no budget, but a wait all the same.
  World org(
      InOrder({RespondError(429, "E0000047", "x"), Respond(200, R"({"id":"00o1","_links":{"organization":
      {"href":"https://example.okta.com"}}})")}));
  CHECK(org.client->ReadOrg(org.cancel).ok());
  CHECK(org.clock.passed() >= absl::Seconds(30));
}

TEST_CASE("call: buckets are Okta's: the list and its rows share one, the app has its own") {
  World world([](const http::Request& request, int, Cancel&) {
    if (request.url.find("/users/00u1?") != std::string::npos) return Respond(200, Row("00u1", "a"));
    if (request.url.find("/api/v1/users/") != std::string::npos) return Respond(200, kUser);
    if (request.url.find("/users?") != std::string::npos) return Respond(200, "[]");
    return Respond(200, R"({"id":"0oaApp1","status":"ACTIVE"})");
  });
  REQUIRE(world.client->ReadApp(world.cancel).ok());
  REQUIRE(world.client->ReadUser("00u1", world.cancel).ok());
  REQUIRE(world.client->ReadAssignment("00u1", world.cancel).ok());
  REQUIRE(world.client->WalkAppUsers(world.cancel)->Next().ok());
  const auto windows = world.client->RateWindows();
  REQUIRE(windows.size() == 3);
  CHECK(windows[0].bucket == "/api/v1/apps");
  CHECK(windows[0].requests == 2);
  CHECK(windows[1].bucket == "/api/v1/apps/{id}");
  CHECK(windows[2].bucket == "/api/v1/users/{id}");
}

TEST_CASE("bad day: 500, 502, 503, 504, E0000009, E0000010: retry with the first request's id, then abort") {
  for (const int status : {500, 502, 503, 504}) {
    INFO(status);
    World passing(
        InOrder({RespondError(status, "E0000009"), RespondError(status, "E0000010"), Respond(200, kUser)}));
    CHECK(passing.client->ReadUser("00u1", passing.cancel).ok());
    const auto requests = passing.http.requests();
    REQUIRE(requests.size() == 3);
    CHECK(testing::Header(requests[0], "X-Okta-Retry-For").empty());
    CHECK(testing::Header(requests[1], "X-Okta-Retry-For") == "req" + std::to_string(status));
    CHECK(testing::Header(requests[1], "X-Okta-Retry-Count") == "1");
    CHECK(testing::Header(requests[2], "X-Okta-Retry-Count") == "2");

    World lasting(InOrder({RespondError(status, "E0000009")}));
    RequireError(lasting.client->ReadUser("00u1", lasting.cancel).status(), StatusCode::kUnavailable,
                 "Okta is out of order");
    CHECK(lasting.http.requests().size() == 6);
    CHECK(lasting.clock.passed() >= absl::Seconds(5));  // 0.25 + 0.5 + 1 + 2 + 4 at least
  }
}

TEST_CASE(
    "bad day: DNS fails, connection refused, reset: retry, then abort; a bad certificate: abort at once") {
  World passing(InOrder({MakeStatus(StatusCode::kUnavailable, "connection reset"),
                         MakeStatus(StatusCode::kDeadlineExceeded, "no byte"), Respond(200, kUser)}));
  CHECK(passing.client->ReadUser("00u1", passing.cancel).ok());
  World lasting(InOrder({MakeStatus(StatusCode::kUnavailable, "cannot resolve")}));
  RequireError(lasting.client->ReadUser("00u1", lasting.cancel).status(), StatusCode::kUnavailable,
               "asking Okta for GET /api/v1/users/00u1: cannot resolve");
  CHECK(lasting.http.requests().size() == 6);
  for (const StatusCode code : {StatusCode::kFailedPrecondition, StatusCode::kDataLoss}) {
    World world(InOrder({MakeStatus(code, "certificate has expired")}));
    RequireError(world.client->ReadUser("00u1", world.cancel).status(), code, "certificate has expired");
    CHECK(world.http.requests().size() == 1);
  }
}

TEST_CASE("bad day: redirect is never followed with a token") {
  for (const int status : {301, 302, 307, 308}) {
    World world(InOrder({Respond(status, "", {{"location", "https://evil.example.com/"}})}));
    RequireError(world.client->ReadUser("00u1", world.cancel).status(), StatusCode::kFailedPrecondition,
                 "a redirect is never followed");
    CHECK(world.http.requests().size() == 1);
  }
}

TEST_CASE("bad day: 200 with HTML, without a type, or another 2xx") {
  http::Response html;
  html.status = 200;
  html.headers = {{"content-type", "text/html; charset=utf-8"}};
  html.body = kUser;
  World world(InOrder({html}));
  RequireError(world.client->ReadUser("00u1", world.cancel).status(), StatusCode::kDataLoss,
               "'text/html; charset=utf-8' instead of JSON");
  html.headers.clear();
  World untyped(InOrder({html}));
  CHECK(untyped.client->ReadUser("00u1", untyped.cancel).status().code() == StatusCode::kDataLoss);
  html.headers = {{"content-type", "application/jsonp"}};
  World nearly(InOrder({html}));
  CHECK(nearly.client->ReadUser("00u1", nearly.cancel).status().code() == StatusCode::kDataLoss);
  World empty(InOrder({Respond(204, "")}));
  CHECK(empty.client->ReadUser("00u1", empty.cancel).status().code() == StatusCode::kDataLoss);
}

TEST_CASE("bad day: our clock 10 min slow is noticed from Date; a slow answer teaches nothing") {
  World world(InOrder({Respond(200, kUser, {{"date", "Fri, 15 Jan 2027 08:10:00 GMT"}})}));
  REQUIRE(world.client->ReadUser("00u1", world.cancel).ok());
  CHECK(absl::AbsDuration(world.corrected.offset() - absl::Minutes(10)) <= absl::Seconds(1));

  testing::FakeClock* clock = nullptr;
  World slow([&](const http::Request&, int, Cancel&) {
    clock->Advance(absl::Seconds(50));  // the body dripped
    return Respond(200, kUser, {{"date", "Fri, 15 Jan 2027 08:00:00 GMT"}});
  });
  clock = &slow.clock;
  REQUIRE(slow.client->ReadUser("00u1", slow.cancel).ok());
  CHECK(slow.corrected.offset() == absl::ZeroDuration());
}

TEST_CASE("call: text of Okta's is escaped, and a request id that is none is not sent back") {
  http::Response bad = Respond(500, R"({"errorCode":"E0\u001b[2J","errorSummary":"a\u202eb\n"})");
  bad.headers = {{"x-okta-request-id", "x\r\nEvil: 1"}};
  World world(InOrder({bad}));
  const std::string message = Message(world.client->ReadUser("00u1", world.cancel).status());
  for (const char c : message) CHECK(static_cast<unsigned char>(c) >= 0x20);
  CHECK_THAT(message, !Catch::Contains("Evil") && !Catch::Contains("\xe2\x80\xae"));
  CHECK(testing::Header(world.http.requests().at(1), "X-Okta-Retry-For").empty());
}

TEST_CASE("bad day: stop while waiting for a rate window or between tries") {
  for (const int status : {429, 500}) {
    Cancel cancel;
    testing::FakeClock clock;
    CorrectedClock corrected(clock);
    testing::FakeHttp fake(
        [&](const http::Request&, int, Cancel&) { return RespondError(status, "E0000047"); });
    testing::FakeTokens tokens;
    ClientOptions options;
    options.org_url = testing::kOrg;
    options.app_id = testing::kApp;
    const auto client =
        MakeClient(options, fake, tokens, corrected, NullLog(), [&](const Cancel&, absl::Duration) {
          cancel.Request();
          return false;
        });
    CHECK(client->ReadUser("00u1", cancel).status().code() == StatusCode::kCancelled);
    CHECK(fake.requests().size() == 1);
  }
}

}  // namespace
}  // namespace oktasync::okta
