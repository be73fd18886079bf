// Bad days on command: each kind of fault does what its name says, as often as asked, and no more.
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "okta_test_client.h"

using nlohmann::json;
using playground_test::Answer;
using playground_test::Okta;

namespace {

// Plays one fault on the list and reads a page of 50 of 120.
Answer Spoilt(Okta& okta, json fault) {
  fault["path"] = "/users\\?";
  okta.control().Post("/okta/fault", fault);
  return okta.Get(okta.AppPath() + "/users?limit=50&expand=user");
}

void ExpectWellAgain(Okta& okta) {
  const Answer answer = okta.Get(okta.AppPath() + "/users?limit=50&expand=user");
  CHECK(answer.status == 200);
  CHECK(answer.body.size() == 50);
}

}  // namespace

TEST_CASE("Faults: answers in place of the list") {
  Okta okta;
  SECTION("status") {
    const Answer answer = Spoilt(okta, {{"kind", "status"}, {"status", 503}});
    CHECK(answer.status == 503);
    CHECK(answer.Code() == "E0000010");
  }
  SECTION("html") {
    const Answer answer = Spoilt(okta, {{"kind", "html"}});
    CHECK(answer.status == 200);
    CHECK_THAT(answer.Header("content-type"), Catch::StartsWith("text/html"));
  }
  SECTION("redirect") {
    const Answer answer = Spoilt(okta, {{"kind", "redirect"}});
    CHECK(answer.status == 302);
    CHECK_THAT(answer.Header("location"), Catch::StartsWith("https://elsewhere"));
  }
  SECTION("bad_json") {
    const Answer answer = Spoilt(okta, {{"kind", "bad_json"}});
    CHECK(answer.status == 200);
    CHECK(answer.body.is_discarded());
  }
  SECTION("body") {
    const Answer answer =
        Spoilt(okta, {{"kind", "body"}, {"body_base64url", "Wy8"}, {"headers", {{"X-Odd", "yes"}}}});
    CHECK(answer.text == "[/");
    CHECK(answer.Header("x-odd") == "yes");
    CHECK(Spoilt(okta, {{"kind", "body"}, {"body", "ab"}, {"repeat", 3}}).text == "ababab");
  }
  SECTION("rate_429") {
    const Answer answer = Spoilt(okta, {{"kind", "rate_429"}, {"seconds", 2}});
    CHECK(answer.status == 429);
    CHECK(answer.Header("x-rate-limit-limit") == "100000");
    CHECK(answer.Header("x-rate-limit-remaining") == "0");
  }
  SECTION("concurrency_429") {
    const Answer answer = Spoilt(okta, {{"kind", "concurrency_429"}});
    CHECK(answer.status == 429);
    CHECK(answer.Code() == "E0000047");
    CHECK(answer.Header("x-rate-limit-limit") == "0");
    CHECK(answer.Header("x-rate-limit-remaining") == "0");
  }
  ExpectWellAgain(okta);
}

TEST_CASE("Faults: the connection breaks") {
  Okta okta;
  okta.Get(okta.AppPath());  // has a token
  const char* kind = GENERATE("reset", "truncate", "chunked_cut", "tls_cut");
  const Answer answer = Spoilt(okta, {{"kind", kind}});
  CHECK(answer.status == 0);
  CHECK(!answer.error.empty());
  CHECK(okta.control().Record().back()["fault"] == kind);
  ExpectWellAgain(okta);
}

TEST_CASE("Faults: the length is too short") {
  Okta okta;
  const Answer answer = Spoilt(okta, {{"kind", "short_length"}});
  CHECK(answer.status == 200);
  CHECK(answer.body.is_discarded());
  CHECK(answer.Header("content-length") == std::to_string(answer.text.size()));
  ExpectWellAgain(okta);
}

TEST_CASE("Faults: the answer is late") {
  Okta okta({"--users", "120"});
  okta.Get(okta.AppPath());
  const auto began = std::chrono::steady_clock::now();
  const Answer answer = Spoilt(okta, {{"kind", "hang"}, {"seconds", 0.3}});
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(300));
  CHECK(answer.body.size() == 50);
}

TEST_CASE("Faults: the playground ends at once although answers hang and connections are open") {
  Okta okta({"--users", "10"});
  const std::string token = okta.AccessToken();
  okta.control().Post("/okta/fault", {{"path", "/apps/"}, {"kind", "drip"}, {"seconds", 100}});
  std::thread hanging([&] { okta.Get(okta.AppPath(), token); });
  const auto seen = [&] { return okta.control().Record().back().value("fault", "") == "drip"; };
  while (!seen()) std::this_thread::yield();
  const auto began = std::chrono::steady_clock::now();
  CHECK(okta.control().Stop() == 0);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(3));
  hanging.join();
}

TEST_CASE("Faults: the list is spoilt") {
  Okta okta;
  SECTION("empty_list") {
    const Answer answer = Spoilt(okta, {{"kind", "empty_list"}});
    CHECK(answer.body == json::array());
    CHECK(answer.Link("next").empty());
  }
  SECTION("duplicate_row") {
    const Answer answer = Spoilt(okta, {{"kind", "duplicate_row"}});
    CHECK(answer.body.size() == 51);
    CHECK(answer.body[0] == answer.body[50]);
  }
  SECTION("drop_embedded, of one row or of all") {
    const bool all = GENERATE(false, true);
    const Answer answer = Spoilt(okta, {{"kind", "drop_embedded"}, {"rows", all ? "all" : "one"}});
    int without = 0;
    for (const json& row : answer.body) without += row.contains("_embedded") ? 0 : 1;
    CHECK(without == (all ? 50 : 1));
  }
  SECTION("null_embedded") {
    const Answer answer = Spoilt(okta, {{"kind", "null_embedded"}});
    CHECK(answer.body[25]["_embedded"]["user"] == nullptr);
  }
  SECTION("missing_id") {
    const Answer answer = Spoilt(okta, {{"kind", "missing_id"}});
    CHECK(!answer.body[25].contains("id"));
    CHECK(answer.body[24].contains("id"));
  }
  SECTION("rows_shifted_on, rows_shifted_back") {
    const Answer good = okta.Get(okta.AppPath() + "/users?limit=50&expand=user");
    CHECK(Spoilt(okta, {{"kind", "rows_shifted_on"}}).body[0]["id"] == good.body[1]["id"]);
    CHECK(Spoilt(okta, {{"kind", "rows_shifted_back"}}).body[0]["id"] == good.body[0]["id"]);
    okta.control().Post("/okta/fault", {{"path", "after="}, {"kind", "rows_shifted_back"}});
    CHECK(okta.Get(good.Link("next")).body[0]["id"] == good.body[49]["id"]);
  }
  SECTION("listed_active") {
    const std::string id = okta.Get(okta.AppPath() + "/users?limit=1").body[0]["id"];
    okta.control().Post("/okta/set_status", {{"id", id}, {"user_status", "DEPROVISIONED"}});
    const Answer answer = Spoilt(okta, {{"kind", "listed_active"}});
    CHECK(answer.body[0]["_embedded"]["user"]["status"] == "ACTIVE");
    CHECK(okta.Get("/api/v1/users/" + id).body["status"] == "DEPROVISIONED");
  }
  ExpectWellAgain(okta);
}

TEST_CASE("Faults: the links are spoilt") {
  Okta okta;
  const std::string base = okta.info()["okta_url"];
  SECTION("next_same") {
    const Answer answer = Spoilt(okta, {{"kind", "next_same"}});
    CHECK(okta.Get(answer.Link("next")).body[0]["id"] == answer.body[0]["id"]);
  }
  SECTION("next_elsewhere") {
    CHECK_THAT(Spoilt(okta, {{"kind", "next_elsewhere"}}).Link("next"),
               Catch::StartsWith("https://elsewhere"));
  }
  SECTION("next_http") {
    CHECK_THAT(Spoilt(okta, {{"kind", "next_http"}}).Link("next"),
               Catch::StartsWith("http" + base.substr(5)));
  }
  SECTION("next_keeps_expand") {
    CHECK_THAT(Spoilt(okta, {{"kind", "next_keeps_expand"}}).Link("next"), Catch::Contains("expand=user"));
  }
  SECTION("one_link_header") {
    const Answer answer = Spoilt(okta, {{"kind", "one_link_header"}});
    CHECK(answer.headers.count("link") == 1);
    CHECK_THAT(answer.Header("link"), Catch::Contains("rel=\"self\", <"));
  }
  SECTION("no_rate_headers") {
    CHECK(Spoilt(okta, {{"kind", "no_rate_headers"}}).headers.count("x-rate-limit-reset") == 0);
  }
  SECTION("rate_headers") {
    const Answer answer = Spoilt(
        okta, {{"kind", "rate_headers"}, {"headers", {{"limit", "100"}, {"reset", {"soon", "1700000000"}}}}});
    CHECK(answer.headers.count("x-rate-limit-reset") == 2);
    CHECK(answer.headers.count("x-rate-limit-remaining") == 0);
  }
}

TEST_CASE("Faults: after and times are counted, and faults can be cleared") {
  Okta okta;
  okta.control().Post("/okta/fault", {{"path", "/users$"}, {"kind", "status"}, {"after", 2}, {"times", 2}});
  std::vector<int> statuses;
  for (int i = 0; i < 6; ++i) statuses.push_back(okta.Get(okta.AppPath() + "/users").status);
  CHECK(statuses == std::vector<int>{200, 200, 500, 500, 200, 200});

  okta.control().Post("/okta/fault", {{"kind", "status"}, {"times", -1}, {"status", 403}});
  for (int i = 0; i < 3; ++i) CHECK(okta.Get(okta.AppPath()).status == 403);
  okta.control().Post("/okta/clear_faults");
  CHECK(okta.Get(okta.AppPath()).status == 200);
  CHECK_THROWS_AS(okta.control().Post("/okta/fault", {{"kind", "earthquake"}}), playground::PlaygroundError);
}

TEST_CASE("Faults: errors of the token endpoint have its shape") {
  Okta okta;
  okta.control().Post("/okta/fault", {{"path", "/oauth2/"},
                                      {"kind", "status"},
                                      {"status", 400},
                                      {"error", "invalid_dpop_proof"},
                                      {"text", "The DPoP proof JWT header is missing."}});
  const Answer answer = okta.Token(okta.Sign(okta.Claims()));
  CHECK(answer.status == 400);
  CHECK(answer.body["error"] == "invalid_dpop_proof");
  CHECK(okta.Token(okta.Sign(okta.Claims())).status == 200);
}
