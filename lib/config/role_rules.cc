#include "config/role_rules.h"

#include <algorithm>

#include "base/text.h"
#include "config/checks.h"

namespace oktasync::config {
namespace {

constexpr size_t kMaxGroupBytes = 255;  // of profile.name in Okta

// "a, b" without the blanks; an empty name stays one.
std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> names;
  for (;;) {
    const size_t comma = text.find(',');
    names.emplace_back(Trim(text.substr(0, comma), " "));
    if (comma == std::string_view::npos) return names;
    text.remove_prefix(comma + 1);
  }
}

std::string Joined(const std::vector<std::string>& roles) {
  std::string text;
  for (const std::string& role : roles) text += (text.empty() ? "" : ",") + role;
  return text;
}

}  // namespace

std::string CheckAttributeRule(std::string_view text) {
  constexpr std::string_view kForm = "expected attribute=value, such as \"department=Engineering\"";
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::string(kForm);
  const std::string_view attribute = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  if (attribute.empty() || value.empty()) {
    return "has nothing " + std::string(attribute.empty() ? "before" : "after") + " the =; " +
           std::string(kForm);
  }
  if (Trim(attribute, " ") != attribute || Trim(value, " ") != value) {
    return "has a blank around the = or at an end; attribute and value are compared to the letter, so write "
           "it without";
  }
  if (const std::string wrong = CheckAttribute(attribute); !wrong.empty()) return "before the =, " + wrong;
  if (HasControl(value)) return "holds a control character after the =";
  return {};
}

std::string CheckGroup(std::string_view text) {
  if (text.empty()) return "expected the name or the id (00g…) of an Okta group";
  if (text.size() > kMaxGroupBytes) {
    return "has " + std::to_string(text.size()) + " bytes; the name of an Okta group has at most " +
           std::to_string(kMaxGroupBytes);
  }
  if (HasControl(text)) return "holds a control character; expected the name or the id of an Okta group";
  if (Trim(text, " ") != text) {
    return "has a blank at an end; the name of a group is compared to the letter, so write it without";
  }
  return {};
}

std::string CheckRoles(std::string_view text) {
  std::vector<std::string> names = Split(text);
  if (names.size() == 1 && names.front().empty()) {
    return "is empty, expected the names of Teleport roles, separated by commas";
  }
  for (const std::string& name : names) {
    if (name.empty()) return "has a comma too many: there is no name before or after it";
    if (!CheckRoleName(name).empty()) {
      return "expected names of Teleport roles, separated by commas: letters, digits and @ _ : . + - only";
    }
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) return "names a role twice";
  return {};
}

TextMap RolesByAttribute(const std::vector<traits::RoleRule>& rules) {
  TextMap texts;
  for (const traits::RoleRule& rule : rules) {
    if (rule.group.empty()) texts[rule.attribute + "=" + rule.value] = Joined(rule.roles);
  }
  return texts;
}

void SetRolesByAttribute(const TextMap& texts, std::vector<traits::RoleRule>& rules) {
  std::erase_if(rules, [](const traits::RoleRule& rule) { return rule.group.empty(); });
  for (const auto& [text, roles] : texts) {
    // The first one: an attribute's name holds none, a value may.
    const size_t equals = text.find('=');
    rules.push_back({Split(roles), text.substr(0, equals), text.substr(equals + 1), ""});
  }
}

TextMap RolesByGroup(const std::vector<traits::RoleRule>& rules) {
  TextMap texts;
  for (const traits::RoleRule& rule : rules) {
    if (!rule.group.empty()) texts[rule.group] = Joined(rule.roles);
  }
  return texts;
}

void SetRolesByGroup(const TextMap& texts, std::vector<traits::RoleRule>& rules) {
  std::erase_if(rules, [](const traits::RoleRule& rule) { return !rule.group.empty(); });
  for (const auto& [group, roles] : texts) rules.push_back({Split(roles), "", "", group});
}

}  // namespace oktasync::config
