// The traits of one person as a flat, sorted list that borrows from the profile: what Map builds a user from
// and MapDigest digests, with the roles that attributes give. Rule R7 lives here. For mapper.cc alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/app_user.h"
#include "traits/mapper.h"
#include "traits/role_table.h"

namespace oktasync::traits {

// The lists of Options, and the roles that attributes give, indexed by attribute. Immutable.
class AttributeRules {
 public:
  // `roles` must outlive it.
  AttributeRules(const Options& options, const RoleTable& roles);

  struct Rule {
    bool included = false;  // named in Options::include
    bool excluded = false;
    bool patterns = false;                      // control characters and patterns may pass
    std::string key;                            // "" for "okta/<attribute>"
    const RoleTable::ByValue* roles = nullptr;  // what its values give; null: nothing
  };
  // The rule of an attribute that no list names is `other()`.
  const Rule& Of(std::string_view attribute) const;
  bool Takes(const Rule& rule) const { return !rule.excluded && (include_all_ || rule.included); }
  bool has_renames() const { return has_renames_; }

 private:
  std::map<std::string, Rule, std::less<>> rules_;
  Rule other_;
  bool include_all_ = true;
  bool has_renames_ = false;
};

struct FlatTrait {
  std::string_view key;
  uint32_t first = 0;  // of its values
  uint32_t count = 0;  // at least 1
  bool own = false;    // the key is outside of "okta/"
};

// Borrows from the AppUser, the rules, and its own `text`; not copyable, because views would then lie.
struct FlatTraits {
  FlatTraits() = default;
  FlatTraits(const FlatTraits&) = delete;
  FlatTraits& operator=(const FlatTraits&) = delete;

  std::vector<FlatTrait> traits;  // by key, no key twice
  std::vector<std::string_view> values;
  std::vector<char> text;  // keys and numbers in words; never grows once views into it exist
  RoleTable::Picks roles;  // what attributes give, in no order
};

// Fills `out`, which is empty before. Findings may be null.
void Flatten(const AppUser& user, const Options& options, const AttributeRules& rules, FlatTraits& out,
             std::vector<Finding>* findings);

}  // namespace oktasync::traits
