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
          {"held", json::array()},
          {"notices", json::array()},
          {"rate", json::array()},
          {"stages", {{{"name", "walk"}, {"seconds", 2.5}}}},
          {"writes", json::array()}};
}

json Person(const char* outcome, const std::string& id, const std::string& name, const std::string& reason) {
  return {{"outcome", outcome}, {"okta_id", id}, {"name", name}, {"reason", reason}};
}

json Item(const std::string& id, const std::string& name, const std::string& what = "") {
  return {{"okta_id", id}, {"name", name}, {"what", what}};
}

json Held(const std::string& kind, const std::string& digest, const std::string& reason, json people,
          const std::string& warning = "") {
  return {{"kind", kind},
          {"digest", digest},
          {"reason", reason},
          {"warning", warning},
          {"people", std::move(people)}};
}

json Write(const char* call, const std::string& id, const std::string& name, json changes = json::array()) {
  return {{"call", call}, {"okta_id", id}, {"name", name}, {"changes", std::move(changes)}};
}

ReportView View(const json& report, uint64_t limit = 20) {
  const auto view = ParseReport(report.dump(), limit);
  REQUIRE(view.ok());
  return *view;
}

RenderOptions Plain(uint64_t limit = 20) {
  RenderOptions options;
  options.limit = limit;
  return options;
}

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
  plan["held"].push_back(Held("removals", "0123456789abcdef", "more than 10 in 24 h",
                              {Item("00u5", "fay@example.com"), Item("00u6", "gus@example.com")}));

  const std::string text = RenderPlan(View(plan), Plain());
  CHECK_THAT(text, Catch::Contains("+ create ada@example.com (00u1)\n"));
  CHECK_THAT(text, Catch::Contains("~ update bob@example.com (00u2)\n"));
  CHECK_THAT(text, Catch::Contains("    okta/department: Sales -> Support\n"));
  CHECK_THAT(text, Catch::Contains("    roles: a -> (nothing)\n"));
  CHECK_THAT(text, Catch::Contains(
                       "- remove carol@example.com (00u3): lock, then delete\n    deactivated in Okta\n"));
  CHECK_THAT(text, Catch::Contains("- remove erin@example.com (00u7): delete; a lock is in force already\n"));
  CHECK_THAT(text, Catch::Contains("! dan@example.com (00u4): held by a local user; rename one of them"));
  CHECK_THAT(text, Catch::Contains("2 entries, digest 0123456789abcdef"));
  CHECK_THAT(text, Catch::Contains("more than 10 in 24 h") && Catch::Contains("! gus@example.com (00u6)\n"));
  CHECK_THAT(text, Catch::Contains("1 to create, 1 to update, 2 to remove, 2 held, 1 conflict"));
  CHECK_THAT(text, Catch::Contains("A plan writes nothing."));
}

TEST_CASE("a rename in a plan says so at both of its names") {
  json plan = BaseReport("plan");
  plan["writes"] = {Write("create user", "00u1", "new@x"), Write("lock", "00u1", "old@x"),
                    Write("delete user", "00u1", "old@x")};
  plan["people"] = {Person("created", "00u1", "new@x", "assigned in Okta"),
                    Person("renamed", "00u1", "new@x", "the app username is new@x now")};
  const std::string text = RenderPlan(View(plan), Plain());
  CHECK_THAT(text, Catch::Contains("+ create new@x (00u1)\n    the app username is new@x now\n"));
  CHECK_THAT(text,
             Catch::Contains("- remove old@x (00u1): lock, then delete\n    the app username is new@x"));
  CHECK_THAT(text, !Catch::Contains("assigned in Okta"));
}

TEST_CASE("what all of a held set share is said once") {
  json report = BaseReport("sync");
  report["held"].push_back(
      Held("removals", "0123456789abcdef", "too many", {Item("1", "a@x"), Item("2", "b@x")}));
  report["people"] = {Person("held", "1", "a@x", "locked"), Person("held", "2", "b@x", "locked")};
  CHECK_THAT(RenderSync(View(report), Plain()),
             Catch::Contains("  Each of them: locked\n  ! a@x (1)\n  ! b@x (2)\n"));
}

TEST_CASE("rate windows and stages are told when they were slow, or to who asks") {
  json report = BaseReport("sync");
  report["rate"] = {{{"bucket", "quick"}, {"limit", 50}, {"requests", 1}},
                    {{"bucket", "slow"}, {"limit", 50}, {"requests", 60}, {"waited_seconds", 31.0}}};
  const std::string text = RenderSync(View(report), Plain());
  CHECK_THAT(text,
             Catch::Contains("slow: limit 50") && !Catch::Contains("quick:") && !Catch::Contains("Stages"));
  RenderOptions options = Plain();
  options.verbose = true;
  CHECK_THAT(RenderSync(View(report), options),
             Catch::Contains("quick: limit 50") && Catch::Contains("Stages"));
  report["stages"] = {{{"name", "walk"}, {"seconds", 250}}};
  CHECK_THAT(RenderSync(View(report), Plain()), Catch::Contains("walk 4 min 10 s"));
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
  report["held"].push_back(Held(evil, evil, evil, {Item(evil, evil, evil)}, evil));
  report["held"].push_back(Held("taken", "d", evil, {Item(evil, "", evil)}, evil));
  report["approvals_used"] = {evil};
  report["standby"] = true;
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
  RenderOptions all = Plain();
  all.verbose = true;
  all.dated = true;
  all.approve = "oktasync approve";
  StatusView status;
  status.state = status.last_error = status.alarm = status.standby = status.last_message = evil;
  status.last_ended = status.last_code = status.next_run = status.last_whole_walk = evil;
  status.last_run_id = 1;
  status.progress = StatusView::Progress{1, false, evil, 1, 1, 1, -1};
  status.daemon = StatusView::Daemon{1, evil, evil, evil, {}};
  status.held.push_back({evil, evil, 1, evil, evil});
  const json explanation = {
      {"query", evil},
      {"okta",
       {{"id", evil},
        {"exists", true},
        {"status", evil},
        {"assigned", true},
        {"name", evil},
        {"presence", evil}}},
      {"teleport",
       {{"users", {{{"name", evil}, {"whose", evil}, {"roles", {evil}}}}},
        {"locks",
         {{{"name", evil}, {"user", evil}, {"purpose", evil}, {"until", evil}, {"approval", evil}}}}}},
      {"decision", evil},
      {"rule", evil},
      {"sentences", {evil}}};
  for (const std::string& text :
       {RenderSync(view, all), RenderPlan(view, all), RenderHeldSet(view.held[0], all),
        RenderStatus(status, all), *RenderExplanation(explanation.dump(), all)}) {
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
  report["held"].push_back(Held("removals", "d", "r", {Item("00u1", "a")}));
  CHECK(ExitCodeOf(View(report), false) == kExitHeld);
  report["ok"] = false;
  CHECK(ExitCodeOf(View(report), true) == kExitFailed);
  CHECK_FALSE(ParseReport("[]", 1).ok());
  CHECK_FALSE(ParseReport("{", 0).ok());
}

TEST_CASE("each held set is shown with its kind, digest, reason, warning, people and the command") {
  json plan = BaseReport("plan");
  plan["held"] = {
      Held("handover", "1111111111111111", "names pass",
           {Item("00u1", "a@x", "b@x"), Item("00u2", "b@x", "a@x")}, "certificates work for the new holder"),
      Held("quarantine", "2222222222222222", "was held by 00u9", {Item("00u3", "", "c@x")},
           "come alive again"),
      Held("taken", "3333333333333333", "from 40 of 60", {Item("00u4", "d@x", "trait okta/department")}),
      Held("cleanup", "4444444444444444", "all of them",
           {Item("00u5", "e@x"), Item("00u5", "e@x", "oktasync-leave-1")}),
      Held("news of tomorrow", "5555555555555555", "?", {Item("00u6", "f@x")})};
  plan["people"] = {Person("held", "00u1", "a@x", "locked meanwhile"), Person("held", "00u3", "c@x", "waits"),
                    Person("held", "00u5", "e@x", "the lock would go")};
  RenderOptions options = Plain();
  options.approve = "oktasync approve";
  const std::string text = RenderPlan(View(plan), options);
  CHECK_THAT(text, Catch::Contains(
                       "Held: names that pass between living users, 2 entries, digest 1111111111111111"));
  CHECK_THAT(text, Catch::Contains("  ! a@x (00u1) -> b@x: locked meanwhile\n  ! b@x (00u2) -> a@x\n"));
  CHECK_THAT(text, Catch::Contains("Careful: certificates work for the new holder"));
  CHECK_THAT(text, Catch::Contains("a name in quarantine, 1 entry") &&
                       Catch::Contains("! (new) (00u3) -> c@x: waits"));
  CHECK_THAT(text, Catch::Contains("! d@x (00u4) would lose trait okta/department"));
  CHECK_THAT(text, Catch::Contains("cleanup, what this sync has made"));
  // Of one person a user and a lock: what is said of the one is not said of the other.
  CHECK_THAT(text,
             Catch::Contains("! e@x (00u5): would be locked and deleted\n") &&
                 Catch::Contains("! e@x (00u5): the lock oktasync-leave-1, which keeps nobody out any more, "
                                 "would be removed\n"));
  CHECK_THAT(text, Catch::Contains("news of tomorrow"));
  for (const char* digest : {"1111111111111111", "2222222222222222", "3333333333333333"}) {
    CHECK_THAT(text, Catch::Contains("oktasync approve " + std::string(digest) + "\n"));
  }
  CHECK_THAT(text, Catch::Contains("7 held"));
  CHECK(ExitCodeOf(View(plan), false) == kExitHeld);
  options.approve.clear();
  CHECK_THAT(RenderPlan(View(plan), options), !Catch::Contains("oktasync approve"));
}

TEST_CASE("the limit holds within each held set, and all of it is counted") {
  json report = BaseReport("sync");
  for (const char* digest : {"1111111111111111", "2222222222222222"}) {
    json people = json::array();
    for (int i = 0; i < 50; ++i) people.push_back(Item("00u" + std::to_string(i), "p@x"));
    report["held"].push_back(Held("removals", digest, "too many", people));
  }
  const ReportView cut = View(report, 3);
  REQUIRE(cut.held.size() == 2);
  for (const ReportView::Held& set : cut.held) {
    CHECK(set.items.size() == 3);
    CHECK(set.total == 50);
  }
  CHECK(cut.TotalHeld() == 100);
  CHECK_THAT(RenderSync(cut, Plain(3)), Catch::Contains("… and 47 more held"));
  const ReportView whole = View(report, 0);
  CHECK(whole.held[1].items.size() == 50);
  CHECK(whole.held[1].total == 50);
  REQUIRE(whole.HeldSet("2222222222222222") != nullptr);
  CHECK(whole.HeldSet("3333333333333333") == nullptr);
}

TEST_CASE("renamed, adopted and carried out approvals are told as done") {
  json report = BaseReport("sync");
  report["people"] = {Person("renamed", "00u1", "new@x", "was old@x"), Person("adopted", "00u2", "b@x", "")};
  report["counts"]["renamed"] = 1;
  report["counts"]["adopted"] = 1;
  report["approvals_used"] = {"0123456789abcdef"};
  const std::string text = RenderSync(View(report), Plain());
  CHECK_THAT(text, Catch::Contains("~ new@x (00u1): was old@x") && Catch::Contains("+ b@x (00u2)"));
  CHECK_THAT(text, Catch::Contains("Approved, and carried out as far as it still held: 0123456789abcdef"));
  CHECK_THAT(text, Catch::Contains("1 adopted, 1 renamed"));
  CHECK(ExitCodeOf(View(report), false) == kExitDone);
}

TEST_CASE("R20: a standby is no failure in words, and says who is at work") {
  json report = BaseReport("sync");
  report["ok"] = false;
  report["walk_whole"] = false;
  report["standby"] = true;
  report["error"] = {{"code", "UNAVAILABLE"}, {"message", "host b holds the lease"}};
  const std::string text = RenderSync(View(report), Plain());
  CHECK_THAT(text, Catch::Contains("Standby: host b holds the lease") && !Catch::Contains("Stopped"));
  CHECK_THAT(text, !Catch::Contains("nobody was removed"));
  CHECK(ExitCodeOf(View(report), false) == kExitFailed);
}

TEST_CASE("a report of another day says which run it is, and when") {
  RenderOptions options = Plain();
  options.dated = true;
  CHECK_THAT(RenderPlan(View(BaseReport("plan")), options),
             Catch::Contains("run 3, ended 2025-01-01T00:00:12Z"));
}

TEST_CASE("a plan that stopped is none, and does not look like one with nothing to do") {
  json report = BaseReport("plan");
  CHECK_THAT(RenderPlan(View(report), Plain()), Catch::Contains("Plan: 0 to create"));
  report["ok"] = false;
  report["error"] = {{"code", "FAILED_PRECONDITION"}, {"message", "the app was not found"}};
  const std::string text = RenderPlan(View(report), Plain());
  CHECK_THAT(text, Catch::Contains("the app was not found") && Catch::Contains("No plan: it stopped"));
  CHECK_THAT(text, !Catch::Contains("to create"));
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
