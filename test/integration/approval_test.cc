// R14: what an admin lets through: by digest, by a saved plan, once, and no more than he has seen.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("R14: a mass unassignment, approved by the saved plan, is carried out and does not count",
          "[rules]") {
  Scene scene(60);
  scene.Sync();
  const Strings gone = scene.Okta("unassign", {{"count", 25}})["ids"];
  scene.Run("plan", 3);
  const json plan = scene.last().report;
  const std::string file = scene.Save(plan);
  const std::string digest = plan["held"][0]["digest"];
  // Two are back before the admin says yes, and two more have gone.
  scene.Okta("assign", {{"ids", Strings(gone.begin(), gone.begin() + 2)}});
  const json more = scene.Okta("unassign", {{"id", scene.At(30).id}});
  scene.Run("sync", 0, {"--plan", file});
  CHECK(scene.last().report["approvals_used"] == json::array({digest}));
  CHECK(scene.Record().Writes("DeleteUser").size() == 24);  // the one beyond the plan is within the limit
  size_t labelled = 0;
  for (const json& write : scene.Record().Writes("UpsertLock")) {
    labelled += write["after"]["labels"].value("oktasync/approval", "") == digest;
  }
  CHECK(labelled == 23);
  CHECK(scene.UserNames().size() == 36);

  // The guard has ten left, less the one.
  scene.Okta("unassign", {{"count", 9}});
  scene.Sync();
  CHECK(scene.Record().Writes("DeleteUser").size() == 9);
}

TEST_CASE("R14: a plan that was tampered with, is of another app, or is too old approves nothing",
          "[rules]") {
  Scene scene(60);
  scene.Sync();
  scene.Okta("unassign", {{"count", 25}});
  scene.Run("plan", 3);
  const json plan = scene.last().report;
  json tampered = plan;
  tampered["held"][0]["people"].erase(0);
  json other = plan;
  other["app_id"] = "0oaAnotherApp";
  json old = plan;
  old["ended"] = "2024-01-01T00:00:00Z";
  for (const json& bad : {tampered, other, old, json{{"held", 1}}}) {
    harness::Process process(scene.CommandLine("sync", {"--plan", scene.Save(bad)}));
    const harness::Finished finished = scene.End(process);
    INFO(finished.out << finished.err);
    CHECK(finished.exit_code != 0);
    CHECK(scene.UserNames().size() == 60);
  }
  // A digest that nobody has shown.
  harness::Process unknown(scene.CommandLine("sync", {"--approve", "feedfeedfeedfeed"}));
  const harness::Finished finished = scene.End(unknown);
  CHECK(finished.exit_code == 1);
  CHECK_THAT(finished.out + finished.err, Contains("nothing was approved"));
  CHECK(scene.UserNames().size() == 60);
  // The plan itself still does.
  scene.Run("sync", 0, {"--plan", scene.Save(plan)});
  CHECK(scene.UserNames().size() == 35);
}

TEST_CASE("R12, R14: an attribute that vanished goes when that is approved", "[rules]") {
  Scene scene(30);
  scene.Sync();
  scene.Okta("drop_attribute", {{"name", "department"}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  scene.Approve("taken");
  CHECK(scene.Record().Writes("UpdateUser").size() == 30);
  CHECK_FALSE(scene.User(scene.At(3).name)["traits"].contains("okta/department"));
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
