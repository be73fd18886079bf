// Runs that a command asks for, and the exit codes that their reports stand for.
#include <catch2/catch.hpp>
#include <string>

#include "fake_instance.h"
#include "nlohmann/json.hpp"
#include "runs.h"

namespace oktasync::host {
namespace {

using nlohmann::json;

// A report that shows nothing out of the ordinary, after an approval that let `used` through.
std::string Report(const json& used) {
  return json{{"run_id", 101},
              {"kind", "sync"},
              {"ok", true},
              {"counts", {}},
              {"people", json::array()},
              {"approvals_used", used},
              {"notices", {"the approval is for another org or app"}}}
      .dump();
}

int ShownAfterApproval(FakeInstance& instance) {
  Options options;
  options.command = Command::kSync;
  options.json = true;
  Screen screen(true, true);
  absl::StatusOr<Signals> signals = Signals::Block();
  REQUIRE(signals.ok());
  Runs runs(options, screen, *signals, instance);
  const Went went = runs.Approve("0123456789abcdef", "");
  if (went.code >= 0) return went.code;
  return runs.Show(went.report, "oktasync approve");
}

TEST_CASE("runs: an approval that let nothing through is no success") {
  FakeInstance instance;
  instance.reports[101] = Report({"0123456789abcdef"});
  CHECK(ShownAfterApproval(instance) == kExitDone);
  FakeInstance other;
  other.reports[101] = Report(json::array());
  CHECK(ShownAfterApproval(other) == kExitFailed);
  FakeInstance refusing;
  refusing.error = {OKTASYNC_FAILED_PRECONDITION, 0, "older than 24 hours"};
  CHECK(ShownAfterApproval(refusing) == kExitFailed);
}

TEST_CASE("runs: an approval that waits for another is used by the run that has both") {
  const std::string first = "0123456789abcdef", second = "fedcba9876543210";
  Options options;
  options.command = Command::kSync;
  options.json = true;
  options.further_digests = {second};
  Screen screen(true, true);
  absl::StatusOr<Signals> signals = Signals::Block();
  REQUIRE(signals.ok());
  FakeInstance instance;
  json held = json::parse(Report(json::array()));
  held["held"] = {{{"kind", "removals"}, {"digest", second}, {"people", json::array()}}};
  instance.reports[101] = held.dump();
  instance.reports[102] = Report({first, second});
  Runs both(options, screen, *signals, instance);
  const Went went = both.Approve(first, "");
  CHECK(both.unused().empty());
  CHECK(both.Show(went.report, "oktasync sync --approve") == kExitDone);
  CHECK(instance.asked() == std::vector<std::string>{"approve " + first + "|", "approve " + second + "|"});

  // The run does not hold what is to be approved next.
  FakeInstance other;
  other.reports[101] = Report({first});
  Runs one(options, screen, *signals, other);
  CHECK(one.Show(one.Approve(first, "").report, "oktasync sync --approve") == kExitFailed);
  CHECK(other.asked() == std::vector<std::string>{"approve " + first + "|"});
}

TEST_CASE("runs: an old report that can be shown is 0, whatever it says") {
  Options options;
  options.command = Command::kReport;
  options.json = true;
  Screen screen(true, true);
  absl::StatusOr<Signals> signals = Signals::Block();
  REQUIRE(signals.ok());
  FakeInstance instance;
  Runs runs(options, screen, *signals, instance);
  json failed = json::parse(Report(json::array()));
  failed["ok"] = false;
  CHECK(runs.ShowAgain(OwnedDocument(failed.dump()), "") == kExitDone);
  CHECK(runs.ShowAgain(OwnedDocument("{"), "") == kExitFailed);
}

}  // namespace
}  // namespace oktasync::host
