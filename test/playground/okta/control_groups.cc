// The control commands about groups.
#include "okta/control.h"

namespace playground::okta {

nlohmann::json Control::AddGroup(const Json& args) {
  const std::string id = org_.AddGroup(args.at("name").get<std::string>(), args.value("type", "OKTA_GROUP"));
  RecordEvent("add_group", "", {{"id", id}, {"name", args["name"]}});
  if (args.contains("id") || args.contains("ids") || args.contains("count")) {
    Json members = args;
    members["group"] = id;
    SetMembers(members, true);
  }
  return {{"id", id}};
}

nlohmann::json Control::SetMembers(const Json& args, bool members) {
  const std::string group = args.at("group").get<std::string>();
  const std::vector<std::string> ids = Ids(args, true);
  for (const std::string& id : ids) {
    org_.SetMember(group, id, members);
    RecordEvent(members ? "join_group" : "leave_group", id, {{"group", group}});
  }
  return {{"ids", ids}};
}

nlohmann::json Control::RenameGroup(const Json& args) {
  const std::string id = args.at("id").get<std::string>();
  org_.RenameGroup(id, args.at("name").get<std::string>());
  RecordEvent("rename_group", "", {{"id", id}, {"name", args["name"]}});
  return Json::object();
}

nlohmann::json Control::DeleteGroup(const Json& args) {
  const std::string id = args.at("id").get<std::string>();
  org_.DeleteGroup(id);
  RecordEvent("delete_group", "", {{"id", id}});
  return Json::object();
}

}  // namespace playground::okta
