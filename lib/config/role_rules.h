// `users.roles_by_attribute` and `users.roles_by_group`: how the configuration spells rule R8's role rules.
//
// For the schema's table. The checks are those of checks.h: "" for good, else the rest of a sentence. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "traits/mapper.h"

namespace oktasync::config {

std::string CheckAttributeRule(std::string_view text);  // "department=Engineering"
std::string CheckGroup(std::string_view text);          // name or id of an Okta group
std::string CheckRoles(std::string_view text);          // "access, dev"

using TextMap = std::map<std::string, std::string>;

// Rules of one kind to and from their texts, which have passed the checks. The setters leave the rules of the
// other kind as they are.
TextMap RolesByAttribute(const std::vector<traits::RoleRule>& rules);
void SetRolesByAttribute(const TextMap& texts, std::vector<traits::RoleRule>& rules);
TextMap RolesByGroup(const std::vector<traits::RoleRule>& rules);
void SetRolesByGroup(const TextMap& texts, std::vector<traits::RoleRule>& rules);

}  // namespace oktasync::config
