// Invariants 6 and 7: whether anybody may be removed at all, and how many.
//
//   6  who is newly locked as gone or renamed, or deleted without such a lock from before, is so after a list that was
//      read to its end in the same run; but who is deactivated, when `sweeps`
//   7  in any 24 hours no more than the limit are locked as gone, renamed or handed over without an approval; a lock
//      that says it was approved, was; one beyond the limit is on somebody whom a single read showed as deactivated or
//      deleted; and a delete is under a lock that the guard counts, or an approval
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/okta_truth.h"
#include "harness/promises.h"

namespace harness {

class Removals {
 public:
  // Both outlive this one. `okta` has seen each entry that See is given.
  Removals(const Promises& promises, const OktaTruth& okta) : promises_(promises), okta_(okta) {}

  // Entries of the record in their order. What this one breaks, as sentences that begin with the number.
  std::vector<std::string> See(const nlohmann::json& entry);

 private:
  struct Lock {
    std::string id;
    std::string target;
    std::string purpose;
    bool held = false;
    nlohmann::json value;
  };
  struct Removal {
    double at;
    std::string who;
  };

  void Break(const char* number, const std::string& what);
  void SeeRequest(const nlohmann::json& entry);
  void SeeLock(const nlohmann::json& entry);
  void SeeDelete(const nlohmann::json& entry);
  void Count(const Lock& lock);
  bool ShownDeactivated(const std::string& id) const;
  static Lock Parse(const nlohmann::json& value);

  const Promises& promises_;
  const OktaTruth& okta_;
  double at_ = 0;
  uint64_t seq_ = 0;
  bool whole_ = false;                 // the list of this run was read to its end
  nlohmann::json holder_;              // the connection that took the lease last
  std::map<std::string, Lock> locks_;  // of this source, by name
  std::set<std::string> leaving_;      // "id name" under a lock as gone
  std::deque<Removal> removals_;       // without approval, of the last 24 hours
  std::vector<std::string> broken_;
};

}  // namespace harness
