// Reading: pages, shapes, error bodies, rate windows.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "okta/people.h"
#include "okta_test_client.h"

using nlohmann::json;
using playground_test::Answer;
using playground_test::Okta;

TEST_CASE("Pages: everybody is visited once, whatever the limit") {
  Okta okta({"--users", "1203", "--seed", "7"});
  const int limit = GENERATE(500, 50, 401);
  std::set<std::string> ids;
  std::set<std::string> names;
  const auto people = okta.Walk(limit, true);
  for (const json& row : people) {
    ids.insert(row.at("id").get<std::string>());
    names.insert(row.at("credentials").at("userName").get<std::string>());
    CHECK(row.at("id") == row.at("_embedded").at("user").at("id"));
  }
  CHECK(people.size() == 1203);
  CHECK(ids.size() == 1203);
  CHECK(names.size() == 1203);
}

TEST_CASE("Pages: fifty by default, and next loses expand") {
  Okta okta;
  const Answer first = okta.Get(okta.AppPath() + "/users?expand=user");
  REQUIRE(first.status == 200);
  CHECK(first.body.size() == 50);
  CHECK(first.body[0].contains("_embedded"));
  CHECK(first.headers.count("link") == 2);
  CHECK_THAT(first.Link("self"), Catch::EndsWith("/users?expand=user"));
  CHECK_THAT(first.Link("next"), Catch::Contains("limit=50"));
  CHECK_THAT(first.Link("next"), !Catch::Contains("expand"));
  const Answer second = okta.Get(first.Link("next"));
  CHECK(second.body.size() == 50);
  CHECK(!second.body[0].contains("_embedded"));
  const Answer third = okta.Get(second.Link("next"));
  CHECK(third.body.size() == 20);
  CHECK(third.Link("next").empty());
}

TEST_CASE("Pages: limits and cursors that Okta would not take are refused") {
  Okta okta;
  for (const char* limit : {"501", "0", "-1", "ten", ""}) {
    const Answer answer = okta.Get(okta.AppPath() + "/users?limit=" + limit);
    CHECK(answer.status == 400);
    CHECK(answer.Code() == "E0000001");
    CHECK(answer.body["errorCauses"].size() == 1);
  }
  CHECK(okta.Get(okta.AppPath() + "/users?expand=group").status == 400);
  const std::string id = okta.control().Post("/okta/people", {{"limit", 1}})[0]["id"];
  // A cursor of ours with one letter changed does not pass either.
  const std::string next = okta.Get(okta.AppPath() + "/users").Link("next");
  const size_t at = next.find("after=") + 6;
  std::string forged = next.substr(at, next.find('&', at) - at);
  CHECK(okta.Get(okta.AppPath() + "/users?after=" + forged).status == 200);
  forged[0] = forged[0] == 'A' ? 'B' : 'A';
  for (const std::string& cursor : {forged, std::string("50"), id, std::string("AAAA"), std::string("")}) {
    const Answer answer = okta.Get(okta.AppPath() + "/users?after=" + cursor);
    CHECK(answer.status == 400);
    CHECK(answer.Code() == "E0000029");
  }
}

TEST_CASE("Shapes: the org, the app, an app user, a user") {
  Okta okta;
  const Answer org = okta.Get("/.well-known/okta-organization", "");
  CHECK(org.status == 200);
  CHECK(org.body["id"] == okta.info()["org_id"]);
  CHECK(org.body["_links"]["organization"]["href"] == okta.info()["okta_url"]);

  const Answer app = okta.Get(okta.AppPath());
  CHECK(app.body["id"] == okta.info()["app_id"]);
  CHECK(app.body["status"] == "ACTIVE");
  CHECK(app.body["signOnMode"] == "SAML_2_0");

  const json person = okta.control().Post("/okta/people", {{"limit", 1}})[0];
  const std::string id = person["id"];
  CHECK(id.size() == 20);
  CHECK(id.substr(0, 3) == "00u");
  const Answer one = okta.Get(okta.AppPath() + "/users/" + id + "?expand=user");
  CHECK(one.body["id"] == id);
  CHECK(one.body["status"] == "ACTIVE");
  CHECK(one.body["credentials"]["userName"] == person["user_name"]);
  CHECK(one.body["_links"]["user"]["href"] ==
        okta.info()["okta_url"].get<std::string>() + "/api/v1/users/" + id);
  CHECK(!one.body.contains("externalId"));  // Okta sets it for apps with provisioning only
  const Answer user = okta.Get("/api/v1/users/" + id);
  CHECK(user.body == one.body["_embedded"]["user"]);
  CHECK(okta.Get("/api/v1/users/" + person["login"].get<std::string>()).body == user.body);
  CHECK(!okta.Get(okta.AppPath() + "/users/" + id).body.contains("_embedded"));
}

TEST_CASE("People: realistic, in many scripts, the same for the same seed") {
  Okta okta({"--users", "600", "--seed", "5"});
  std::string all;
  size_t longest = 0;
  std::map<std::string, std::set<json::value_t>> types;
  for (const json& row : okta.Walk(500, true)) {
    const json& profile = row["_embedded"]["user"]["profile"];
    CHECK(profile.size() >= 20);
    CHECK(profile.size() <= 33);
    all += profile["firstName"].get<std::string>() + profile["lastName"].get<std::string>();
    for (const auto& [key, value] : profile.items()) {
      types[key].insert(value.type());
      if (value.is_string()) longest = std::max(longest, value.get_ref<const std::string&>().size());
    }
    const std::string login = profile["login"];
    CHECK(login.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-@") == std::string::npos);
  }
  CHECK(longest >= 1000);
  CHECK(longest < 4000);
  for (const char* letter : {"é", "ł", "ğ", "Þ", "ω", "ё", "م", "ש", "श", "陈", "さ", "준", "ช"}) {
    CHECK_THAT(all, Catch::Contains(letter));
  }
  CHECK(types["skills"] == std::set<json::value_t>{json::value_t::array});
  CHECK(types["onCall"] == std::set<json::value_t>{json::value_t::boolean});
  CHECK(types["badge"] == std::set<json::value_t>{json::value_t::number_unsigned});
  CHECK(types["fte"] == std::set<json::value_t>{json::value_t::number_float});
  CHECK(types["secondEmail"].count(json::value_t::null) == 1);

  Okta again({"--users", "600", "--seed", "5"});
  Okta other({"--users", "600", "--seed", "6"});
  const auto people = [](Okta& o) { return o.control().Post("/okta/people"); };
  CHECK(people(okta) == people(again));
  CHECK(people(okta) != people(other));
}

TEST_CASE("People: a million have different logins, and an id leads back to its number") {
  const playground::okta::People people(3);
  std::set<std::string> logins;
  for (uint64_t i = 0; i < 1'000'000; i += 1) {
    if (i % 7 == 0) logins.insert(people.Login(i));
  }
  CHECK(logins.size() == 142'858);
  for (const uint64_t i : {uint64_t{0}, uint64_t{1}, uint64_t{999'999}, UINT64_MAX}) {
    const std::string id = people.IdOf(i);
    CHECK(id.size() == 20);
    CHECK(people.IndexOf(id) == i);
  }
  CHECK(!people.IndexOf(playground::okta::People(4).IdOf(1)));
  CHECK(!people.IndexOf("00u"));
}

TEST_CASE("Errors: bodies, codes and headers are Okta's") {
  Okta okta;
  const auto expect = [&](const Answer& answer, int status, const std::string& code) {
    CHECK(answer.status == status);
    REQUIRE(answer.body.is_object());
    CHECK(answer.Code() == code);
    for (const char* key : {"errorSummary", "errorLink", "errorId", "errorCauses"})
      CHECK(answer.body.contains(key));
    CHECK(!answer.Header("x-okta-request-id").empty());
    CHECK(!answer.Header("date").empty());
    CHECK(!answer.Header("x-rate-limit-limit").empty());
  };
  const std::string nobody = "00u00000000000000000";
  const Answer missing = okta.Get("/api/v1/users/" + nobody);
  expect(missing, 404, "E0000007");
  CHECK(missing.body["errorSummary"] == "Not found: Resource not found: " + nobody + " (User)");
  expect(okta.Get(okta.AppPath() + "/users/" + nobody), 404, "E0000007");
  expect(okta.Get("/api/v1/apps/0oanobody/users"), 404, "E0000007");
  expect(okta.Get("/api/v1/nothing"), 404, "E0000008");
  expect(okta.Send("DELETE", okta.AppPath(), okta.AccessToken()), 405, "E0000022");
  expect(okta.Get(okta.AppPath(), ""), 401, "E0000011");
  CHECK(okta.Send("POST", okta.AppPath(), okta.AccessToken()).status == 405);
}

TEST_CASE("Ids: each kind has its prefix and twenty characters, and they differ") {
  Okta okta({"--users", "1"});
  std::set<std::string> rest;
  for (const auto& [key, prefix] : {std::pair("org_id", "00o"), {"app_id", "0oa"}, {"client_id", "0oa"}}) {
    const std::string id = okta.info()[key];
    CHECK(id.size() == 20);
    CHECK(id.substr(0, 3) == prefix);
    CHECK(id.find("0000") == std::string::npos);
    rest.insert(id.substr(3));
  }
  CHECK(rest.size() == 3);
}

TEST_CASE("Rate: a window counts down, refuses, and opens again") {
  Okta okta;
  const std::string token = okta.AccessToken();
  okta.control().Post("/okta/rate", {{"bucket", "apps"}, {"limit", 3}});
  const std::string list = okta.AppPath() + "/users";
  for (const char* remaining : {"2", "1", "0"}) {
    const Answer answer = okta.Get(list, token);
    CHECK(answer.status == 200);
    CHECK(answer.Header("x-rate-limit-limit") == "3");
    CHECK(answer.Header("x-rate-limit-remaining") == remaining);
  }
  const Answer refused = okta.Get(list, token);
  CHECK(refused.status == 429);
  CHECK(refused.Code() == "E0000047");
  CHECK(refused.Header("x-rate-limit-remaining") == "0");
  const int64_t reset = std::stoll(refused.Header("x-rate-limit-reset"));
  CHECK(reset > std::time(nullptr) - 2);
  CHECK(reset <= std::time(nullptr) + 61);
  // Other buckets are not touched: one app, one user, tokens.
  CHECK(okta.Get(okta.AppPath(), token).status == 200);
  CHECK(okta.Token(okta.Sign(okta.Claims())).status == 200);

  okta.control().Post("/okta/rate", {{"bucket", "apps"}, {"limit", 3}, {"remaining", 1}});
  CHECK(okta.Get(list, token).status == 200);
  CHECK(okta.Get(list, token).status == 429);
  okta.control().Post("/okta/rate", {{"bucket", "apps"}, {"window_seconds", 0.05}});
  const auto began = std::chrono::steady_clock::now();
  while (okta.Get(list, token).status == 429) {
    REQUIRE(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  }
}

TEST_CASE("Rate: the real limits of a workforce org, half of them for one app") {
  Okta okta({"--users", "5", "--page-rate-limits", "real"});
  const std::string token = okta.AccessToken();
  int answered = 0;
  Answer answer;
  while ((answer = okta.Get(okta.AppPath() + "/users", token)).status == 200) {
    CHECK(answer.Header("x-rate-limit-limit") == "100");
    REQUIRE(++answered <= 50);
  }
  CHECK(answer.status == 429);
  CHECK(answered == 50);
}

TEST_CASE("Control: a POST without a body, as curl -X POST sends it, is answered; stop ends the program") {
  Okta okta({"--users", "1"});
  const std::string url = okta.control().Info("control_url");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  const std::string request = "POST /stop HTTP/1.1\r\nHost: localhost\r\n\r\n";
  REQUIRE(::send(fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
  // Not our signal ends it: WaitForEnd only waits.
  CHECK(okta.control().WaitForEnd(10) == 0);
  ::close(fd);
}

TEST_CASE("Files: the ready config names what playground.json holds, and keys are private") {
  Okta okta;
  std::ifstream file(okta.control().Info("config_file"));
  std::stringstream text;
  text << file.rdbuf();
  for (const char* key : {"okta_url", "app_id", "client_id", "key_id", "private_key_file", "okta_ca_file",
                          "auth_address", "identity_key_file", "identity_cert_file", "identity_ca_file"}) {
    CHECK_THAT(text.str(), Catch::Contains(okta.info()[key].dump()));
  }
  CHECK(okta.control().Post("/auth/users", {{"brief", true}})["count"] == 0);
  CHECK(okta.control().Stop() == 0);
}

TEST_CASE("Files: the directory with the keys goes with the client that let it be made") {
  std::string dir;
  {
    Okta okta({"--users", "1"});
    dir = std::filesystem::path(okta.control().Info("private_key_file")).parent_path().string();
    CHECK(std::filesystem::status(dir).permissions() == std::filesystem::perms::owner_all);
    CHECK(std::filesystem::status(okta.control().Info("private_key_file")).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
  CHECK(!std::filesystem::exists(dir));
}
