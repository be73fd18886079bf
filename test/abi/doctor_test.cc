// What `oktasync doctor` makes of the plugin's checks and of a daemon's status.
#include <catch2/catch.hpp>

#include "doctor_view.h"
#include "nlohmann/json.hpp"
#include "render.h"

namespace oktasync::host {
namespace {

using Catch::Matchers::Contains;

constexpr char kDocument[] = R"({"checks": [
  {"id": "okta.dns", "title": "Okta: name", "outcome": "pass", "seen": "known", "todo": "", "because": "", "facts": {}},
  {"id": "okta.tls", "title": "Okta: TLS", "outcome": "fail", "seen": "exp\u001bired", "todo": "Renew it", "because": "",
   "facts": {}},
  {"id": "okta.token", "title": "Okta: token", "outcome": "not_known", "seen": "not asked", "todo": "",
   "because": "okta.tls", "facts": {}},
  {"id": "teleport.lease", "title": "Teleport: lease", "outcome": "pass", "seen": "box-77-ab holds it", "todo": "Wait",
   "because": "", "facts": {"holder": "box-77-ab", "until": "noon"}},
  {"id": "sync.last_walk", "title": "Sync: last list", "outcome": "not_known", "seen": "?", "todo": "", "because": "",
   "facts": {}}], "passed": 2, "failed": 1, "not_known": 2, "new": true})";

DoctorView View() {
  absl::StatusOr<DoctorView> view = ParseDoctor(kDocument);
  REQUIRE(view.ok());
  return *std::move(view);
}

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

StatusView Status() {
  StatusView status;
  status.last_whole_walk = "2027-01-15T07:58:00.000Z";  // two minutes before
  status.daemon.emplace();
  status.daemon->pid = 77;
  return status;
}

TEST_CASE("a line for each check, with what to do below; text from outside is escaped") {
  const std::string text = RenderDoctor(View(), {});
  CHECK_THAT(text, Contains("✓ Okta: name: known\n"));
  CHECK_THAT(text, Contains("✗ Okta: TLS: exp\\x1bired\n    → Renew it\n"));
  CHECK_THAT(text, Contains("? Okta: token: not asked, because of \"Okta: TLS\"\n"));
  CHECK_THAT(text, Contains("5 checks: 2 good, 1 failed, 2 not known"));
}

TEST_CASE("long lines are broken at blanks and indented") {
  DoctorView view;
  DoctorView::Check check;
  check.id = check.title = "a";
  check.outcome = "fail";
  for (int i = 0; i < 40; ++i) check.seen += "word" + std::to_string(i) + " ";
  check.todo = check.seen;
  view.checks.push_back(check);
  const std::string text = RenderDoctor(view, {});
  CHECK_THAT(text, Contains("\n  word") && Contains("\n      word"));
  size_t begin = 0;
  for (size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    CHECK(end - begin <= 118);
  }
}

TEST_CASE("the daemon's last whole list, and the lease that is its own") {
  DoctorView view = View();
  AddDaemon(Status(), "", "box", kNow, &view);
  CHECK(view.Find("sync.last_walk")->outcome == "pass");
  CHECK_THAT(view.Find("sync.last_walk")->seen, Contains("2 min 0 s ago"));
  CHECK(view.Find("teleport.lease")->outcome == "pass");
  CHECK_THAT(view.Find("teleport.lease")->seen, Contains("process 77") && Contains("until noon"));
  CHECK(view.Find("teleport.lease")->todo.empty());

  for (const char* other : {"bo", "box-7", "other", ""}) {
    INFO(other);
    view = View();
    AddDaemon(Status(), "", other, kNow, &view);
    CHECK(view.Find("teleport.lease")->todo == "Wait");
  }
  // Nobody's.
  view = View();
  for (DoctorView::Check& check : view.checks) check.facts.clear();
  AddDaemon(Status(), "", "box", kNow, &view);
  CHECK(view.Find("teleport.lease")->todo == "Wait");
  CHECK(view.Find("teleport.lease")->facts.empty());
  StatusView status = Status();
  status.daemon->pid = 7;  // not a beginning of 77
  view = View();
  AddDaemon(status, "", "box", kNow, &view);
  CHECK(view.Find("teleport.lease")->todo == "Wait");
}

TEST_CASE("an alarm fails, no list yet is not known, and without a daemon it is said why") {
  StatusView status = Status();
  status.alarm = "no whole list for 3 h";
  DoctorView view = View();
  AddDaemon(status, "", "box", kNow, &view);
  CHECK(view.Find("sync.last_walk")->outcome == "fail");
  CHECK_THAT(view.Find("sync.last_walk")->seen, Contains("no whole list for 3 h") && Contains("ago"));
  status = Status();
  status.last_whole_walk.clear();
  view = View();
  AddDaemon(status, "", "box", kNow, &view);
  CHECK(view.Find("sync.last_walk")->outcome == "not_known");
  CHECK_THAT(view.Find("sync.last_walk")->seen, Contains("not seen one yet"));
  view = View();
  AddDaemon(std::nullopt, "nobody answers", "box", kNow, &view);
  CHECK(view.Find("sync.last_walk")->outcome == "not_known");
  CHECK(view.Find("sync.last_walk")->seen == "nobody answers");
  CHECK(view.Find("teleport.lease")->todo == "Wait");
}

TEST_CASE("the JSON that is printed counts anew, and what is no preflight is refused") {
  DoctorView view = View();
  AddDaemon(Status(), "", "box", kNow, &view);
  const nlohmann::json json = nlohmann::json::parse(ToJson(view));
  CHECK(json["passed"] == 3);
  CHECK(json["failed"] == 1);
  CHECK(json["not_known"] == 1);
  CHECK(json["checks"].size() == 5);
  CHECK(json["checks"][3]["facts"]["holder"] == "box-77-ab");
  for (const char* text :
       {"", "[]", "{}", R"({"checks": []})", R"({"checks": [1]})", R"({"checks": [{"id": ""}]})"}) {
    INFO(text);
    CHECK_FALSE(ParseDoctor(text).ok());
  }
}

}  // namespace
}  // namespace oktasync::host
