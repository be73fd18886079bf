// Okta's profile to a Teleport user: name, traits, roles, labels. Pure.
//
// Rules R4, R5, R7, R8. Thread-safe: a Mapper is immutable.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/app_user.h"
#include "model/source_id.h"
#include "model/user_record.h"

namespace oktasync::traits {

class GroupMembers;  // traits/group_members.h

// Rule R8: who matches gets the roles. Either `attribute` with `value`, or `group`.
struct RoleRule {
  std::vector<std::string> roles;
  // An attribute of the profile as its traits are made from it (the app profile wins), but before the lists of
  // Options take it out or rename it. Any one of its values is enough; compared exactly, numbers and booleans
  // by their canonical text.
  std::string attribute;
  std::string value;
  std::string group;  // name or id of an Okta group, as the configuration spells it
};

struct Options {
  SourceId source;
  std::string org_url;  // canonical, for the label okta/org
  // Roles given to everyone, "" for none. With the label oktasync/roles that remembers it.
  std::string default_role = "okta-requester";
  std::vector<RoleRule> role_rules;            // what else is given, and to whom
  ConnectorRef connector{"saml", "okta", ""};  // identity is filled with the name; type "" for none

  std::vector<std::string>
      allowed_domains;               // empty: all. Compared with what follows the last '@', case folded
  std::vector<std::string> include;  // attributes to take; empty: all
  std::vector<std::string> exclude;  // attributes to leave out; wins over include
  std::map<std::string, std::string>
      rename;  // attribute to trait key; the key is used as it is, without "okta/"
  // Attributes whose values may hold control characters and patterns ("*", "^…$"), which Teleport reads as a
  // pattern when a role interpolates them into a label selector: whoever can set such a value in his own
  // profile would widen his own access. "*" allows all.
  std::vector<std::string> allow_patterns;

  size_t max_value_bytes = 4096;
  size_t max_values = 1000;         // of one attribute
  size_t max_traits_bytes = 65536;  // of one user, keys and values together
};

// Every role that we could give, and every group that a rule names. Sorted, each once.
std::vector<std::string> AllRoles(const Options& options);
std::vector<std::string> GroupsOfRules(const Options& options);

// Something that was left out of a person's traits.
struct Finding {
  enum class Kind : uint8_t {
    kControlCharacters,
    kPattern,
    kValueTooLong,
    kTooManyValues,
    kTraitsTooLarge,
    kNestedValue,       // objects and arrays in arrays
    kBadAttributeName,  // holds other characters than [A-Za-z0-9_]
    kAttributeClash,    // two attributes give one trait key (a rename); the first in name order is taken
  };
  Kind kind;
  std::string attribute;
  uint32_t count = 1;
};
// One sentence for the report; holds the attribute's name, never its value.
std::string Describe(const Finding& finding);

// Names (R5). OK, or kInvalidArgument with the reason in words.
absl::Status CheckName(std::string_view name, const Options& options);

// A digest of what we manage of a user: equal for a desired user and for a stored one exactly when Merge
// (with nothing to keep) would change nothing. 16 bytes. Not in it: the name, whose change is a rename;
// created_by, which an update cannot change; and all that is not ours. Comparable within one process only:
// the hash has a random key, so that nobody can choose a profile that hides a change (siphash.h).
struct Digest {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const Digest&, const Digest&) = default;
};
Digest DigestOf(const DesiredUser& desired);
Digest DigestOf(const UserRecord& stored);

class AttributeRules;
class RoleTable;
struct FlatTraits;

class Mapper {
 public:
  // `groups`: the members of all GroupsOfRules(options). Without it nobody is in any group, which takes group
  // roles away: whoever could not read the groups makes no Mapper.
  explicit Mapper(Options options, std::shared_ptr<const GroupMembers> groups = nullptr);
  // The whole of R4's "name, roles, traits, labels, connector". kInvalidArgument when the name cannot be
  // used. Findings, if given, gets what was left out.
  //
  // An attribute of the app profile wins over the one of that name in the user profile when it has anything
  // but null and "": an empty one hides nothing, one whose values must be dropped does.
  absl::StatusOr<DesiredUser> Map(const AppUser& user, std::vector<Finding>* findings) const;
  // DigestOf(*Map(user, findings)) at a fraction of its cost, because no user is built: for the many people
  // of a walk of whom nothing has changed.
  absl::StatusOr<Digest> MapDigest(const AppUser& user, std::vector<Finding>* findings) const;
  const Options& options() const { return options_; }

 private:
  void Flatten(const AppUser& user, FlatTraits& flat, std::vector<Finding>* findings) const;

  Options options_;
  std::shared_ptr<const GroupMembers> groups_;
  std::shared_ptr<const RoleTable> roles_;
  std::shared_ptr<const AttributeRules> rules_;  // points into roles_
  std::string source_label_;
};

// What is ours of a stored user: its labels of model/labels.h; the traits whose key begins with "okta/" or
// stands in its label oktasync/traits; the roles that stand in its label oktasync/roles.

// What a merge would take away that the stored user has from us. R12 counts these over a run.
struct Taken {
  std::vector<std::string> trait_keys;  // sorted
  std::vector<std::string> roles;       // sorted
  bool empty() const { return trait_keys.empty() && roles.empty(); }
};
Taken WouldTake(const UserRecord& stored, const DesiredUser& desired);

// The stored user with what we manage replaced by what is desired; all else, roles and traits of others
// included, stays. Traits and roles in `keep` are left where they are although they are no longer desired
// (and stay remembered as ours); what stands in `keep` without being ours does not become ours.
UserRecord Merge(const UserRecord& stored, const DesiredUser& desired, const Taken& keep);
// Only takes away, and only what is ours; the second half of an update whose removals had to wait for the
// whole walk: Without(Merge(s, d, taken), taken) is Merge(s, d, {}) where `taken` is WouldTake(s, d).
UserRecord Without(const UserRecord& stored, const Taken& taken);
// A new user.
UserRecord NewUser(const DesiredUser& desired);

}  // namespace oktasync::traits
