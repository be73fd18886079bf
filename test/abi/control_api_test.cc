// What the control socket is asked, and what it answers: each request, each refusal, always JSON.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "control_api.h"
#include "fake_instance.h"
#include "nlohmann/json.hpp"

namespace oktasync::host {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
using Strings = std::vector<std::string>;

struct Asking {
  FakeInstance instance;
  ControlApi api{instance, {77, "1.2.3", "/etc/x.yaml", "00ff"}};

  ControlAnswer operator()(const std::string& method, const std::string& path, const std::string& body = "",
                           std::map<std::string, std::string> query = {}) {
    return api.Answer({method, path, std::move(query), body});
  }
};

// "404 NOT_FOUND", after a look at the rest of the form.
std::string Refusal(const ControlAnswer& answer) {
  const json body = json::parse(answer.body);
  CHECK(body.size() == 1);
  CHECK_FALSE(body.at("error").at("message").get<std::string>().empty());
  CHECK(body.at("error").at("retryable").is_boolean());
  return std::to_string(answer.http) + " " + body["error"]["code"].get<std::string>();
}

TEST_CASE(
    "control: status is the instance's, with the daemon's facts and the runs whose reports may be had") {
  Asking ask;
  json status = json::parse(ask("GET", "/v1/status").body);
  CHECK(status["state"] == "running");
  CHECK(status["daemon"] == json{{"pid", 77},
                                 {"version", "1.2.3"},
                                 {"config_file", "/etc/x.yaml"},
                                 {"config_digest", "00ff"},
                                 {"runs", {4}}});
  ask("POST", "/v1/plan");
  status = json::parse(ask("GET", "/v1/status").body);
  CHECK(status["daemon"]["runs"] == json{101, 4});
  for (int i = 0; i < 40; ++i) ask("POST", "/v1/plan");
  CHECK(json::parse(ask("GET", "/v1/status").body)["daemon"]["runs"].size() <= 17);
}

TEST_CASE("control: sync, plan and approve give the number of the run") {
  Asking ask;
  CHECK(json::parse(ask("POST", "/v1/sync").body) == json{{"run_id", 101}});
  CHECK(json::parse(ask("POST", "/v1/plan").body) == json{{"run_id", 102}});
  const std::string digest = "0123456789abcdef";
  CHECK(ask("POST", "/v1/approve", json{{"digest", digest}}.dump()).http == 200);
  CHECK(ask("POST", "/v1/approve", json{{"plan", {{"held", json::array()}}}}.dump()).http == 200);
  CHECK(ask("POST", "/v1/approve", json{{"digest", digest}, {"plan", {{"a", 1}}}}.dump()).http == 200);
  CHECK(ask.instance.asked() == Strings{"sync", "plan", "approve 0123456789abcdef|", "approve |{\"held\":[]}",
                                        "approve 0123456789abcdef|{\"a\":1}"});
}

TEST_CASE("control: an approval that is not understood is refused, not guessed") {
  Asking ask;
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{"), std::string("\"0123\""),
        json{{"digets", "0123456789abcdef"}}.dump(), json{{"digest", 12}}.dump(), json{{"plan", "x"}}.dump(),
        std::string(R"({"digest":"a","digest":"b"})"), std::string(100, '[')}) {
    INFO(body);
    CHECK(Refusal(ask("POST", "/v1/approve", body)) == "400 INVALID_ARGUMENT");
  }
  CHECK(ask.instance.asked().empty());
}

TEST_CASE("control: a report comes whole, and says when it is not there yet") {
  Asking ask;
  ask.instance.reports[4] = std::string(3 << 20, 'r');
  const ControlAnswer last = ask("GET", "/v1/report");
  CHECK(last.http == 200);
  CHECK(last.document.text == ask.instance.reports[4]);
  CHECK(ask("GET", "/v1/report", "", {{"run_id", "4"}}).document.text.size() == 3 << 20);
  const ControlAnswer early = ask("GET", "/v1/report", "", {{"run_id", "5"}});
  CHECK(Refusal(early) == "503 UNAVAILABLE");
  CHECK(json::parse(early.body)["error"]["retryable"] == true);
  for (const char* bad : {"", "0", "-1", "x", "4x", "99999999999999999999"}) {
    INFO(bad);
    CHECK(Refusal(ask("GET", "/v1/report", "", {{"run_id", bad}})) == "400 INVALID_ARGUMENT");
  }
  ask.instance.status = R"({"state":"running","last_run":null})";
  CHECK(Refusal(ask("GET", "/v1/report")) == "404 NOT_FOUND");
}

TEST_CASE("control: so many reports at a time, until one has been sent") {
  Asking ask;
  ask.instance.reports[4] = "{}";
  std::vector<ControlAnswer> being_sent = {ask("GET", "/v1/report"), ask("GET", "/v1/report")};
  CHECK(Refusal(ask("GET", "/v1/report")) == "429 RESOURCE_EXHAUSTED");
  being_sent.pop_back();
  CHECK(ask("GET", "/v1/report").http == 200);
}

TEST_CASE("control: explain needs somebody to explain") {
  Asking ask;
  CHECK(ask("GET", "/v1/explain", "", {{"who", "ada@example.com"}}).body == R"({"decision":"nothing"})");
  CHECK(ask.instance.asked() == Strings{"explain ada@example.com"});
  CHECK(Refusal(ask("GET", "/v1/explain")) == "400 INVALID_ARGUMENT");
  for (const std::string& who : {std::string(), std::string(2000, 'a'), std::string("\xff")}) {
    CHECK(Refusal(ask("GET", "/v1/explain", "", {{"who", who}})) == "400 INVALID_ARGUMENT");
  }
}

TEST_CASE("control: what the plugin refuses keeps its code and words") {
  Asking ask;
  for (const auto& [code, words] : {std::pair{OKTASYNC_NOT_FOUND, "404 NOT_FOUND"},
                                    {OKTASYNC_FAILED_PRECONDITION, "409 FAILED_PRECONDITION"},
                                    {OKTASYNC_RESOURCE_EXHAUSTED, "429 RESOURCE_EXHAUSTED"},
                                    {OKTASYNC_INTERNAL, "500 INTERNAL"},
                                    {OKTASYNC_UNIMPLEMENTED, "501 UNIMPLEMENTED"},
                                    {4711, "500 UNKNOWN"}}) {
    ask.instance.error = {code, 0, "for a reason"};
    for (const auto& [method, path] :
         {std::pair{"GET", "/v1/status"}, {"POST", "/v1/sync"}, {"GET", "/v1/report"}}) {
      const ControlAnswer answer = ask(method, path);
      CHECK(Refusal(answer) == words);
      CHECK_THAT(answer.body, Contains("for a reason"));
    }
  }
}

TEST_CASE("control: other paths and methods are refused with those that there are") {
  Asking ask;
  CHECK(Refusal(ask("GET", "/v1/nothing")) == "404 NOT_FOUND");
  CHECK_THAT(ask("GET", "/").body, Contains("POST /v1/approve"));
  CHECK(ask("GET", "/v1/sync").http == 405);
  CHECK(ask("POST", "/v1/status").http == 405);
  CHECK(ask("DELETE", "/v1/report").http == 405);
  CHECK(ask.instance.asked().empty());
}

}  // namespace
}  // namespace oktasync::host
