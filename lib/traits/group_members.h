// Who is in the Okta groups that the role rules name (rule R8).
//
// Filled by reconcile/groups.h once a run on one thread, then shared and only read: thread-safe from then on.
// Keeps 16 bytes for each membership, a digest under this process's random key (siphash.h): no two can be
// made to meet, and no ids are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "traits/mapper.h"

namespace oktasync::traits {

class GroupMembers {
 public:
  // `group` as the rule spells it: a name, or an Okta group id.
  void Add(std::string_view group, std::string_view okta_id);
  bool Has(std::string_view group, std::string_view okta_id) const;
  size_t size() const { return members_.size(); }  // memberships, each once

 private:
  struct Half {
    size_t operator()(const Digest& digest) const { return static_cast<size_t>(digest.low); }
  };
  absl::flat_hash_set<Digest, Half> members_;
};

}  // namespace oktasync::traits
