#include "harness/promises.h"

#include <algorithm>

#include "base/text.h"
#include "harness/record_entry.h"

namespace harness {

using nlohmann::json;
using oktasync::FoldCase;

void Promises::Approve(const json& held_set, Stretch when) {
  ApprovedSet set{Text(held_set, "digest"), Text(held_set, "kind"), {}, {}, when};
  for (const json& person : held_set.at("people")) {
    if (set.kind == "cleanup" && !Text(person, "what").empty()) {
      set.locks.insert(Text(person, "what"));
      continue;
    }
    set.people.insert(Text(person, "okta_id") + " " + Text(person, "name"));
    // Removals, traits and roles give no names.
    if (set.kind == "quarantine" || set.kind == "handover")
      given.push_back({Text(person, "what"), Text(person, "okta_id"), when});
  }
  approved.push_back(std::move(set));
}

bool Promises::Approved(const std::string& digest, const std::string& id, const std::string& name,
                        uint64_t entry, const std::string& kind) const {
  return std::any_of(approved.begin(), approved.end(), [&](const ApprovedSet& set) {
    return set.digest == digest && (kind.empty() || set.kind == kind) && set.when.Holds(entry) &&
           set.people.count(id + " " + name) > 0;
  });
}

bool Promises::CleansUp(const json& lock, uint64_t entry) const {
  return Approved(Label(lock, "oktasync/approval"), Label(lock, "oktasync/okta-user-id"), Target(lock), entry,
                  "cleanup");
}

bool Promises::CleansUpLock(const std::string& lock, const std::string& id, const std::string& name,
                            uint64_t entry) const {
  return std::any_of(approved.begin(), approved.end(), [&](const ApprovedSet& set) {
    return set.kind == "cleanup" && set.when.Holds(entry) &&
           (set.locks.count(lock) > 0 || set.people.count(id + " " + name) > 0);
  });
}

bool Promises::GivesName(const std::string& name, const std::string& id, uint64_t entry) const {
  return std::any_of(given.begin(), given.end(), [&](const NameGiven& one) {
    return FoldCase(one.name) == FoldCase(name) && (id.empty() || one.okta_id == id) && one.when.Holds(entry);
  });
}

size_t Promises::MostRemovals(uint64_t entry) const {
  size_t most = SIZE_MAX;
  for (const Limit& limit : limits_) {
    if (entry > limit.from) most = limit.most;
  }
  return most;
}

}  // namespace harness
