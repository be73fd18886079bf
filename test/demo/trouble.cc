#include <signal.h>

#include <chrono>

#include "demo/look.h"
#include "demo/scenes.h"

namespace demo {

using harness::RunResult;
using nlohmann::json;

void Outage(Stage& stage) {
  stage.Scene("15:00", "Okta fails in the middle of a walk");
  const Strings ids = Assigned(stage, 11, 2);
  Strings names;
  for (const std::string& id : ids) names.push_back(NameOf(stage, id));
  stage.world().Post("/okta/unassign", {{"ids", ids}});
  stage.world().Post("/okta/fault",
                     {{"path", "/users\\?.*after="}, {"kind", "status"}, {"status", 503}, {"times", -1}});
  stage.Tell("Two people were taken off the app, and from the second page on Okta answers 503.");
  const int during = stage.Sync().process.exit_code;
  stage.Check(during == 1 && stage.Record().Writes().empty(), "the run failed, said so, and removed nobody");
  stage.world().Post("/okta/clear_faults");
  stage.Tell("Okta is well again.");
  stage.Sync();
  for (const std::string& name : names) CheckGone(stage, name);
}

void Takeover(Stage& stage) {
  stage.Scene("16:00", "Two hosts, and one of them dies");
  stage.Tell("Only one host at a time syncs an app: whoever holds its lease, here one of 20 seconds.");
  stage.Configure("lease", "term: 20s");
  stage.Configure("lease", "safety: 5s");
  Stage::Host first = stage.Start("first");
  const auto leases = [&] { return stage.world().Post("/auth/leases").at("leases"); };
  const bool began = stage.Await(
      [&] { return stage.Record().Requests("auth", "EmitAuditEvent") > 0 && leases().size() == 1; }, 60);
  Stage::Host second = stage.Start("second");
  const auto standby = [&] {
    const json status = stage.Status(second);
    return status.is_object() ? status.value("standby", "") : "";
  };
  const bool stands_by = stage.Await([&] { return !standby().empty(); }, 60);
  stage.Check(began && stands_by && stage.Record().Writes().empty(),
              "the first holds the lease, the second stands by");
  stage.Show("oktasync status of the second: standby: " + standby());

  const std::string id = Assigned(stage, 30, 1)[0];
  const std::string name = NameOf(stage, id);
  stage.world().Post("/okta/unassign", {{"id", id}});
  const std::string holder = leases().at(0).value("holder", "");
  first.process->Signal(SIGKILL);
  const auto killed = std::chrono::steady_clock::now();
  stage.Tell(name + " is taken off the app, and the first host is killed.");
  const bool taken = stage.Await([&] { return !UserExists(stage, name); }, 90);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - killed).count();
  stage.Check(taken && leases().size() == 1 && leases().at(0).value("holder", "") != holder,
              "when the lease had run out the second took it and went on, " +
                  std::to_string(static_cast<int>(seconds)) + " s after the kill");
  CheckGone(stage, name);
  second.process->Signal(SIGTERM);
  stage.Check(second.process->Wait(600).exit_code == 0 && leases().empty(),
              "asked to end, it gave the lease back");
}

void MassUnassignment(Stage& stage, int people) {
  stage.Scene("17:00", "A mass unassignment");
  const int many = people / 4;
  stage.world().Post("/okta/unassign", {{"count", many}});
  stage.Tell(std::to_string(many) + " people are taken off the app at once; perhaps by mistake.");
  const RunResult& run = stage.Sync();
  stage.Check(run.process.exit_code == 3 && run.Count("held") == static_cast<uint64_t>(many),
              "the guard holds all " + std::to_string(many) + " removals and the exit code says so");
  stage.Check(stage.Record().Writes().empty(), "nobody was locked and nobody was deleted");
  for (const json& set : stage.Held("removals")) {
    stage.Show("held set " + set.value("digest", "") + ": " + set.value("reason", ""));
  }

  stage.Scene("17:30", "It was no mistake");
  const std::string digest = stage.Held("removals").at(0).value("digest", "");
  stage.Tell("The admin looks at what would be done, and approves that set.");
  stage.Run({"plan"});
  stage.Check(stage.Held("removals").size() == 1 && stage.Held("removals")[0].value("digest", "") == digest &&
                  stage.Record().Writes().empty(),
              "the plan holds the same set, and writes nothing");
  const int done = stage.Approve("removals").process.exit_code;
  size_t approved = 0;
  for (const json& lock : stage.Record().Writes("UpsertLock")) {
    if (lock["after"]["labels"].value("oktasync/approval", "") == digest) ++approved;
  }
  stage.Check(done == 0 && stage.Record().Writes("DeleteUser").size() == static_cast<size_t>(many) &&
                  approved == static_cast<size_t>(many),
              "all " + std::to_string(many) + " were locked, under that approval, and deleted");
  stage.Sync();
  stage.Check(stage.Record().Writes().size() == 2 * static_cast<size_t>(many),
              "and a second run writes nothing");
}

}  // namespace demo
