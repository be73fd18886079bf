// The part of Org that knows groups. A member is a number; deactivation leaves memberships alone, deletion
// ends them (facts/okta-api.md 3.3).
#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "okta/org.h"
#include "okta/text.h"

namespace playground::okta {
namespace {

// Okta's ids of groups are made from their numbers, beside those of the app and the client.
constexpr uint64_t kFirstGroup = 1000;

std::string Folded(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

OrgGroup& Org::GroupOf(const std::string& id) {
  const auto found = groups_.find(id);
  if (found == groups_.end()) throw std::invalid_argument("no group has the id " + id);
  return found->second;
}

void Org::AppendGroup(std::string& out, const std::string& id, const OrgGroup& group) const {
  const auto time = [&](const char* key, int64_t at) {
    out += std::string(",\"") + key + "\":\"";
    AppendIsoTime(out, at);
    out += '"';
  };
  out += "{\"id\":\"" + id + '"';
  time("created", group.created);
  time("lastUpdated", group.changed);
  time("lastMembershipUpdated", group.members_changed);
  out += ",\"objectClass\":[\"okta:user_group\"],\"type\":\"" + group.type + "\",\"profile\":{\"name\":";
  AppendJsonString(out, group.name);
  out += ",\"description\":null},\"_links\":{\"users\":{\"href\":\"" + url_ + "/api/v1/groups/" + id +
         "/users\"}}}";
}

std::optional<std::string> Org::GroupJson(const std::string& id) const {
  std::shared_lock lock(mutex_);
  const auto found = groups_.find(id);
  if (found == groups_.end()) return std::nullopt;
  std::string out;
  AppendGroup(out, id, found->second);
  return out;
}

RowPage Org::ListGroups(const std::optional<std::string>& name, uint64_t from, size_t limit) const {
  std::shared_lock lock(mutex_);
  RowPage page;
  page.json = '[';
  uint64_t position = 0;
  size_t rows = 0;
  for (const auto& [id, group] : groups_) {
    // `eq` of a search folds case; who wants the exact name must look at what comes.
    if (name && Folded(group.name) != Folded(*name)) continue;
    if (position++ < from) continue;
    if (rows == limit) {
      page.more = true;
      break;
    }
    if (rows++ > 0) page.json += ',';
    AppendGroup(page.json, id, group);
  }
  page.next = from + rows;
  page.json += ']';
  return page;
}

std::optional<RowPage> Org::ListGroupMembers(const std::string& id, uint64_t from, size_t limit,
                                             const PageFault& fault) const {
  std::shared_lock lock(mutex_);
  const auto found = groups_.find(id);
  if (found == groups_.end()) return std::nullopt;
  RowPage page;
  std::vector<uint64_t> rows;
  const std::set<uint64_t>& members = found->second.members;
  auto it = members.lower_bound(from);
  for (; it != members.end(); ++it) {
    if (states_[*it].deleted) continue;
    if (rows.size() == limit) {
      page.more = true;
      break;
    }
    rows.push_back(*it);
  }
  page.next = it == members.end() ? states_.size() : *it;
  if (fault.duplicate_row && !rows.empty()) rows.push_back(rows.front());
  const RenderContext context = Context();
  page.json = '[';
  for (size_t r = 0; r < rows.size(); ++r) {
    if (r > 0) page.json += ',';
    const size_t begin = page.json.size();
    AppendUser(page.json, context, rows[r], states_[rows[r]]);
    if (fault.row.missing_id && (fault.all_rows || r == rows.size() / 2)) {
      nlohmann::ordered_json row = nlohmann::ordered_json::parse(page.json.substr(begin));
      row.erase("id");
      page.json.replace(begin, std::string::npos, row.dump());
    }
  }
  page.json += ']';
  return page;
}

std::string Org::AddGroup(const std::string& name, const std::string& type) {
  std::unique_lock lock(mutex_);
  if (name.empty() || name.size() > 255) {
    throw std::invalid_argument("name: The field must be from 1 to 255 characters long");
  }
  if (type != "OKTA_GROUP" && type != "APP_GROUP" && type != "BUILT_IN") {
    throw std::invalid_argument("type is OKTA_GROUP, APP_GROUP or BUILT_IN");
  }
  // Only groups of apps may share a name with another.
  for (const auto& [id, group] : groups_) {
    if (type == "OKTA_GROUP" && group.type == type && group.name == name) {
      throw std::invalid_argument(
          "name: An object with this field already exists in the current organization");
    }
  }
  const std::string id = people_.MakeId("00g", kFirstGroup + groups_made_++);
  OrgGroup& group = groups_[id];
  group.name = name;
  group.type = type;
  group.created = group.changed = group.members_changed = clock_.NowMilliseconds();
  return id;
}

void Org::RenameGroup(const std::string& id, const std::string& name) {
  std::unique_lock lock(mutex_);
  OrgGroup& group = GroupOf(id);
  if (group.type != "OKTA_GROUP") throw std::invalid_argument("only groups of type OKTA_GROUP are renamed");
  group.name = name;
  group.changed = clock_.NowMilliseconds();
}

void Org::DeleteGroup(const std::string& id) {
  std::unique_lock lock(mutex_);
  GroupOf(id);
  groups_.erase(id);
}

void Org::SetMember(const std::string& group_id, const std::string& user_id, bool member) {
  std::unique_lock lock(mutex_);
  OrgGroup& group = GroupOf(group_id);
  uint64_t index = 0;
  Change(user_id, index);
  if (member) {
    group.members.insert(index);
  } else if (group.members.erase(index) == 0) {
    throw std::invalid_argument(user_id + " is not in the group " + group_id);
  }
  group.members_changed = clock_.NowMilliseconds();
}

nlohmann::json Org::GroupSummaries() const {
  std::shared_lock lock(mutex_);
  nlohmann::json out = nlohmann::json::array();
  for (const auto& [id, group] : groups_) {
    nlohmann::json members = nlohmann::json::array();
    for (const uint64_t index : group.members) {
      if (!states_[index].deleted) members.push_back(people_.IdOf(index));
    }
    out.push_back({{"id", id}, {"name", group.name}, {"type", group.type}, {"members", std::move(members)}});
  }
  return out;
}

}  // namespace playground::okta
