// The locks of ours that a run found: who is under one, which names are in quarantine, and how many people
// were removed within the guard's window (the guard has no other memory, rule R12).
//
// Immutable once built and shared; reading it is thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "model/lock_record.h"
#include "model/source_id.h"
#include "reconcile/held.h"

namespace oktasync::reconcile {

// Ours (R1): okta origin, our source, an Okta id and a purpose that we know, one user as its target.
bool IsOurs(const LockRecord& lock, const SourceId& source);

// The lock's name (R10): a digest of source, Okta id, target name and purpose. `attempt` > 0 gives other
// names, for when a lock that is not ours has taken the first.
std::string LockName(const SourceId& source, std::string_view okta_id, std::string_view target,
                     LockPurpose purpose, int attempt = 0);

// Locked at once although the guard holds the removal; does not count as a removal.
bool IsHeld(const LockRecord& lock);

// Without an end: waits for somebody to be unsuspended, or for an approval.
inline bool IsEndless(const LockRecord& lock) { return lock.expires == absl::InfiniteFuture(); }

// Ended early by us: a lift sets its end to the moment it was made.
inline bool IsLifted(const LockRecord& lock) { return lock.expires <= lock.created_at; }

// The approval under which it was placed; empty for none.
ApprovalMark MarkOf(const LockRecord& lock);

class LockBook {
 public:
  LockBook() = default;
  // `in_force` are the names of the locks that the server shows as in force: its clock decides, and ours only
  // where it would keep a lock in force for longer.
  LockBook(std::vector<LockRecord> all, const std::vector<LockRecord>& in_force, const SourceId& source,
           absl::Time now);

  // The locks of ours in force on this Okta id, whatever the name.
  std::vector<const LockRecord*> InForceFor(std::string_view okta_id) const;
  // A lock of another Okta id in force on this name, case folded (R17); null when an admin has approved that
  // this Okta id takes the name over all the same.
  const LockRecord* QuarantineOf(std::string_view name, std::string_view okta_id) const;
  // All locks of other Okta ids in force on this name, approved or not.
  std::vector<const LockRecord*> LocksOfOthers(std::string_view name, std::string_view okta_id) const;
  // Ends a person's access and awaits, or follows, deletion: leave lock of this id on this very name.
  const LockRecord* LeaveLock(std::string_view okta_id, std::string_view name) const;
  // Any lock of this id in force on this very name.
  const LockRecord* OwnLock(std::string_view okta_id, std::string_view name) const;

  // Whether this person is locked out of this name by a lock that the server itself shows as in force. One that
  // stands there and does not work keeps nobody out.
  bool LocksOut(std::string_view okta_id, std::string_view name) const;

  // An admin lets this Okta id have the name although it is in quarantine. Before the book is shared.
  void ApproveName(std::string_view okta_id, std::string_view name);
  bool NameApproved(std::string_view okta_id, std::string_view name) const;

  // Removals since `since`: locks of purpose leave, rename or handover made since then, in force or lifted,
  // but for those that are held or were approved. Who left, came back and left again counts twice.
  uint32_t RemovedSince(absl::Time since) const;
  // Whether RemovedSince counts a removal of this person from this name that is still under way: the lock is
  // in force.
  bool CountedSince(std::string_view okta_id, std::string_view name, absl::Time since) const;

  // Whether this person was locked out of this name under that approval, and the lock does not last any more: the
  // removal is over, and undone.
  bool EndedUnder(std::string_view okta_id, std::string_view name, const ApprovalMark& mark) const;

  size_t size() const { return locks_.size(); }

 private:
  struct Entry {
    LockRecord lock;
    LockPurpose purpose;
    bool in_force;
    bool shown;  // as in force, by the server
  };
  static bool Counts(const Entry& entry, absl::Time since);

  std::vector<Entry> locks_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> by_id_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> by_name_;  // folded target
  absl::flat_hash_set<std::string> approved_names_;                  // Okta id, NUL, folded name
};

}  // namespace oktasync::reconcile
