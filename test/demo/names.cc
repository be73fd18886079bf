#include "demo/look.h"
#include "demo/scenes.h"

namespace demo {

using nlohmann::json;

void Rename(Stage& stage) {
  stage.Scene("10:45", "A new name");
  const std::string id = Assigned(stage, 6, 1)[0];
  const std::string name = NameOf(stage, id);
  stage.world().Post("/okta/rename", {{"id", id}, {"user_name", "new.name@example.com"}});
  stage.Tell(name + " is new.name@example.com in Okta now.");
  stage.Sync();
  stage.Check(stage.Record().WriteLines() ==
                  Strings{"CreateUser new.name@example.com", "UpsertLock " + name, "DeleteUser " + name},
              "the new name was made afresh; then the old one was locked, seen in force and deleted");
  stage.Check(HolderOf(stage, "new.name@example.com") == id && !LockOn(stage, name).is_null() &&
                  LockOn(stage, "new.name@example.com").is_null(),
              "the person logs in under the new name, and the old one is locked");
}

void Reuse(Stage& stage, const std::string& name) {
  stage.Scene("12:30", "A name that was somebody else's");
  const std::string id =
      stage.world().Post("/okta/hire", {{"login", "heir@example.com"}, {"user_name", name}})["ids"][0];
  stage.Tell("Somebody new is called " + name + ", as the one who was deactivated at twelve.");
  const int waits = stage.Sync().process.exit_code;
  stage.Check(waits == 3 && stage.Record().Writes().empty(),
              "nobody is created: certificates of the former holder may still be alive");
  for (const json& set : stage.Held("quarantine")) stage.Show("held: " + set.value("warning", ""));
  stage.Tell("An admin knows that there are none, and approves.");
  stage.Approve("quarantine");
  stage.Check(stage.Record().WriteLines() == Strings{"CreateUser " + name, "UpsertLock " + name},
              "the user was created, and then the former holder's lock was lifted");
  stage.Check(HolderOf(stage, name) == id && LockOn(stage, name).is_null(), name + " is the new one's");
}

void Swap(Stage& stage) {
  stage.Scene("14:30", "Two people swap their names");
  const Strings ids = Assigned(stage, 22, 2);
  const Strings names = {NameOf(stage, ids[0]), NameOf(stage, ids[1])};
  stage.world().Post("/okta/rename", {{"id", ids[0]}, {"user_name", names[1]}});
  stage.world().Post("/okta/rename", {{"id", ids[1]}, {"user_name", names[0]}});
  stage.Tell(names[0] + " and " + names[1] + " have each other's name in Okta.");
  const int waits = stage.Sync().process.exit_code;
  bool both = true;
  for (size_t i = 0; i < 2; ++i) {
    const json lock = LockOn(stage, names[i]);
    both = both && lock.is_object() && lock["expires"].is_null() && HolderOf(stage, names[i]) == ids[i];
  }
  stage.Check(waits == 3 && both && stage.Record().Writes().size() == 2,
              "both names are locked without an end, and nothing is created or deleted");
  for (const json& set : stage.Held("handover")) {
    stage.Show("held set " + set.value("digest", "") + ": " + set.value("reason", ""));
  }
  stage.Tell("An admin approves the handover.");
  stage.Approve("handover");
  stage.Check(HolderOf(stage, names[0]) == ids[1] && HolderOf(stage, names[1]) == ids[0],
              "each has the other's name, in a user that was made afresh");
  stage.Check(LockOn(stage, names[0]).is_null() && LockOn(stage, names[1]).is_null(),
              "and neither is locked out");
}

}  // namespace demo
