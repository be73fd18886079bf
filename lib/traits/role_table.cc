#include "traits/role_table.h"

#include <algorithm>

#include "traits/values.h"

namespace oktasync::traits {
namespace {

void SortUnique(auto& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

std::vector<std::string> AllRoles(const Options& options) {
  std::vector<std::string> roles;
  if (!options.default_role.empty()) roles.push_back(options.default_role);
  for (const RoleRule& rule : options.role_rules) {
    roles.insert(roles.end(), rule.roles.begin(), rule.roles.end());
  }
  SortUnique(roles);
  return roles;
}

std::vector<std::string> GroupsOfRules(const Options& options) {
  std::vector<std::string> groups;
  for (const RoleRule& rule : options.role_rules) {
    if (!rule.group.empty()) groups.push_back(rule.group);
  }
  SortUnique(groups);
  return groups;
}

RoleTable::RoleTable(const Options& options) : names_(AllRoles(options)) {
  const auto number = [this](const std::string& role) {
    return static_cast<uint32_t>(std::lower_bound(names_.begin(), names_.end(), role) - names_.begin());
  };
  if (!options.default_role.empty()) of_everyone_.push_back(number(options.default_role));
  for (const RoleRule& rule : options.role_rules) {
    Picks& picks = rule.group.empty() ? by_attribute_[rule.attribute][rule.value] : by_group_[rule.group];
    for (const std::string& role : rule.roles) picks.push_back(number(role));
  }
}

void RoleTable::PickByAttribute(const ByValue& by_value, const Profile& profile, const Attribute& attribute,
                                Picks& picks) {
  for (uint32_t i = 0; i < attribute.count; ++i) {
    char buffer[kMaxScalarText];
    const auto found = by_value.find(ScalarText(profile.values[attribute.first + i], buffer));
    if (found != by_value.end()) picks.insert(picks.end(), found->second.begin(), found->second.end());
  }
}

void RoleTable::PickByGroup(const GroupMembers* groups, std::string_view okta_id, Picks& picks) const {
  if (groups == nullptr) return;
  for (const auto& [group, given] : by_group_) {
    if (groups->Has(group, okta_id)) picks.insert(picks.end(), given.begin(), given.end());
  }
}

void RoleTable::Complete(Picks& picks) const {
  picks.insert(picks.end(), of_everyone_.begin(), of_everyone_.end());
  SortUnique(picks);
}

}  // namespace oktasync::traits
