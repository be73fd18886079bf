// The role rules of Options, made ready: which roles a person gets, and the label that remembers them (R8).
//
// For mapper.cc and flatten.cc. Immutable, so thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/app_user.h"
#include "traits/group_members.h"
#include "traits/mapper.h"

namespace oktasync::traits {

class RoleTable {
 public:
  // Numbers of roles in their sorted order.
  using Picks = std::vector<uint32_t>;
  // What the values of one attribute give.
  using ByValue = std::map<std::string, Picks, std::less<>>;

  explicit RoleTable(const Options& options);

  const std::map<std::string, ByValue, std::less<>>& by_attribute() const { return by_attribute_; }
  // Adds what the values of `attribute` give.
  static void PickByAttribute(const ByValue& by_value, const Profile& profile, const Attribute& attribute,
                              Picks& picks);
  // Adds what the groups of this person give; `groups` may be null.
  void PickByGroup(const GroupMembers* groups, std::string_view okta_id, Picks& picks) const;

  // Puts `picks` into order and adds what everyone gets; each role once.
  void Complete(Picks& picks) const;
  const std::string& Name(uint32_t role) const { return names_[role]; }

 private:
  std::vector<std::string> names_;  // AllRoles
  Picks of_everyone_;
  std::map<std::string, ByValue, std::less<>> by_attribute_;
  std::map<std::string, Picks, std::less<>> by_group_;
};

}  // namespace oktasync::traits
