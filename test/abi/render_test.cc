// A plan and a report for people: the diff, the limits, the exit codes, and no escape sequence from outside.
#include <catch2/catch.hpp>
#include <string>

#include "log_printer.h"
#include "nlohmann/json.hpp"
#include "options.h"
#include "render.h"
#include "report_view.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

using nlohmann::json;

json BaseReport(const char* kind) {
  return {{"run_id", 3},
          {"kind", kind},
          {"started", "2025-01-01T00:00:00Z"},
          {"ended", "2025-01-01T00:00:12Z"},
          {"ok", true},
          {"error", nullptr},
          {"walk_whole", true},
          {"org", {{"id", "00o1"}, {"url", "https://example.okta.com"}}},
          {"app_id", "0oa1"},
          {"teleport", {{"cluster", "example.com"}, {"version", "18.0.0"}}},
          {"clock_offset_seconds", 0.0},
          {"counts", {{"seen", 50}, {"unchanged", 40}}},
          {"people", json::array()},
          {"held", {{"digest", ""}, {"reason", ""}, {"okta_ids", json::array()}}},
          {"notices", json::array()},
          {"rate", json::array()},
          {"stages", {{{"name", "walk"}, {"seconds", 2.5}}}},
          {"writes", json::array()}};
}

json Person(const char* outcome, const std::string& id, const std::string& name, const std::string& reason) {
  return {{"outcome", outcome}, {"okta_id", id}, {"name", name}, {"reason", reason}};
}

json Write(const char* call, const std::string& id, const std::string& name, json changes = json::array()) {
  return {{"call", call}, {"okta_id", id}, {"name", name}, {"changes", std::move(changes)}};
}

ReportView View(const json& report, uint64_t limit = 20) {
  const auto view = ParseReport(report.dump(), limit);
  REQUIRE(view.ok());
  return *view;
}

RenderOptions Plain(uint64_t limit = 20) { return {false, false, limit}; }

TEST_CASE("a plan reads like a diff") {
  json plan = BaseReport("plan");
  plan["writes"] = {Write("create user", "00u1", "ada@example.com"),
                    Write("update user", "00u2", "bob@example.com",
                          {{{"field", "trait okta/department"}, {"before", "Sales"}, {"after", "Support"}},
                           {{"field", "roles"}, {"before", "a"}, {"after", ""}}}),
                    Write("lock", "00u3", "carol@example.com"),
                    Write("delete user", "00u3", "carol@example.com"),
                    Write("delete user", "00u7", "erin@example.com")};
  plan["people"] = {
      Person("removed", "00u3", "carol@example.com", "deactivated in Okta"),
      Person("conflict", "00u4", "dan@example.com", "held by a local user; rename one of them")};
  plan["counts"]["conflict"] = 1;
  plan["held"] = {
      {"digest", "0123456789abcdef"}, {"reason", "more than 10 in 24 h"}, {"okta_ids", {"00u5", "00u6"}}};

  const std::string text = RenderPlan(View(plan), Plain());
  CHECK_THAT(text, Catch::Contains("+ create ada@example.com (00u1)\n"));
  CHECK_THAT(text, Catch::Contains("~ update bob@example.com (00u2)\n"));
  CHECK_THAT(text, Catch::Contains("    okta/department: Sales -> Support\n"));
  CHECK_THAT(text, Catch::Contains("    roles: a -> (nothing)\n"));
  CHECK_THAT(text, Catch::Contains(
                       "- remove carol@example.com (00u3): lock, then delete\n    deactivated in Okta\n"));
  CHECK_THAT(text, Catch::Contains("- remove erin@example.com (00u7): delete; a lock is in force already\n"));
  CHECK_THAT(text, Catch::Contains("! dan@example.com (00u4): held by a local user; rename one of them"));
  CHECK_THAT(text, Catch::Contains("Held: 2 removals, digest 0123456789abcdef"));
  CHECK_THAT(text, Catch::Contains("more than 10 in 24 h") && Catch::Contains("00u5, 00u6"));
  CHECK_THAT(text, Catch::Contains("1 to create, 1 to update, 2 to remove, 2 held, 1 conflict"));
  CHECK_THAT(text, Catch::Contains("A plan writes nothing."));
}

TEST_CASE("a big import is cut, and says how much more there is") {
  json report = BaseReport("sync");
  for (int i = 0; i < 4341; ++i) {
    const std::string n = std::to_string(i);
    report["people"].push_back(Person("created", "00u" + n, "p" + n + "@example.com", ""));
  }
  report["counts"]["created"] = 4341;
  const ReportView view = View(report, 20);
  CHECK(view.people.at("created").size() == 20);
  CHECK(view.people_total.at("created") == 4341);
  const std::string text = RenderSync(view, Plain(20));
  CHECK_THAT(text, Catch::Contains("Created (4,341)"));
  CHECK_THAT(text, Catch::Contains("… and 4,321 more created; --json has all"));
  CHECK_THAT(text, Catch::Contains("p19@example.com") && !Catch::Contains("p20@example.com"));
  CHECK_THAT(text, Catch::Contains("Done in 12 s: 50 seen, 40 unchanged, 4,341 created."));

  const std::string all = RenderSync(View(report, 0), Plain(0));
  CHECK_THAT(all, Catch::Contains("p4340@example.com") && !Catch::Contains("more created"));
}

TEST_CASE("the limit of a plan counts each call, and keeps a removal's two writes together") {
  json plan = BaseReport("plan");
  for (int i = 0; i < 10; ++i) {
    plan["writes"].push_back(Write("lock", "00u" + std::to_string(i), "p"));
    plan["writes"].push_back(Write("delete user", "00u" + std::to_string(i), "p"));
  }
  const ReportView view = View(plan, 3);
  CHECK(view.TotalWrites() == 20);
  CHECK(view.writes.size() == 6);
  const std::string text = RenderPlan(view, Plain(3));
  CHECK_THAT(text, Catch::Contains("… and 7 more: delete user"));
  CHECK_THAT(text, Catch::Contains("10 to remove") && !Catch::Contains("to lock"));
}

TEST_CASE("text from outside cannot reach the terminal as it is") {
  json report = BaseReport("sync");
  const std::string evil = "\x1b]0;pwned\x07";
  report["people"] = {Person("created", "00u1", evil, evil), Person("failed", evil, "x", evil)};
  report["notices"] = {evil};
  report["held"] = {{"digest", evil}, {"reason", evil}, {"okta_ids", {evil}}};
  report["org"]["url"] = evil;
  report["error"] = {{"code", evil}, {"message", evil}};
  report["ok"] = false;
  report["rate"] = {
      {{"bucket", evil}, {"limit", nullptr}, {"remaining", nullptr}, {"resets_at", evil}, {"requests", 1}}};
  report["stages"] = {{{"name", evil}, {"seconds", 1}}};
  report["counts"][evil] = 4;
  report["writes"] = {
      Write("update user", evil, evil, {{{"field", evil}, {"before", evil}, {"after", evil}}}),
      Write("odd call", "1", evil)};
  const ReportView view = View(report);
  for (const std::string& text : {RenderSync(view, {false, true, 20}), RenderPlan(view, {false, true, 20})}) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
  }
  LogEvent event;
  event.time = "t";
  event.target = evil;
  event.message = evil;
  event.fields = {{evil, evil}};
  CHECK(TextLine(event, false).find('\x1b') == std::string::npos);
  CHECK(JsonLine(event).find('\x1b') == std::string::npos);
}

TEST_CASE("a log line has level, target, message and fields") {
  LogEvent event;
  event.time = "2025-01-01T00:00:00.000Z";
  event.level = OKTASYNC_LOG_WARN;
  event.target = "okta";
  event.message = "slow down";
  event.fields = {{"bucket", "/api/v1/apps"}, {"why", "two words"}, {"empty", ""}};
  CHECK(TextLine(event, false) ==
        "2025-01-01T00:00:00.000Z WARN  okta: slow down bucket=/api/v1/apps why=\"two words\" empty=\"\"");
  const json line = json::parse(JsonLine(event));
  CHECK(line.at("level") == "warn");
  CHECK(line.at("fields").at("why") == "two words");
}

TEST_CASE("exit codes follow the report") {
  json report = BaseReport("plan");
  CHECK(ExitCodeOf(View(report), false) == kExitDone);
  report["writes"] = {Write("create user", "1", "a")};
  CHECK(ExitCodeOf(View(report), false) == kExitDone);
  CHECK(ExitCodeOf(View(report), true) == kExitChanges);
  report["counts"]["failed"] = 1;
  CHECK(ExitCodeOf(View(report), true) == kExitHeld);
  report["counts"].erase("failed");
  report["held"]["okta_ids"] = {"00u1"};
  CHECK(ExitCodeOf(View(report), false) == kExitHeld);
  report["ok"] = false;
  CHECK(ExitCodeOf(View(report), true) == kExitFailed);
  CHECK_FALSE(ParseReport("[]", 1).ok());
  CHECK_FALSE(ParseReport("{", 0).ok());
}

TEST_CASE("a run that stopped says why, and that nobody was removed for it") {
  json report = BaseReport("sync");
  report["ok"] = false;
  report["walk_whole"] = false;
  report["error"] = {{"code", "UNAVAILABLE"}, {"message", "Okta did not answer"}};
  const std::string text = RenderSync(View(report), Plain());
  CHECK_THAT(text, Catch::Contains("Stopped: Okta did not answer [UNAVAILABLE]"));
  CHECK_THAT(text, Catch::Contains("nobody was removed"));
  CHECK_THAT(text, Catch::Contains("Not done"));
}

TEST_CASE("numbers and times read well") {
  CHECK(Grouped(0) == "0");
  CHECK(Grouped(999) == "999");
  CHECK(Grouped(1000) == "1,000");
  CHECK(Grouped(1234567) == "1,234,567");
  CHECK(Seconds(0.24) == "0.2 s");
  CHECK(Seconds(59.6) == "1 min 0 s");
  CHECK(Seconds(7500) == "2 h 5 min");
  CHECK(CutToColumns("äöü", 2) == "äö");
  CHECK(Paint("x", Color::kRed, false) == "x");
}

}  // namespace
}  // namespace oktasync::host
