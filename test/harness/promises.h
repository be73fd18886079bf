// What the configuration and the admin have promised: what the judge of the invariants measures a record by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace harness {

// By the entries of the record after `from`, up to `to`.
struct Stretch {
  uint64_t from = 0;
  uint64_t to = UINT64_MAX;
  bool Holds(uint64_t entry) const { return entry > from && entry <= to; }
};

// A name that an approval gives to a person.
struct NameGiven {
  std::string name;
  std::string okta_id;
  Stretch when = {};
};

// A held set that was approved.
struct ApprovedSet {
  std::string digest;
  std::string kind;
  std::set<std::string> people;  // "id name"
  std::set<std::string> locks;   // names, with a cleanup
  Stretch when = {};
};

struct Promises {
  // An admin approves this held set of a report.
  void Approve(const nlohmann::json& held_set, Stretch when = {});
  // No more than `most` are removed, renamed or handed over in 24 hours without an approval; from that entry on.
  void LimitRemovals(size_t most, uint64_t from = 0) { limits_.push_back({most, from}); }

  // Whether an approval of that digest, of any kind or of that one, covers the person under the name at that entry.
  bool Approved(const std::string& digest, const std::string& id, const std::string& name, uint64_t entry,
                const std::string& kind = "") const;
  // Whether the lock says that it belongs to a cleanup of its person, and that was approved.
  bool CleansUp(const nlohmann::json& lock, uint64_t entry) const;
  // Whether the removal of that lock was approved, or of the user whom it kept out.
  bool CleansUpLock(const std::string& lock, const std::string& id, const std::string& name,
                    uint64_t entry) const;
  // Whether an approval gives that name to this person or, with "", to anybody.
  bool GivesName(const std::string& name, const std::string& id, uint64_t entry) const;
  size_t MostRemovals(uint64_t entry) const;
  std::string AppId() const { return source.substr(source.find('/') + 1); }

  std::string source;  // the label oktasync/source
  bool adopt = false;
  std::string org_url;          // whose users may be adopted; "": not looked at
  bool keeps_foreign = false;   // 1: roles and traits that are not ours stay through each update
  Stretch sweeps{0, 0};         // R23 is due: who is deactivated goes without a whole list (6)
  std::set<std::string> roles;  // that may be given; empty: any
  std::vector<NameGiven> given;
  std::vector<ApprovedSet> approved;

 private:
  struct Limit {
    size_t most;
    uint64_t from;
  };
  std::vector<Limit> limits_;  // each from its entry on; none: no limit
};

}  // namespace harness
