#include "demo/look.h"

#include <algorithm>

namespace demo {

using nlohmann::json;

std::string NameOf(const Stage& stage, const std::string& id) {
  return stage.world().Post("/okta/people", {{"id", id}})[0].at("user_name").get<std::string>();
}

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

json LockOn(const Stage& stage, const std::string& name) {
  const json locks = stage.world().Post("/auth/locks");
  for (const json& lock : locks.at("locks")) {
    if (lock["target"]["user"] == name && lock.at("in_force").get<bool>()) return lock;
  }
  return nullptr;
}

std::string HolderOf(const Stage& stage, const std::string& name) {
  const json user = stage.world().Post("/auth/user", {{"name", name}}).at("user");
  return user.is_object() ? user["labels"].value("teleport.internal/okta-user-id", "") : "";
}

void CheckGone(Stage& stage, const std::string& name) {
  const harness::RecordView record = stage.Record();
  Strings about;
  bool seen = false;  // a look at the locks in force, between the lock and the deletion
  for (const json& entry : record.entries()) {
    const std::string call = entry.value("call", "");
    if (call == "GetLocks" && entry.value("code", "") == "OK" && about.size() == 1) seen = true;
    if (entry.value("side", "") != "auth" || entry.value("kind", "") != "write") continue;
    const bool lock = call == "UpsertLock";
    if ((lock ? entry["after"]["target"].value("user", "") : entry.value("name", "")) == name)
      about.push_back(call);
  }
  stage.Check(about == Strings{"UpsertLock", "DeleteUser"} && seen,
              name + ": locked, seen in force, then deleted; in this order, and nothing else");
  stage.Check(!UserExists(stage, name) && !LockOn(stage, name).is_null(),
              name + ": the account is gone and its name is locked");
}

}  // namespace demo
