#include "demo/day.h"

#include <algorithm>

namespace demo {
namespace {

using harness::RecordView;
using harness::RunResult;
using nlohmann::json;
using Strings = std::vector<std::string>;

std::string NameOf(const Stage& stage, const std::string& id) {
  return stage.world().Post("/okta/people", {{"id", id}})[0].at("user_name").get<std::string>();
}

// Ids of assigned people from the `from`-th on.
Strings Assigned(const Stage& stage, size_t from, size_t count) {
  Strings ids;
  for (const json& person : stage.world().Post("/okta/people")) {
    if (person["assignment_status"].is_null()) continue;
    if (from > 0) {
      --from;
      continue;
    }
    if (ids.size() < count) ids.push_back(person["id"]);
  }
  return ids;
}

bool UserExists(const Stage& stage, const std::string& name) {
  const json users = stage.world().Post("/auth/users").at("users");
  return std::any_of(users.begin(), users.end(), [&](const json& user) { return user["name"] == name; });
}

// The lock on `name` that the auth service shows as in force, or null.
json LockOn(const Stage& stage, const std::string& name) {
  const json locks = stage.world().Post("/auth/locks");
  for (const json& lock : locks.at("locks")) {
    if (lock["target"]["user"] == name && lock.at("in_force").get<bool>()) return lock;
  }
  return nullptr;
}

void CheckGone(Stage& stage, const std::string& name) {
  Strings about;
  for (const std::string& line : stage.Record().WriteLines()) {
    if (line.ends_with(" " + name)) about.push_back(line);
  }
  stage.Check(about == Strings{"UpsertLock " + name, "DeleteUser " + name},
              name + ": locked, seen in force, then deleted; in this order, and nothing else");
  stage.Check(!UserExists(stage, name) && !LockOn(stage, name).is_null(),
              name + ": the account is gone and its name is locked");
}

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

void Deactivate(Stage& stage) {
  stage.Scene("12:00", "A deactivation");
  const std::string id = Assigned(stage, 9, 1)[0];
  const std::string name = NameOf(stage, id);
  stage.world().Post("/okta/deactivate", {{"id", id}});
  stage.Tell(name + " was deactivated in Okta.");
  stage.Sync();
  CheckGone(stage, name);
  const json lock = LockOn(stage, name);
  if (!lock.is_null()) stage.Show("the lock says: " + lock.value("message", std::string()));
}

void ComeBack(Stage& stage, const std::string& id) {
  stage.Scene("13:30", "A return");
  stage.world().Post("/okta/assign", {{"id", id}});
  const std::string name = NameOf(stage, id);
  stage.Tell(name + ", who was taken off at eleven, is back on the app.");
  stage.Sync();
  stage.Check(stage.Record().WriteLines() == Strings{"CreateUser " + name, "UpsertLock " + name},
              name + " was created again, and then his lock was lifted");
  stage.Check(LockOn(stage, name).is_null(), name + " is no longer locked out");
}

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

void MassUnassignment(Stage& stage, int people) {
  stage.Scene("17:00", "A mass unassignment");
  const int many = people / 4;
  stage.world().Post("/okta/unassign", {{"count", many}});
  stage.Tell("By mistake " + std::to_string(many) + " people are taken off the app at once.");
  const RunResult& run = stage.Sync();
  stage.Check(run.process.exit_code == 3 && run.Count("held") == static_cast<uint64_t>(many),
              "the guard holds all " + std::to_string(many) + " removals and the exit code says so");
  stage.Check(stage.Record().Writes().empty(), "nobody was locked and nobody was deleted");
  if (run.report.is_object()) {
    stage.Show("held set " + run.report["held"].value("digest", "") + ": " +
               run.report["held"].value("reason", ""));
  }
}

}  // namespace

void PlayDay(Stage& stage, int people) {
  Import(stage, people);
  NothingToDo(stage);
  Hire(stage);
  Edit(stage);
  const std::string gone = Unassign(stage);
  Deactivate(stage);
  ComeBack(stage, gone);
  Outage(stage);
  MassUnassignment(stage, people);
}

}  // namespace demo
