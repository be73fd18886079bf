// The walk: R11 says that a listing which was not whole yields no absence, so every doubt is an error.
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "fake_okta.h"
#include "okta_rows.h"

namespace oktasync::okta {
namespace {

using testing::FakeHttp;
using testing::Respond;
using testing::Row;
using testing::World;

const std::string kList = std::string(testing::kOrg) + "/api/v1/apps/" + testing::kApp + "/users";

std::string Next(const std::string& url) { return "<" + url + ">; rel=\"next\""; }

std::string After(const std::string& cursor) { return kList + "?after=" + cursor + "&limit=500"; }

struct Walked {
  std::vector<std::string> ids;
  int pages = 0;
  absl::Status end;
};

Walked WalkAll(World& world) {
  Walked walked;
  const auto walk = world.client->WalkAppUsers(world.cancel);
  for (;;) {
    const auto page = walk->Next();
    if (!page.ok()) {
      walked.end = page.status();
      // It stays so.
      CHECK(walk->Next().status() == walked.end);
      return walked;
    }
    if (*page == nullptr) {
      CHECK(*walk->Next() == nullptr);
      return walked;
    }
    ++walked.pages;
    for (const AppUser& user : (*page)->users) walked.ids.emplace_back(user.id);
  }
}

// Walks over pages of one row each; `links` are the Link header lines of each page.
Walked WalkPages(const std::vector<std::vector<std::string>>& links,
                 std::vector<http::Request>* requests = nullptr, ClientOptions options = {}) {
  World world(
      [&](const http::Request&, int n, Cancel&) -> absl::StatusOr<http::Response> {
        testing::Headers headers;
        const auto at = static_cast<size_t>(n) - 1;
        if (at < links.size()) {
          for (const std::string& link : links[at]) headers.emplace_back("link", link);
        }
        return Respond(200, "[" + Row("00u" + std::to_string(n), "p" + std::to_string(n)) + "]", headers);
      },
      options);
  Walked walked = WalkAll(world);
  if (requests != nullptr) *requests = world.http.requests();
  return walked;
}

void RequireNotWhole(const Walked& walked, absl::StatusCode code, const std::string& words) {
  REQUIRE_FALSE(walked.end.ok());
  CHECK(walked.end.code() == code);
  CHECK_THAT(Message(walked.end), Catch::Contains(words));
  CHECK_THAT(Message(walked.end), Catch::Contains("/api/v1/apps/0oaApp1/users"));
  CHECK_THAT(Message(walked.end), !Catch::Contains("secret-token"));
}

TEST_CASE("walk: one page, as Okta documents it") {
  World world([](const http::Request&, int, Cancel&) { return Respond(200, testing::kOktaExamplePage); });
  const Walked walked = WalkAll(world);
  CHECK(walked.end.ok());
  CHECK(walked.ids == std::vector<std::string>{"00u1dnq5S0CfjlkpABCD"});
  const auto requests = world.http.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].url == kList + "?limit=500&expand=user");
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].authorization.Reveal() == "Bearer secret-token-1");
  CHECK(testing::Header(requests[0], "Accept") == "application/json");
}

TEST_CASE("bad day: `next` drops `expand`; it comes back (okta-sdk-nodejs #439)") {
  std::vector<http::Request> requests;
  const Walked walked = WalkPages({{Next(After("c2"))}, {Next(After("c3"))}}, &requests);
  CHECK(walked.end.ok());
  CHECK(walked.ids == std::vector<std::string>{"00u1", "00u2", "00u3"});
  REQUIRE(requests.size() == 3);
  for (const http::Request& request : requests) {
    CHECK_THAT(request.url, Catch::Contains("expand=user"));
    CHECK_THAT(request.url, Catch::Contains("limit=500"));
  }
  CHECK_THAT(requests[1].url, Catch::Contains("after=c2"));
  CHECK_THAT(requests[2].url, Catch::Contains("after=c3"));
}

TEST_CASE("bad day: `next` repeats `expand`; comma-joined Link; two headers") {
  const std::string self = "<" + kList + "?limit=500>; rel=\"self\"";
  std::vector<http::Request> requests;
  const Walked walked = WalkPages(
      {{Next(After("c2") + "&expand=user")}, {self + ", " + Next(After("c3"))}, {self, Next(After("c4"))}},
      &requests);
  CHECK(walked.end.ok());
  CHECK(walked.pages == 4);
  const std::string& second = requests.at(1).url;
  CHECK(second.find("expand=user") == second.rfind("expand=user"));
}

TEST_CASE("R11 bad day: `next` to the same cursor, to an earlier cursor, back to the first page") {
  using absl::StatusCode;
  const std::string back = "leads back to a page that was already read";
  RequireNotWhole(WalkPages({{Next(After("c2"))}, {Next(After("c2"))}}), StatusCode::kDataLoss, back);
  RequireNotWhole(WalkPages({{Next(After("c2"))}, {Next(After("c3"))}, {Next(After("c2"))}}),
                  StatusCode::kDataLoss, back);
  RequireNotWhole(WalkPages({{Next(kList + "?limit=500&expand=user")}}), StatusCode::kDataLoss, back);
  // The same cursor in another order of parameters, or with another limit.
  RequireNotWhole(WalkPages({{Next(After("c2"))}, {Next(kList + "?limit=200&after=c2")}}),
                  StatusCode::kDataLoss, back);
  const Walked walked = WalkPages({{Next(After("c2"))}, {Next(After("c2"))}});
  CHECK(walked.ids == std::vector<std::string>{"00u1"});  // the page with the bad link is not handed out
}

TEST_CASE("R11 bad day: endless list") {
  std::vector<std::vector<std::string>> links;
  for (int i = 0; i < 50; ++i) links.push_back({Next(After("c" + std::to_string(i + 2)))});
  ClientOptions options;
  options.max_pages = 10;
  std::vector<http::Request> requests;
  RequireNotWhole(WalkPages(links, &requests, options), absl::StatusCode::kDataLoss, "more than 10 pages");
  CHECK(requests.size() == 10);
}

TEST_CASE("R11 bad day: `next` to another origin, to http, to another list; the token never goes there") {
  for (const std::string url : {
           "https://evil.example.com/api/v1/apps/0oaApp1/users?after=c2",
           "http://example.okta.com/api/v1/apps/0oaApp1/users?after=c2",
           "https://example.okta.com:8443/api/v1/apps/0oaApp1/users?after=c2",
           "https://example.okta.com@evil.example.com/api/v1/apps/0oaApp1/users?after=c2",
           "https://example.okta.com/api/v1/apps/0oaOther/users?after=c2",
           "https://example.okta.com/api/v1/users?after=c2",
       }) {
    INFO(url);
    std::vector<http::Request> requests;
    const Walked walked = WalkPages({{Next(url)}}, &requests);
    CHECK(walked.end.code() == absl::StatusCode::kDataLoss);
    CHECK(requests.size() == 1);
    CHECK(walked.ids.empty());
  }
}

TEST_CASE("R11 bad day: a Link header that cannot be read is no end of the list") {
  CHECK(WalkPages({{"<" + After("c2") + "; rel=\"next\""}}).end.code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("walk: an empty page with a next link goes on") {
  World world([](const http::Request&, int n, Cancel&) {
    if (n == 1) return Respond(200, "[]", {{"link", Next(After("c2"))}});
    return Respond(200, "[" + Row("00u2", "b") + "]");
  });
  const Walked walked = WalkAll(world);
  CHECK(walked.end.ok());
  CHECK(walked.ids == std::vector<std::string>{"00u2"});
}

TEST_CASE("R11 bad day: a later page without _embedded.user ends the walk") {
  World world([](const http::Request&, int n, Cancel&) {
    if (n == 1) return Respond(200, "[" + Row("00u1", "a") + "]", {{"link", Next(After("c2"))}});
    return Respond(200, R"([{"id":"00u2","status":"ACTIVE"}])");
  });
  const Walked walked = WalkAll(world);
  RequireNotWhole(walked, absl::StatusCode::kDataLoss, "page 2, row 1 (00u2): `_embedded.user` is missing");
  CHECK_THAT(Message(walked.end), Catch::Contains("req200"));
  CHECK(walked.ids == std::vector<std::string>{"00u1"});
}

TEST_CASE("R11 bad day: body truncated, retried and then the walk ends") {
  World world([](const http::Request&, int n, Cancel&) -> absl::StatusOr<http::Response> {
    if (n == 1) return Respond(200, "[" + Row("00u1", "a") + "]", {{"link", Next(After("c2"))}});
    return MakeStatus(absl::StatusCode::kUnavailable, "the body was cut");
  });
  const Walked walked = WalkAll(world);
  RequireNotWhole(walked, absl::StatusCode::kUnavailable, "page 2: ");
  CHECK(world.http.requests().size() == 1 + 6);
}

TEST_CASE(
    "R11 bad day: a Content-Length that is too small is a cut body: asked for again, then the walk ends") {
  const auto walk_with = [](int times) {
    return World([=](const http::Request&, int n, Cancel&) {
      if (n == 1) return Respond(200, "[" + Row("00u1", "a") + "]", {{"link", Next(After("c2"))}});
      if (n <= 1 + times) return Respond(200, "[" + Row("00u2", "b"));
      return Respond(200, "[" + Row("00u2", "b") + "] \n");
    });
  };
  World passes = walk_with(2);
  const Walked walked = WalkAll(passes);
  CHECK(walked.end.ok());
  CHECK(walked.ids == std::vector<std::string>{"00u1", "00u2"});
  World stays = walk_with(100);
  RequireNotWhole(WalkAll(stays), absl::StatusCode::kDataLoss, "broken or truncated JSON");
  CHECK(stays.http.requests().size() == 1 + 6);
}

TEST_CASE("R11 bad day: 500 in the middle passes, 403 and a redirect end the walk") {
  const auto walk_with = [](int status, int times) {
    World world([=](const http::Request&, int n, Cancel&) {
      if (n == 1) return Respond(200, "[" + Row("00u1", "a") + "]", {{"link", Next(After("c2"))}});
      if (n <= 1 + times) return testing::RespondError(status, "E0000006");
      return Respond(200, "[" + Row("00u2", "b") + "]");
    });
    return WalkAll(world);
  };
  CHECK(walk_with(500, 2).end.ok());
  RequireNotWhole(walk_with(403, 1), absl::StatusCode::kPermissionDenied, "page 2: ");
  RequireNotWhole(walk_with(302, 1), absl::StatusCode::kFailedPrecondition, "a redirect is never followed");
  RequireNotWhole(walk_with(404, 1), absl::StatusCode::kFailedPrecondition, "page 2: ");
}

TEST_CASE("bad day: a page that takes too long is asked for again at half the size") {
  World world([](const http::Request&, int n, Cancel&) -> absl::StatusOr<http::Response> {
    if (n <= 2) return MakeStatus(absl::StatusCode::kDeadlineExceeded, "no byte for 60 s");
    return Respond(200, "[" + Row("00u1", "a") + "]");
  });
  const Walked walked = WalkAll(world);
  CHECK(walked.end.ok());
  const auto requests = world.http.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].url == kList + "?limit=500&expand=user");
  CHECK(requests[1].url == kList + "?limit=250&expand=user");
  CHECK(requests[2].url == kList + "?limit=125&expand=user");
}

TEST_CASE("walk: the page after the one handed out is fetched meanwhile, and never one more") {
  std::atomic<int> taken{0};
  std::atomic<bool> too_early{false};
  World world([&](const http::Request&, int n, Cancel&) {
    if (n > taken + 1) too_early = true;
    testing::Headers headers;
    if (n < 6) headers.emplace_back("link", Next(After("c" + std::to_string(n + 1))));
    return Respond(200, "[" + Row("00u" + std::to_string(n), "x") + "]", headers);
  });
  const auto walk = world.client->WalkAppUsers(world.cancel);
  CHECK(world.http.requests().empty());  // begun by the first Next
  for (size_t i = 1; i <= 6; ++i) {
    taken = static_cast<int>(i);
    const auto page = walk->Next();
    REQUIRE(page.ok());
    REQUIRE(*page != nullptr);
    CHECK((*page)->users.at(0).id == "00u" + std::to_string(i));
    if (i < 6) REQUIRE(world.http.AwaitRequests(i + 1));
  }
  CHECK(*walk->Next() == nullptr);
  CHECK_FALSE(too_early);
}

// Answers page 1, then hangs until it is cancelled.
absl::StatusOr<http::Response> HangAfterFirst(const http::Request&, int n, Cancel& cancel) {
  if (n == 1) return Respond(200, "[" + Row("00u1", "a") + "]", {{"link", Next(After("c2"))}});
  cancel.SleepFor(absl::Hours(1));
  return cancel.Check("reading from Okta");
}

TEST_CASE("walk: dropping it cancels what is in flight, and nothing of the caller's") {
  World world(HangAfterFirst);
  {
    const auto walk = world.client->WalkAppUsers(world.cancel);
    REQUIRE(walk->Next().ok());
    REQUIRE(world.http.AwaitRequests(2));
  }
  CHECK_FALSE(world.cancel.requested());
  // Never begun, or with a page that nobody took.
  { const auto walk = world.client->WalkAppUsers(world.cancel); }
}

TEST_CASE("bad day: stop while Okta hangs") {
  World world(HangAfterFirst);
  const auto walk = world.client->WalkAppUsers(world.cancel);
  REQUIRE(walk->Next().ok());
  std::thread stopper([&] {
    world.http.AwaitRequests(2);
    world.cancel.Request();
  });
  CHECK(walk->Next().status().code() == absl::StatusCode::kCancelled);
  stopper.join();
  CHECK(walk->Next().status().code() == absl::StatusCode::kCancelled);
}

TEST_CASE("walk: an app id that is none never gets into a path") {
  World world([](const http::Request&, int, Cancel&) { return Respond(200, "[]"); });
  ClientOptions options;
  options.org_url = testing::kOrg;
  options.app_id = "../users";
  const auto client = MakeClient(options, world.http, world.tokens, world.corrected, NullLog());
  CHECK(client->WalkAppUsers(world.cancel)->Next().status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(client->ReadApp(world.cancel).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(world.http.requests().empty());
}

}  // namespace
}  // namespace oktasync::okta
