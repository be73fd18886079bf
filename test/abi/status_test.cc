// A daemon's status for people, and the exit code it stands for: loud about what somebody must act on.
#include <catch2/catch.hpp>
#include <string>

#include "nlohmann/json.hpp"
#include "options.h"
#include "render.h"
#include "status_view.h"

namespace oktasync::host {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

json Well() {
  return {{"state", "running"},
          {"progress", nullptr},
          {"last_run", {{"run_id", 4}, {"ended", "2025-01-01T00:00:00Z"}, {"ok", true}, {"error", nullptr}}},
          {"last_whole_walk", "2025-01-01T00:00:00Z"},
          {"next_run", "2025-01-01T00:30:00Z"},
          {"runs", 4},
          {"last_error", ""},
          {"standby", ""},
          {"alarm", ""},
          {"held", json::array()},
          {"log_lines_dropped", 0},
          {"audit_events_failed", 0},
          {"daemon",
           {{"pid", 77},
            {"version", "1.2.3"},
            {"config_file", "/etc/x.yaml"},
            {"config_digest", "ff"},
            {"runs", {5, 4}}}}};
}

StatusView View(const json& status) {
  const auto view = ParseStatus(status.dump());
  REQUIRE(view);
  return *view;
}

std::string Text(const json& status) {
  RenderOptions options;
  options.approve = "oktasync approve";
  options.report = "oktasync report";
  return RenderStatus(View(status), options);
}

TEST_CASE("status: when all is well it is short, and 0") {
  const std::string text = Text(Well());
  CHECK_THAT(text, Contains("running, process 77, oktasync 1.2.3, /etc/x.yaml"));
  CHECK_THAT(text, Contains("run 4, ended 2025-01-01T00:00:00Z, done") && Contains("idle"));
  CHECK_THAT(text, !Contains("ALARM") && !Contains("HELD") && !Contains("STANDBY") && !Contains("FAILED"));
  CHECK(ExitCodeOf(View(Well())) == kExitDone);
  CHECK(View(Well()).daemon->runs == std::vector<uint64_t>{5, 4});
}

TEST_CASE("status: an alarm, a failed sync and held sets are loud, and 3") {
  json status = Well();
  status["alarm"] = "no whole list has been seen for 3h";
  CHECK_THAT(Text(status), Contains("ALARM: no whole list has been seen for 3h"));
  CHECK(ExitCodeOf(View(status)) == kExitHeld);

  status = Well();
  status["to_mend"] = {"the renewed identity could not be kept", 7};
  CHECK_THAT(Text(status), Contains("TO MEND, as of the last run: the renewed identity could not be kept\n"));
  CHECK(ExitCodeOf(View(status)) == kExitHeld);

  status = Well();
  status["last_run"]["ok"] = false;
  status["last_run"]["error"] = {{"code", "UNAVAILABLE"}, {"message", "Okta is away"}};
  CHECK_THAT(Text(status), Contains("not done: Okta is away [UNAVAILABLE]"));
  CHECK(ExitCodeOf(View(status)) == kExitHeld);

  status = Well();
  status["held"] = {
      {{"kind", "quarantine"},
       {"digest", "0123456789abcdef"},
       {"people", 1},
       {"reason", "held by another before"},
       {"warning", "certificates come alive again"}},
      {{"kind", "removals"}, {"digest", "fedcba9876543210"}, {"people", 25}, {"reason", "too many"}}};
  const std::string text = Text(status);
  CHECK_THAT(text, Contains("HELD: 2 sets wait for an approval, 26 entries"));
  CHECK_THAT(text, Contains("0123456789abcdef  a name in quarantine, 1 entry"));
  CHECK_THAT(text, Contains("Careful: certificates come alive again"));
  CHECK_THAT(text, Contains("oktasync approve fedcba9876543210\n") && Contains("oktasync report 4\n"));
  CHECK(ExitCodeOf(View(status)) == kExitHeld);
}

TEST_CASE("status: standing by is well, a failed instance is not") {
  json status = Well();
  status["standby"] = "host b holds the lease";
  status["last_run"]["ok"] = false;
  status["last_run"]["error"] = {{"code", "UNAVAILABLE"}, {"message", "host b holds the lease"}};
  CHECK_THAT(Text(status), Contains("STANDBY: host b holds the lease"));
  CHECK(ExitCodeOf(View(status)) == kExitDone);
  status["alarm"] = "too long";
  CHECK(ExitCodeOf(View(status)) == kExitHeld);

  status = Well();
  status["state"] = "failed";
  status["last_error"] = "out of memory";
  CHECK_THAT(Text(status), Contains("FAILED: out of memory"));
  CHECK(ExitCodeOf(View(status)) == kExitFailed);
}

TEST_CASE("status: a run under way, and one that never was") {
  json status = Well();
  status["last_run"] = nullptr;
  status["last_whole_walk"] = nullptr;
  status["next_run"] = nullptr;
  status["progress"] = {{"run_id", 5}, {"kind", "plan"}, {"stage", "walk"},
                        {"seen", 12},  {"expected", 0},  {"written", 0}};
  const std::string text = Text(status);
  CHECK_THAT(text, Contains("none yet") && Contains("not yet") && Contains("after this run"));
  CHECK_THAT(text, Contains("plan 5: walk: 12 people"));
  CHECK(ExitCodeOf(View(status)) == kExitDone);
}

TEST_CASE("explain: both sides, the decision, its rule and the sentences") {
  const json explanation = {{"query", "ada@x"},
                            {"okta",
                             {{"id", "00u1"},
                              {"exists", true},
                              {"status", "ACTIVE"},
                              {"assigned", true},
                              {"assignment_status", "ACTIVE"},
                              {"name", "ada@x"},
                              {"presence", "present"}}},
                            {"teleport",
                             {{"users",
                               {{{"name", "ada@x"}, {"whose", "ours"}, {"roles", {"a", "b"}}},
                                {{"name", "ada2@x"}, {"whose", "not ours"}, {"roles", json::array()}}}},
                              {"locks",
                               {{{"name", "l1"},
                                 {"user", "ada@x"},
                                 {"purpose", "leave"},
                                 {"until", "until tomorrow"},
                                 {"in_force", true},
                                 {"approval", "0123"}}}}}},
                            {"rule", "R16"},
                            {"decision", "return"},
                            {"sentences", {"Present again.", "A run lifts the lock."}}};
  const auto text = RenderExplanation(explanation.dump(), {});
  REQUIRE(text.ok());
  CHECK_THAT(*text, Contains("user 00u1, status ACTIVE") && Contains("assigned to the app as ada@x"));
  CHECK_THAT(*text,
             Contains("user ada@x: ours; roles a, b") && Contains("user ada2@x: not ours; roles none"));
  CHECK_THAT(*text,
             Contains("lock on ada@x, ours, purpose leave, in force, until tomorrow, approved by 0123 (l1)"));
  CHECK_THAT(*text, Contains("A sync would: return (rule R16)") && Contains("A run lifts the lock."));
  CHECK_FALSE(RenderExplanation("{}", {}).ok());
  CHECK_FALSE(RenderExplanation("nonsense", {}).ok());
}

}  // namespace
}  // namespace oktasync::host
