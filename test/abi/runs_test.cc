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
