#include "harness/record_view.h"

#include "harness/record_entry.h"

namespace harness {
namespace {

using nlohmann::json;

std::string Line(const json& write) {
  const std::string call = Text(write, "call");
  if (call == "UpsertLock") return call + " " + Target(write["after"]);
  return call + " " + (call == "DeleteLock" ? Target(write["before"]) : Text(write, "name"));
}

// Of the user or the lock that was written.
std::string OktaId(const json& write) {
  const json& resource = write["after"].is_null() ? write["before"] : write["after"];
  const bool lock = Text(write, "call") == "UpsertLock" || Text(write, "call") == "DeleteLock";
  return Text(resource.at("labels"), lock ? "oktasync/okta-user-id" : "teleport.internal/okta-user-id");
}

}  // namespace

RecordView::RecordView(const playground::Client& world, uint64_t after) : entries_(world.Record(after)) {}

std::vector<json> RecordView::Writes() const {
  std::vector<json> writes;
  for (const json& entry : entries_) {
    if (IsWrite(entry)) writes.push_back(entry);
  }
  return writes;
}

std::vector<json> RecordView::Writes(const std::string& call) const {
  std::vector<json> writes;
  for (const json& entry : entries_) {
    if (IsWrite(entry) && Text(entry, "call") == call) writes.push_back(entry);
  }
  return writes;
}

std::vector<std::string> RecordView::WriteLines() const {
  std::vector<std::string> lines;
  for (const json& write : Writes()) lines.push_back(Line(write));
  return lines;
}

CallsById RecordView::WritesById() const {
  CallsById by_id;
  for (const json& write : Writes()) by_id[OktaId(write)].push_back(Line(write));
  return by_id;
}

size_t RecordView::Requests(const std::string& side, const std::string& part) const {
  size_t count = 0;
  for (const json& entry : entries_) {
    if (Text(entry, "side") != side || Text(entry, "kind") != "request") continue;
    if (Text(entry, "path").find(part) != std::string::npos ||
        Text(entry, "call").find(part) != std::string::npos) {
      ++count;
    }
  }
  return count;
}

CallsById PlannedById(const json& report) {
  static const std::map<std::string, std::string> kCalls = {
      {"create user", "CreateUser"}, {"update user", "UpdateUser"}, {"delete user", "DeleteUser"},
      {"lock", "UpsertLock"},        {"lift lock", "UpsertLock"},   {"delete lock", "DeleteLock"}};
  CallsById by_id;
  for (const json& write : report.at("writes")) {
    by_id[write["okta_id"]].push_back(kCalls.at(write["call"].get<std::string>()) + " " +
                                      write["name"].get<std::string>());
  }
  return by_id;
}

nlohmann::json AsStored(const nlohmann::json& user) {
  return {{"name", user["name"]},
          {"labels", user["labels"]},
          {"roles", user["roles"]},
          {"traits", user["traits"]},
          {"connector", {{"type", "saml"}, {"id", "okta"}}}};
}

}  // namespace harness
