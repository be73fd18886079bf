// Groups for the role rules (R8): found by id or by exact name, listed whole or not at all.
#include "okta/groups.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "fake_okta.h"
#include "okta/ids.h"

namespace oktasync::okta {
namespace {

using absl::StatusCode;
using testing::Headers;
using testing::Respond;
using testing::RespondError;
using testing::World;
using Texts = std::vector<std::string>;

constexpr char kId[] = "00g1emaKYZTWRYYRRTSK";
constexpr char kOther[] = "00gak46y5hydV6NdM0g4";
const std::string kList = "https://example.okta.com/api/v1/groups";
const std::string kMembers = kList + "/" + kId + "/users";

// As Okta's example has it, shortened.
std::string GroupJson(const std::string& id, const std::string& name,
                      const std::string& type = "OKTA_GROUP") {
  return R"({"id":")" + id + R"(","created":"2015-02-06T10:11:28.000Z","type":")" + type +
         R"(","objectClass":["okta:user_group"],"profile":{"name":")" + name +
         R"(","description":"All Users West of The Rockies"}})";
}
std::string Member(const std::string& id) {
  return R"({"id":")" + id + R"(","status":"ACTIVE","profile":{"login":")" + id +
         R"(@example.com","n":[1,{}]}})";
}
std::string List(const Texts& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : ",") + item;
  return "[" + list + "]";
}
Headers Next(const std::string& url) {
  return {{"link", "<" + kMembers + "?limit=1000>; rel=\"self\""}, {"link", "<" + url + ">; rel=\"next\""}};
}

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

ClientOptions Limits(int group_page_size, int max_tries, uint64_t max_pages) {
  ClientOptions options;
  options.group_page_size = group_page_size;
  options.max_tries = max_tries;
  options.max_pages = max_pages;
  return options;
}

struct Listing {
  absl::Status status;
  Texts ids;
};
Listing ListAll(World& world) {
  Listing listing;
  listing.status = world.client->ListGroupMembers(
      kId,
      [&](std::string_view id) {
        listing.ids.emplace_back(id);
        return absl::OkStatus();
      },
      world.cancel);
  return listing;
}

TEST_CASE("R8 a group is found by its id, and only that one is believed") {
  CHECK(IsGroupId(kId));
  for (const char* name : {"00g", "00g1", "00u1emaKYZTWRYYRRTSK", "00g1emaKYZTWRYYRRTS-", "Engineers", ""}) {
    INFO(name);
    CHECK_FALSE(IsGroupId(name));
  }
  World world(InOrder({Respond(200, GroupJson(kId, "West Coast users"))}));
  const auto group = world.client->FindGroup(kId, world.cancel);
  REQUIRE(group.ok());
  CHECK(group->id == kId);
  CHECK(group->name == "West Coast users");
  CHECK(world.http.requests().at(0).url == kList + "/" + kId);

  for (const std::string& body : {GroupJson(kOther, "x"), std::string("[]"), std::string("{}"), std::string(),
                                  R"({"id":")" + std::string(kId) + R"("})",
                                  R"({"id":")" + std::string(kId) + R"(","profile":{"name":7}})"}) {
    INFO(body);
    World bad(InOrder({Respond(200, body)}));
    RequireError(bad.client->FindGroup(kId, bad.cancel).status(), StatusCode::kDataLoss, "/api/v1/groups/");
  }
}

TEST_CASE("R8 a group is found by its name, escaped for Okta's filter and for the URL") {
  CHECK(SearchByName("West Coast") == "profile.name%20eq%20%22West%20Coast%22");
  CHECK(SearchByName(R"(a"b\c)") == "profile.name%20eq%20%22a%5C%22b%5C%5Cc%22");
  CHECK(SearchByName("R&D+x=1#é/?") == "profile.name%20eq%20%22R%26D%2Bx%3D1%23%C3%A9%2F%3F%22");

  World world(InOrder({Respond(200, List({GroupJson(kOther, "West Coast"), GroupJson(kId, "West coast")}))}));
  const auto group = world.client->FindGroup("West Coast", world.cancel);
  REQUIRE(group.ok());
  CHECK(group->id == kOther);
  CHECK(world.http.requests().at(0).url ==
        kList + "?search=profile.name%20eq%20%22West%20Coast%22&limit=200");
  const auto windows = world.client->RateWindows();
  REQUIRE(windows.size() == 1);
  CHECK(windows[0].bucket == "/api/v1/groups");
}

TEST_CASE("R8 no group, another spelling and several groups are told in words") {
  World none(InOrder({Respond(200, "[]")}));
  RequireError(none.client->FindGroup("Engineers", none.cancel).status(), StatusCode::kNotFound,
               "there is no group called \"Engineers\"");

  World near(InOrder({Respond(200, List({GroupJson(kId, "engineers")}))}));
  const auto spelling = near.client->FindGroup("Engineers", near.cancel).status();
  RequireError(spelling, StatusCode::kNotFound, "compared to the letter");
  CHECK_THAT(Message(spelling), Catch::Contains("\"engineers\"") && Catch::Contains(kId));

  World several(InOrder(
      {Respond(200, List({GroupJson(kId, "Engineers"), GroupJson(kOther, "Engineers", "APP_GROUP")}))}));
  const auto twice = several.client->FindGroup("Engineers", several.cancel).status();
  RequireError(twice, StatusCode::kFailedPrecondition, "2 groups");
  CHECK_THAT(Message(twice), Catch::Contains(kId) && Catch::Contains(kOther));

  World same(InOrder({Respond(200, List({GroupJson(kId, "Engineers"), GroupJson(kId, "Engineers")}))}));
  CHECK(same.client->FindGroup("Engineers", same.cancel).ok());

  World gone(InOrder({RespondError(404, "E0000007", "Not found: Resource not found: x (UserGroup)")}));
  RequireError(gone.client->FindGroup(kId, gone.cancel).status(), StatusCode::kNotFound,
               "no group with the id " + std::string(kId));
  RequireError(gone.client->FindGroup("", gone.cancel).status(), StatusCode::kInvalidArgument,
               "without a name");
}

TEST_CASE("R8 the search may have several pages: the name that counts can be on the last one") {
  const std::string next = kList + "?after=c1&limit=200&search=x";
  World world(InOrder(
      {Respond(200, List({GroupJson(kOther, "engineers")}), {{"link", "<" + next + ">; rel=\"next\""}}),
       Respond(200, List({GroupJson(kId, "Engineers")}))}));
  const auto group = world.client->FindGroup("Engineers", world.cancel);
  REQUIRE(group.ok());
  CHECK(group->id == kId);
  CHECK(world.http.requests().size() == 2);

  World bad(
      InOrder({Respond(200, List({GroupJson(kId, "Engineers")}), {{"link", "<" + next + ">; rel=\"next\""}}),
               RespondError(400, "E0000031")}));
  CHECK_FALSE(bad.client->FindGroup("Engineers", bad.cancel).ok());
}

TEST_CASE("R8 members come page by page, by their ids alone") {
  World world(
      InOrder({Respond(200, List({Member("00u1"), Member("00u2")}), Next(kMembers + "?after=c1&limit=1000")),
               Respond(200, "[]", Next(kMembers + "?after=c2&limit=1000")),
               Respond(200, List({Member("00u3"), Member("00u1")}))}));
  const Listing listing = ListAll(world);
  CHECK(listing.status.ok());
  CHECK(listing.ids == Texts{"00u1", "00u2", "00u3", "00u1"});
  const auto requests = world.http.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].url == kMembers + "?limit=1000");
  CHECK(requests[1].url == kMembers + "?after=c1&limit=1000");
  CHECK(requests[0].authorization.Reveal() == "Bearer secret-token-1");

  World small(InOrder({Respond(200, "[]")}), Limits(7, 6, 100));
  CHECK(ListAll(small).status.ok());
  CHECK(small.http.requests().at(0).url == kMembers + "?limit=7");
}

TEST_CASE("R11 a group's list that is not whole is an error, never a short list") {
  const auto broken = [](std::vector<absl::StatusOr<http::Response>> answers, StatusCode code,
                         const std::string& words) {
    INFO(words);
    World world(InOrder(std::move(answers)), Limits(1000, 1, 3));
    RequireError(ListAll(world).status, code, words);
  };
  const std::string page = List({Member("00u1"), Member("00u2")});
  const std::string next = kMembers + "?after=c1&limit=1000";
  broken({Respond(200, page, Next(next)), Respond(500, "")}, StatusCode::kUnavailable, "page 2");
  broken({Respond(200, page, Next(next)), Respond(200, page, Next(next))}, StatusCode::kDataLoss,
         "already read");
  broken(
      {Respond(200, page,
               Next("https://elsewhere.example.net/api/v1/groups/" + std::string(kId) + "/users?after=c1"))},
      StatusCode::kDataLoss, "page 1");
  broken({Respond(200, page, Next(kList + "/" + kOther + "/users?after=c1"))}, StatusCode::kDataLoss,
         "leaves the list");
  broken({Respond(200, page, Next(next)), Respond(200, page, Next(kMembers + "?after=c2")),
          Respond(200, page, Next(kMembers + "?after=c3"))},
         StatusCode::kDataLoss, "no end");
  broken({RespondError(404, "E0000007")}, StatusCode::kFailedPrecondition, "no such object");
  for (const std::string body : {R"([{"status":"ACTIVE"}])", R"([{"id":null}])",
                                 R"([{"id":"ada@example.com"}])", R"([{"id":"00u1","id":"00u2"}])", "[7]"}) {
    INFO(body);
    broken({Respond(200, body)}, StatusCode::kDataLoss, "page 1, row 1");
  }
  broken({Respond(200, R"([{"status":"ACTIVE"}])")}, StatusCode::kDataLoss, "`id` is missing");
  broken({Respond(200, "{}")}, StatusCode::kDataLoss, "not a list");
  broken({Respond(200, page.substr(0, page.size() - 1))}, StatusCode::kDataLoss, "truncated");
  broken({Respond(200, "")}, StatusCode::kDataLoss, "no body");
}

TEST_CASE("R11 a page with a bad row gives none of its members") {
  World world(InOrder({Respond(200, List({Member("00u1"), R"({"status":"ACTIVE"})"}))}));
  const Listing listing = ListAll(world);
  CHECK_FALSE(listing.status.ok());
  CHECK(listing.ids.empty());
}

TEST_CASE("listing stops at the visitor's word, at a cancel, and asks for no odd id") {
  World world(InOrder({Respond(200, List({Member("00u1"), Member("00u2")}), Next(kMembers + "?after=c1"))}));
  int visited = 0;
  const auto stopped = world.client->ListGroupMembers(
      kId,
      [&](std::string_view) {
        ++visited;
        return MakeStatus(StatusCode::kAborted, "enough");
      },
      world.cancel);
  CHECK(stopped.code() == StatusCode::kAborted);
  CHECK(Message(stopped) == "enough");
  CHECK(visited == 1);
  CHECK(world.http.requests().size() == 1);

  for (const std::string& id : Texts{"", "00g1/../x", "Engineers & Co"}) {
    CHECK(world.client
              ->ListGroupMembers(
                  id, [](std::string_view) { return absl::OkStatus(); }, world.cancel)
              .code() == StatusCode::kInvalidArgument);
  }
  world.cancel.Request();
  CHECK(ListAll(world).status.code() == StatusCode::kCancelled);
  CHECK(world.http.requests().size() == 1);
}

TEST_CASE("bad day: a time-out on a large group asks for half as many") {
  World world([](const http::Request& request, int n, Cancel&) -> absl::StatusOr<http::Response> {
    if (n == 1) return MakeStatus(StatusCode::kDeadlineExceeded, "nothing came");
    CHECK(request.url == kMembers + "?limit=500");
    return Respond(200, List({Member("00u1")}));
  });
  CHECK(ListAll(world).ids == Texts{"00u1"});
}

TEST_CASE("bad day: groups refused: which scope, and which admin role") {
  World scope(InOrder({RespondError(
      403, "E0000006", "x",
      {{"www-authenticate", R"(Bearer scope="okta.groups.read", error="insufficient_scope")"}})}));
  RequireError(scope.client->FindGroup("Engineers", scope.cancel).status(), StatusCode::kPermissionDenied,
               "lacks the scope okta.groups.read: a super administrator must grant it");

  World role(InOrder({RespondError(403, "E0000006", "You do not have permission")}));
  RequireError(ListAll(role).status, StatusCode::kPermissionDenied, "assign it a role that may view groups");

  World other(InOrder({Respond(403, "<html>blocked</html>")}));
  RequireError(other.client->FindGroup(kId, other.cancel).status(), StatusCode::kPermissionDenied,
               "okta.groups.read");
}

}  // namespace
}  // namespace oktasync::okta
