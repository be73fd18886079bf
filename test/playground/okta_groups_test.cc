// Groups: found by id or search, members in pages, the scope that they need.
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "okta_test_client.h"

using nlohmann::json;
using playground_test::Answer;
using playground_test::Okta;
using Texts = std::vector<std::string>;

namespace {

constexpr char kGroups[] = "/api/v1/groups";

// An org whose app may read groups.
struct GroupsOrg : Okta {
  GroupsOrg() { control().Post("/okta/grant_scopes", {{"scopes", {"okta.users.read", "okta.groups.read"}}}); }
  std::string Make(const json& args) { return control().Post("/okta/add_group", args)["id"]; }
  Answer Read(const std::string& path) {
    if (token.empty()) {
      token =
          Token(Sign(Claims()), "okta.users.read okta.groups.read").body["access_token"].get<std::string>();
    }
    return Get(path, token);
  }
  Texts Walk(std::string path) {
    Texts ids;
    while (!path.empty()) {
      const Answer answer = Read(path);
      REQUIRE(answer.status == 200);
      for (const json& row : answer.body) ids.push_back(row.at("id"));
      path = answer.Link("next");
    }
    return ids;
  }
  std::string token;
};

}  // namespace

TEST_CASE("Groups: by id, and not by name") {
  GroupsOrg okta;
  const std::string id = okta.Make({{"name", "R&D \"core\""}});
  CHECK(id.size() == 20);
  CHECK(id.substr(0, 3) == "00g");
  const Answer group = okta.Read(std::string(kGroups) + "/" + id);
  REQUIRE(group.status == 200);
  CHECK(group.body["id"] == id);
  CHECK(group.body["profile"]["name"] == "R&D \"core\"");
  CHECK(group.body["type"] == "OKTA_GROUP");
  for (const char* other : {"00g00000000000000000", "core"}) {
    const Answer none = okta.Read(std::string(kGroups) + "/" + other);
    CHECK(none.status == 404);
    CHECK(none.Code() == "E0000007");
    CHECK_THAT(none.body["errorSummary"].get<std::string>(), Catch::Contains("(UserGroup)"));
    CHECK(okta.Read(std::string(kGroups) + "/" + other + "/users").status == 404);
  }
  CHECK(okta.Read(std::string(kGroups) + "/" + id + "/apps").status == 404);
  CHECK(okta.Send("POST", std::string(kGroups) + "/" + id, okta.token).status == 405);
}

TEST_CASE("Groups: a search by name folds case, and other searches are refused") {
  GroupsOrg okta;
  const std::string id = okta.Make({{"name", "a\"b\\\\c"}});
  const std::string upper = okta.Make({{"name", "OPS"}});
  const std::string lower = okta.Make({{"name", "ops"}});
  const std::string of_app = okta.Make({{"name", "ops"}, {"type", "APP_GROUP"}});
  const auto search = [&](const std::string& text) {
    return okta.Read(std::string(kGroups) + "?search=" + text);
  };
  // profile.name eq "a\"b\\\\c", with the backslashes doubled once more by the filter.
  const Answer one = search("profile.name%20eq%20%22a%5C%22b%5C%5C%5C%5Cc%22");
  REQUIRE(one.status == 200);
  REQUIRE(one.body.size() == 1);
  CHECK(one.body[0]["id"] == id);
  const Texts found = okta.Walk(std::string(kGroups) + "?search=profile.name%20eq%20%22Ops%22&limit=1");
  CHECK(std::set<std::string>(found.begin(), found.end()) == std::set<std::string>{upper, lower, of_app});
  CHECK(found.size() == 3);
  CHECK(search("profile.name%20eq%20%22nobody%22").body == json::array());
  for (const char* bad :
       {"", "ops", "profile.name%20eq%20ops", "profile.name%20eq%20%22ops", "profile.name%20eq%20%22a%22b%22",
        "profile.name%20eq%20%22a%5Cb%22", "profile.name%20ne%20%22ops%22"}) {
    INFO(bad);
    CHECK(search(bad).status == 400);
    CHECK(search(bad).Code() == "E0000031");
  }
  CHECK(okta.Read(std::string(kGroups) + "?q=ops").status == 400);
  CHECK(okta.Walk(std::string(kGroups) + "?limit=3").size() == 4);
}

TEST_CASE("Groups: members in pages; a deactivated one stays, a deleted one goes") {
  GroupsOrg okta;
  const std::string id = okta.Make({{"name", "all"}, {"count", 7}});
  const std::string list = std::string(kGroups) + "/" + id + "/users";
  Texts members = okta.control().Post("/okta/groups")[0]["members"];
  CHECK(members.size() == 7);
  CHECK(okta.Walk(list + "?limit=3") == members);
  CHECK(okta.Walk(list) == members);
  const Answer page = okta.Read(list + "?limit=3");
  CHECK(page.body.size() == 3);
  CHECK(page.body[0].contains("status"));
  CHECK(page.body[0]["profile"].contains("login"));
  for (const char* limit : {"0", "1001", "x"}) CHECK(okta.Read(list + "?limit=" + limit).status == 400);
  CHECK(okta.Read(list + "?after=x").Code() == "E0000029");

  okta.control().Post("/okta/deactivate", {{"id", members[1]}});
  CHECK(okta.Walk(list) == members);
  okta.control().Post("/okta/delete", {{"id", members[1]}});
  okta.control().Post("/okta/leave_group", {{"group", id}, {"id", members[2]}});
  members.erase(members.begin() + 1, members.begin() + 3);
  CHECK(okta.Walk(list + "?limit=2") == members);
  okta.control().Post("/okta/delete_group", {{"id", id}});
  CHECK(okta.Read(list).status == 404);
}

TEST_CASE("Groups: names of Okta's own groups are unique, and events say what was done") {
  GroupsOrg okta;
  const std::string id = okta.Make({{"name", "ops"}});
  CHECK_THROWS(okta.Make({{"name", "ops"}}));
  CHECK_THROWS(okta.control().Post("/okta/join_group", {{"group", "00g1"}, {"count", 1}}));
  CHECK_THROWS(okta.control().Post("/okta/leave_group", {{"group", id}, {"count", 1}}));
  okta.control().Post("/okta/rename_group", {{"id", id}, {"name", "platform"}});
  CHECK(okta.control().Post("/okta/groups")[0]["name"] == "platform");
}

TEST_CASE("Groups: nothing of them without okta.groups.read") {
  GroupsOrg okta;
  const std::string id = okta.Make({{"name", "ops"}});
  for (const std::string& path : {std::string(), "/" + id, "/" + id + "/users"}) {
    INFO(path);
    const Answer answer = okta.Get(
        kGroups + path,
        okta.Token(okta.Sign(okta.Claims()), "okta.users.read").body["access_token"].get<std::string>());
    CHECK(answer.status == 403);
    CHECK_THAT(answer.Header("www-authenticate"), Catch::Contains("scope=\"okta.groups.read\""));
    CHECK(okta.Get(kGroups + path, "").status == 401);
  }
}

TEST_CASE("Groups: they have rate windows and faults of their own") {
  GroupsOrg okta;
  const std::string id = okta.Make({{"name", "ops"}, {"count", 3}});
  okta.control().Post("/okta/rate",
                      {{"bucket", "groups"}, {"limit", 1}, {"remaining", 0}, {"window_seconds", 60}});
  CHECK(okta.Read(std::string(kGroups) + "/" + id + "/users").status == 429);
  CHECK(okta.Read(kGroups).status == 429);
  CHECK(okta.Read(std::string(kGroups) + "/" + id).status == 200);
  okta.control().Post("/okta/rate", {{"bucket", "groups"}, {"limit", 1000}, {"window_seconds", 60}});
  okta.control().Post("/okta/fault", {{"path", "/groups/.*/users"}, {"kind", "missing_id"}});
  CHECK_FALSE(okta.Read(std::string(kGroups) + "/" + id + "/users").body[1].contains("id"));
  okta.control().Post("/okta/fault", {{"path", "/groups/.*/users"}, {"kind", "next_same"}, {"times", 2}});
  const std::string next = okta.Read(std::string(kGroups) + "/" + id + "/users?limit=2").Link("next");
  CHECK(okta.Read(next).Link("next") == next);
}
