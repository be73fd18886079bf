// What happens to people: statuses, assignments, edits, and what the record keeps of it.
#include <catch2/catch.hpp>
#include <set>

#include "okta_test_client.h"

using nlohmann::json;
using playground::PlaygroundError;
using playground_test::Answer;
using playground_test::Okta;

namespace {

std::set<std::string> ListedIds(Okta& okta) {
  std::set<std::string> ids;
  for (const json& row : okta.Walk(500, false)) ids.insert(row["id"].get<std::string>());
  return ids;
}

std::string StatusOf(Okta& okta, const std::string& id) {
  const Answer answer = okta.Get("/api/v1/users/" + id);
  return answer.status == 200 ? answer.body["status"].get<std::string>() : answer.Code();
}

}  // namespace

TEST_CASE("Life: a hire is listed, an unassignment is 404 on the app user only") {
  Okta okta;
  const json hired = okta.control().Post(
      "/okta/hire",
      {{"login", "new.one@example.com"}, {"scope", "GROUP"}, {"profile", {{"department", "物流"}}}});
  const std::string id = hired["ids"][0];
  CHECK(hired["user_names"][0] == "new.one@example.com");
  CHECK(ListedIds(okta).count(id) == 1);
  const Answer row = okta.Get(okta.AppPath() + "/users/" + id + "?expand=user");
  CHECK(row.body["scope"] == "GROUP");
  CHECK(row.body["profile"]["department"] == "物流");  // mapped
  CHECK(row.body["_embedded"]["user"]["profile"]["department"] == "物流");
  CHECK_THROWS_AS(okta.control().Post("/okta/hire", {{"login", "new.one@example.com"}}), PlaygroundError);

  okta.control().Post("/okta/unassign", {{"id", id}});
  CHECK(ListedIds(okta).count(id) == 0);
  const Answer gone = okta.Get(okta.AppPath() + "/users/" + id);
  CHECK(gone.status == 404);
  CHECK(gone.Code() == "E0000007");
  CHECK(StatusOf(okta, id) == "ACTIVE");
  okta.control().Post("/okta/assign", {{"id", id}, {"scope", "USER"}});
  CHECK(okta.Get(okta.AppPath() + "/users/" + id).body["scope"] == "USER");
}

TEST_CASE("Life: deactivation takes assignments away and activation does not bring them back") {
  Okta okta;
  const std::string id = okta.control().Post("/okta/hire")["ids"][0];
  okta.control().Post("/okta/deactivate", {{"id", id}});
  CHECK(StatusOf(okta, id) == "DEPROVISIONED");
  CHECK(okta.Get(okta.AppPath() + "/users/" + id).status == 404);
  CHECK_THROWS_AS(okta.control().Post("/okta/assign", {{"id", id}}), PlaygroundError);
  okta.control().Post("/okta/activate", {{"id", id}});
  CHECK(StatusOf(okta, id) == "ACTIVE");
  CHECK(ListedIds(okta).count(id) == 0);
}

TEST_CASE("Life: a suspended user stays assigned, and only an active one can be suspended") {
  Okta okta;
  const std::string id = okta.control().Post("/okta/hire")["ids"][0];
  okta.control().Post("/okta/suspend", {{"id", id}});
  CHECK(StatusOf(okta, id) == "SUSPENDED");
  CHECK(okta.Get(okta.AppPath() + "/users/" + id).body["status"] == "ACTIVE");
  CHECK(ListedIds(okta).count(id) == 1);
  CHECK_THROWS_AS(okta.control().Post("/okta/suspend", {{"id", id}}), PlaygroundError);
  okta.control().Post("/okta/unsuspend", {{"id", id}});
  CHECK(StatusOf(okta, id) == "ACTIVE");
  const std::string staged = okta.control().Post("/okta/hire", {{"status", "STAGED"}})["ids"][0];
  CHECK(StatusOf(okta, staged) == "STAGED");
  CHECK_THROWS_AS(okta.control().Post("/okta/suspend", {{"id", staged}}), PlaygroundError);
}

TEST_CASE("Life: the first delete only deactivates, the second one deletes") {
  Okta okta;
  const std::string id = okta.control().Post("/okta/hire")["ids"][0];
  okta.control().Post("/okta/delete", {{"id", id}});
  CHECK(StatusOf(okta, id) == "DEPROVISIONED");
  okta.control().Post("/okta/delete", {{"id", id}});
  CHECK(StatusOf(okta, id) == "E0000007");
  CHECK(okta.control().Post("/okta/people", {{"id", id}})[0]["status"] == "DELETED");
}

TEST_CASE("Life: edits, renames and raw statuses show in the answers") {
  Okta okta;
  const std::string id = okta.control().Post("/okta/people", {{"limit", 1}})[0]["id"];
  okta.control().Post("/okta/edit", {{"id", id},
                                     {"profile", {{"department", "Night Watch"}, {"title", nullptr}}},
                                     {"app_profile", {{"team", "wall"}}}});
  okta.control().Post("/okta/rename", {{"id", id}, {"user_name", "jon.snow@example.com"}});
  okta.control().Post("/okta/set_status",
                      {{"id", id}, {"user_status", "BEWITCHED"}, {"assignment_status", "REVOKED"}});
  const json row = okta.Get(okta.AppPath() + "/users/" + id + "?expand=user").body;
  CHECK(row["status"] == "REVOKED");
  CHECK(row["credentials"]["userName"] == "jon.snow@example.com");
  CHECK(row["profile"]["team"] == "wall");
  CHECK(row["_embedded"]["user"]["status"] == "BEWITCHED");
  CHECK(row["_embedded"]["user"]["profile"]["department"] == "Night Watch");
  CHECK(!row["_embedded"]["user"]["profile"].contains("title"));
  CHECK(row["_embedded"]["user"]["profile"]["login"] != "jon.snow@example.com");
}

TEST_CASE("Life: an attribute vanishes from everybody, and comes back") {
  Okta okta({"--users", "20"});
  okta.control().Post("/okta/drop_attribute", {{"name", "department"}, {"from", "user"}});
  for (const json& row : okta.Walk(50, true)) {
    CHECK(!row["_embedded"]["user"]["profile"].contains("department"));
    CHECK(row["profile"].contains("department"));
  }
  okta.control().Post("/okta/restore_attribute", {{"name", "department"}, {"from", "user"}});
  CHECK(okta.Walk(50, true)[0]["_embedded"]["user"]["profile"].contains("department"));
}

TEST_CASE("Life: hidden people are missing from the list while they are assigned") {
  Okta okta({"--users", "20"});
  const std::string id = okta.control().Post("/okta/people", {{"limit", 1}})[0]["id"];
  okta.control().Post("/okta/hide", {{"ids", {id}}});
  CHECK(ListedIds(okta).count(id) == 0);
  CHECK(okta.Get(okta.AppPath() + "/users/" + id).status == 200);
  okta.control().Post("/okta/unhide", {{"ids", {id}}});
  CHECK(ListedIds(okta).count(id) == 1);
}

TEST_CASE("Life: the app can be switched off, assign implicitly, and be deleted") {
  Okta okta({"--users", "3"});
  okta.control().Post("/okta/app", {{"status", "INACTIVE"}, {"implicit_assignment", true}});
  const json app = okta.Get(okta.AppPath()).body;
  CHECK(app["status"] == "INACTIVE");
  CHECK(app["settings"]["implicitAssignment"] == true);
  okta.control().Post("/okta/app", {{"status", "DELETED"}});
  CHECK(okta.Get(okta.AppPath()).status == 404);
  CHECK(okta.Get(okta.AppPath() + "/users").Code() == "E0000007");
}

TEST_CASE("Record: each event and each request is in it, in order") {
  Okta okta({"--users", "30"});
  const uint64_t before = okta.control().RecordEnd();
  const json ids = okta.control().Post("/okta/unassign", {{"count", 3}})["ids"];
  CHECK(ids.size() == 3);
  okta.Get(okta.AppPath() + "/users?limit=7");
  const json record = okta.control().Record(before);
  REQUIRE(record.size() == 5);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(record[i]["kind"] == "event");
    CHECK(record[i]["event"] == "unassign");
    CHECK(record[i]["id"] == ids[i]);
    CHECK(record[i]["assignment_status"] == nullptr);
  }
  CHECK(record[3]["path"] == "/oauth2/v1/token");
  CHECK(record[4]["kind"] == "request");
  CHECK(record[4]["method"] == "GET");
  CHECK(record[4]["path"] == okta.AppPath() + "/users?limit=7");
  CHECK(record[4]["status"] == 200);
  CHECK(record[4]["client"] == okta.info()["client_id"]);
  CHECK(!record[4]["request_id"].get<std::string>().empty());
  CHECK(record[4]["began"].get<double>() <= record[4]["at"].get<double>());
  CHECK(okta.control().Record(record[4]["seq"].get<uint64_t>()).empty());
  CHECK_THROWS_AS(okta.control().Post("/okta/unassign", {{"count", 28}}), PlaygroundError);
  CHECK_THROWS_AS(okta.control().Post("/okta/no_such_command"), PlaygroundError);
}
