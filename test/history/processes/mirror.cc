#include "history/processes/mirror.h"

#include "model/labels.h"

namespace history {
namespace {

using Json = nlohmann::json;
namespace labels = oktasync::labels;

constexpr char kDepartment[] = "department";
constexpr char kDepartmentTrait[] = "okta/department";

// The histories' own source and org, for those of this playground.
oktasync::Labels LabelsOf(const Json& resource, const Stage& stage, const World& world) {
  oktasync::Labels out;
  if (!resource.contains("labels")) return out;
  for (const auto& [key, value] : resource["labels"].items()) {
    std::string text = value.get<std::string>();
    if (key == labels::kSource && text == stage.source()) text = world.invariants.promises().source;
    if (key == labels::kOrg && text == stage.org_url()) text = world.okta.org.canonical_url;
    out[key] = std::move(text);
  }
  return out;
}

Person PersonOf(const Json& summary, const Stage& stage) {
  Person person;
  person.user_name = summary["user_name"];
  person.status = summary["status"];
  person.deleted = person.status == "DELETED";
  if (summary["assignment_status"].is_string()) person.assignment = summary["assignment_status"];
  if (person.assignment.empty() || person.deleted) return person;
  const Json whole = stage.Okta("person", {{"id", summary["id"]}});
  // The app user's profile wins (R7).
  for (const char* side : {"app_user", "user"}) {
    const Json profile = whole.value(side, Json::object()).value("profile", Json::object());
    const auto department = profile.find(kDepartment);
    if (department == profile.end() || !department->is_string()) continue;
    if (!department->get<std::string>().empty()) person.profile[kDepartment] = *department;
    break;
  }
  return person;
}

oktasync::UserRecord UserOf(const Json& user, const Stage& stage, const World& world) {
  oktasync::UserRecord out;
  out.name = user["name"];
  out.labels = LabelsOf(user, stage, world);
  for (const Json& role : user["roles"]) out.roles.push_back(role);
  const Json traits = user.value("traits", Json::object());
  if (traits.contains(kDepartmentTrait)) {
    out.traits[kDepartmentTrait] = traits[kDepartmentTrait].get<std::vector<std::string>>();
  }
  return out;
}

}  // namespace

World Mirror(const Stage& stage, const Settings& settings) {
  World world(settings);
  const absl::Time now = world.ServerNow();
  for (const Json& summary : stage.Okta("people")) {
    world.okta.people[summary["id"].get<std::string>()] = PersonOf(summary, stage);
  }
  const Json users = stage.Auth("users");
  for (const Json& user : users["users"]) world.teleport.PutUser(UserOf(user, stage, world), now);
  const Json locks = stage.Auth("locks");
  for (const Json& lock : locks["locks"]) {
    oktasync::LockRecord out;
    out.name = lock["name"];
    out.labels = LabelsOf(lock, stage, world);
    out.user = lock["target"].value("user", "");
    // Whether it is in force is all that is asked; the playground has answered that by its own clock.
    if (!lock["in_force"].get<bool>()) {
      out.expires = now - absl::Hours(1);
    } else if (!lock["expires"].is_null()) {
      out.expires = now + absl::Hours(30);
    }
    world.teleport.PutLock(std::move(out), now);
  }
  return world;
}

}  // namespace history
