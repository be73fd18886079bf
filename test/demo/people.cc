#include "demo/look.h"
#include "demo/scenes.h"

namespace demo {

using harness::RunResult;
using nlohmann::json;

void Import(Stage& stage, int people) {
  stage.Scene("08:00", "First import");
  stage.Tell("Everyone who is assigned to the app becomes a Teleport user.");
  const RunResult& run = stage.Sync();
  const auto created = stage.Record().Writes("CreateUser");
  stage.Check(run.process.exit_code == 0 && created.size() == static_cast<size_t>(people),
              std::to_string(created.size()) + " users were created");
  if (!created.empty()) {
    const json& user = created[0]["after"];
    stage.Show("for example " + user["name"].get<std::string>() + ": roles " + user["roles"].dump() +
               ", okta/firstName " + user["traits"].value("okta/firstName", json::array()).dump() +
               ", connector " + user["created_by"]["connector"].value("id", "") + ", and " +
               std::to_string(user["traits"].size()) + " traits");
  }
}

void NothingToDo(Stage& stage) {
  stage.Scene("08:30", "A second run");
  stage.Tell("Nothing changed in Okta.");
  stage.Sync();
  stage.Check(stage.Record().Writes().empty(), "not one user and not one lock was written");
}

void Hire(Stage& stage) {
  stage.Scene("09:00", "A hire");
  const json hired = stage.world().Post(
      "/okta/hire", {{"login", "hiro@example.com"}, {"profile", {{"department", "Deliveries"}}}});
  const std::string name = hired["user_names"][0];
  stage.Tell(name + " was assigned to the app.");
  stage.Sync();
  stage.Check(stage.Record().WriteLines() == Strings{"CreateUser " + name},
              name + " exists, and nothing else was written");
}

void Edit(Stage& stage) {
  stage.Scene("10:15", "A changed department");
  const std::string id = Assigned(stage, 5, 1)[0];
  const std::string name = NameOf(stage, id);
  stage.world().Post("/okta/edit", {{"id", id}, {"profile", {{"department", "Metaverse"}}}});
  stage.Tell(name + " moved to the department Metaverse.");
  stage.Sync();
  const auto updates = stage.Record().Writes();
  stage.Check(
      updates.size() == 1 && updates[0]["after"]["traits"]["okta/department"] == json::array({"Metaverse"}),
      "one update, and the trait okta/department says Metaverse");
  if (updates.size() == 1) {
    stage.Show(name + ": okta/department " + updates[0]["before"]["traits"]["okta/department"].dump() +
               " → " + updates[0]["after"]["traits"]["okta/department"].dump());
  }
}

std::string Unassign(Stage& stage) {
  stage.Scene("11:00", "An unassignment");
  const std::string id = Assigned(stage, 7, 1)[0];
  const std::string name = NameOf(stage, id);
  stage.world().Post("/okta/unassign", {{"id", id}});
  stage.Tell(name + " was taken off the app.");
  stage.Sync();
  CheckGone(stage, name);
  return id;
}

std::string Deactivate(Stage& stage) {
  stage.Scene("12:00", "A deactivation");
  const std::string id = Assigned(stage, 9, 1)[0];
  const std::string name = NameOf(stage, id);
  stage.world().Post("/okta/deactivate", {{"id", id}});
  stage.Tell(name + " was deactivated in Okta.");
  stage.Sync();
  CheckGone(stage, name);
  const json lock = LockOn(stage, name);
  if (!lock.is_null()) stage.Show("the lock says: " + lock.value("message", std::string()));
  return name;
}

void ComeBack(Stage& stage, const std::string& id) {
  stage.Scene("13:30", "A return");
  stage.world().Post("/okta/assign", {{"id", id}});
  const std::string name = NameOf(stage, id);
  stage.Tell(name + ", who was taken off at eleven, is back on the app.");
  stage.Sync();
  stage.Check(stage.Record().WriteLines() == Strings{"CreateUser " + name, "UpsertLock " + name},
              name + " was created again, and then the lock on that name was lifted");
  stage.Check(LockOn(stage, name).is_null(), name + " is no longer locked out");
}

void Suspend(Stage& stage) {
  stage.Scene("14:00", "A suspension, by either policy");
  const std::string id = Assigned(stage, 20, 1)[0];
  const std::string name = NameOf(stage, id);
  stage.world().Post("/okta/suspend", {{"id", id}});
  stage.Tell(name + " was suspended in Okta.");
  stage.Sync();
  stage.Check(stage.Record().Writes().empty(), "by the policy ignore nothing happens");
  stage.Configure("users", "suspended: lock");
  stage.Sync();
  const json lock = LockOn(stage, name);
  stage.Check(stage.Record().WriteLines() == Strings{"UpsertLock " + name} && lock.is_object() &&
                  lock["expires"].is_null(),
              "by the policy lock " + name + " is locked without an end, and not deleted");
  stage.world().Post("/okta/unsuspend", {{"id", id}});
  stage.Tell("The suspension ends.");
  stage.Sync();
  stage.Check(LockOn(stage, name).is_null() && UserExists(stage, name), "the lock was lifted");
}

}  // namespace demo
