// What happened in a history, in order: every event in Okta, every answer that a process got from it, every
// write that reached Teleport with what it found and left, every approval.
//
// Written by the world and its adapters (world.h, runner.h), read by the invariants (invariants.h). Nothing in
// it comes from the product's report but the items of an approval, which an admin would take from there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "history/okta_model.h"
#include "history/teleport_model.h"
#include "reconcile/held.h"

namespace history {

using Rows = std::vector<std::pair<std::string, Person>>;

struct Entry {
  enum class What {
    kPerson,    // an event in Okta: `person` is how `id` is after it
    kApp,       // an event in Okta: `good`, whether the app is ACTIVE and assigns explicitly
    kForeign,   // somebody else changed a user or lock of Teleport: `user_after`, `lock_after`, or erased
    kStart,     // a process came up
    kBegin,     // a run of it began; `plan`
    kEnd,       // the run ended, or the process was killed
    kApproval,  // an admin approved a set, told to this process
    kLease,     // the process took the lease
    kAppRead,   // `good`: ACTIVE and explicit
    kPage,      // of the listing
    kWalkEnd,   // the listing was read to its end
    kUserRead,  // a single read; `person` null: 404
    kAssignmentRead,  // a single read; `person` null: 404
    kCreate,
    kUpdate,
    kDelete,
    kLock,  // UpsertLock
  };
  What what = What::kPerson;
  uint64_t seq = 0;
  absl::Time at;        // the auth server's clock
  absl::Duration boot;  // the process's clock
  int process = 0;
  int run = 0;
  std::string id;    // Okta id
  std::string name;  // of the Teleport user, or of the lock's target
  // Of a read: what came before it was sent.
  uint64_t began_seq = 0;
  absl::Duration began_boot;
  std::shared_ptr<const Person> person;
  std::shared_ptr<const Rows> rows;
  UserPtr user_before, user_after;
  LockPtr lock_before, lock_after;
  std::shared_ptr<const oktasync::reconcile::HeldSet> approval;
  bool good = true;
  bool plan = false;
  bool lags = false;  // of kBegin: Teleport's listings lag a write by a second
  bool dud = false;   // a lock that was accepted and never comes into force
};

inline bool IsWrite(const Entry& entry) {
  return entry.what == Entry::What::kCreate || entry.what == Entry::What::kUpdate ||
         entry.what == Entry::What::kDelete || entry.what == Entry::What::kLock;
}

// A write of the record: "create", "update", "delete", "lock", "lift lock". The last when the lock is in force
// no more.
std::string CallOf(const Entry& entry);

// One line, for a counterexample.
std::string Words(const Entry& entry);
std::string Words(const Person& person);

}  // namespace history
