#include "harness/record_view.h"

#include <map>
#include <set>

namespace harness {
namespace {

using nlohmann::json;

constexpr double kCredentialLife = 30 * 3600.0;
constexpr double kReadAge = 60.0;

std::string Text(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

bool IsWrite(const json& entry) { return Text(entry, "kind") == "write" && Text(entry, "side") == "auth"; }

std::string Target(const json& lock) {
  return lock.is_object() && lock.contains("target") ? Text(lock["target"], "user") : "";
}

std::string Label(const json& resource, const char* key) {
  return resource.is_object() && resource.contains("labels") ? Text(resource["labels"], key) : "";
}

bool Ours(const json& resource, const std::string& source) {
  return Label(resource, "teleport.dev/origin") == "okta" && Label(resource, "oktasync/source") == source;
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
  for (const json& write : Writes()) {
    const std::string call = Text(write, "call");
    lines.push_back(call + " " + (call == "UpsertLock" ? Target(write["after"]) : Text(write, "name")));
  }
  return lines;
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

std::vector<std::string> BrokenInvariants(const json& record, const std::string& source_label,
                                          size_t most_removals) {
  std::vector<std::string> broken;
  std::map<std::string, json> locks;      // by name, as last written
  std::map<std::string, double> read_at;  // Okta id to the last single read
  std::set<std::string> removed;
  for (const json& entry : record) {
    const double at = entry.value("at", 0.0);
    if (Text(entry, "side") == "okta" && Text(entry, "kind") == "request") {
      const std::string path = Text(entry, "path");
      const size_t users = path.rfind("/users/");
      if (users != std::string::npos) {
        const std::string id = path.substr(users + 7, path.find('?') - users - 7);
        read_at[id] = entry.value("began", at);
      }
      continue;
    }
    if (!IsWrite(entry)) continue;
    const std::string call = Text(entry, "call");
    const std::string name = Text(entry, "name");
    const json before = entry.value("before", json());
    const json after = entry.value("after", json());
    const std::string what = call + " of " + name + " (entry " + std::to_string(entry.value("seq", 0)) + ")";

    if (!before.is_null() && !Ours(before, source_label))
      broken.push_back("1: " + what + " found what is not ours");
    if (!after.is_null() && !Ours(after, source_label))
      broken.push_back("1: " + what + " left what is not ours");

    const bool leave_lock = call == "UpsertLock" && Label(after, "oktasync/purpose") == "leave" &&
                            (after.value("expires", json()).is_null() || after["expires"].get<double>() > at);
    if (call == "UpsertLock") locks[name] = after;
    const std::string id =
        leave_lock ? Label(after, "oktasync/okta-user-id") : Label(before, "teleport.internal/okta-user-id");
    if (leave_lock || call == "DeleteUser") {
      const auto read = read_at.find(id);
      if (read == read_at.end() || at - read->second > kReadAge) {
        broken.push_back("3: " + what + " follows no single read of " + id + " in the last minute");
      }
    }
    if (call != "DeleteUser") continue;
    removed.insert(id);
    bool locked = false;
    for (const auto& [lock_name, lock] : locks) {
      const json expires = lock.value("expires", json());
      locked = locked ||
               (Target(lock) == name && (expires.is_null() || expires.get<double>() - at >= kCredentialLife));
    }
    if (!locked) broken.push_back("2: " + what + " follows no lock that outlives it by 30 hours");
  }
  if (removed.size() > most_removals) {
    broken.push_back("7: " + std::to_string(removed.size()) + " people were removed, the limit is " +
                     std::to_string(most_removals));
  }
  return broken;
}

}  // namespace harness
