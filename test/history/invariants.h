// The invariants of BAD-DAYS.md, section 1, over a record (record.h) and nothing else: 1 to 7, 9, 13 and 14
// entry by entry; 8, 10 and 12 as questions about states and runs (outcome.h, play.h).
//
// Thread-compatible and copyable: a world that is copied goes on being judged from where it was.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "history/record.h"

namespace history {

// What the configuration promises; the invariants know nothing else of it.
struct Promises {
  std::string source = "00oorg/0oaapp";
  std::string org_url = "https://example.okta.com";
  bool adopt = false;
  bool lock_suspended = false;
  uint64_t guard_least = 10;
  uint64_t guard_percent = 10;
  uint64_t guard_most = 500;
  std::set<std::string> roles = {"okta-requester"};  // that we may give
  absl::Duration alarm_after = absl::Hours(2);
};

class Invariants {
 public:
  explicit Invariants(Promises promises) : promises_(std::move(promises)) {}

  void See(const Entry& entry);

  const Promises& promises() const { return promises_; }

  // What was broken, as sentences that begin with the invariant's number.
  const std::vector<std::string>& broken() const { return broken_; }

  // All that decides how later entries are judged, for telling equal states apart from others. Only between
  // runs.
  std::string StateKey() const;

 private:
  struct Read {
    uint64_t began_seq;
    absl::Duration began_boot;
    bool of_user;                          // else of the assignment
    std::shared_ptr<const Person> person;  // null: 404
  };
  struct RunFacts {
    int process = 0;
    uint64_t began_seq = 0;
    absl::Duration began_boot;
    bool plan = false;
    bool stale = false;  // its listings did not show the last writes yet, so the guard counted without them
    bool whole = false;  // the list was read to its end
    bool app_good = false;  // the last read of the app said so
    bool overdue = false;   // no whole walk for so long that people are looked up singly (R23)
    std::vector<std::pair<std::string, std::string>> users;  // of ours when it began: Okta id, name
    std::set<std::string> locked_at_begin;                   // "id name" under a leave lock of ours
    std::map<std::string, Read> rows;                        // of the listing, by Okta id
    bool second = false;                                     // the list was read to its end once more
    std::map<std::string, Read> second_rows;
    std::map<std::string, std::vector<Read>> reads;
    std::map<std::string, absl::Duration> locked_boot;  // "id name": when this run wrote a lock on it
  };
  struct Truth {
    Person person;
    uint64_t since = 0;  // the seq of the last change of presence or name
  };
  struct Removal {
    absl::Time at;
    std::string key;  // "id name"
  };
  struct Approved {
    absl::Duration boot;
    int process;
    std::shared_ptr<const oktasync::reconcile::HeldSet> set;
  };
  struct Quarantine {
    std::string id;
    absl::Time until;
  };

  void Break(int number, const Entry& entry, const std::string& what);
  void Forget(absl::Time now);
  bool OursUser(const oktasync::UserRecord& user) const;
  bool OursLock(const oktasync::LockRecord& lock) const;
  bool InForce(const std::string& name, const oktasync::LockRecord& lock, absl::Time at) const;
  // The end of the longest lock of ours in force on this name; of this id, if one is given.
  absl::Time Cover(const std::string& name, const std::string& id, absl::Time at) const;
  bool ApprovedFor(const Entry& entry, oktasync::reconcile::HeldKind kind, const std::string& id,
                   const std::string& what) const;
  bool ApprovedTakeover(const Entry& entry, const std::string& id, const std::string& name) const;
  bool HasUser(const std::string& id, const std::string& name) const;
  const Read* Latest(const RunFacts& run, const std::string& id, bool of_user) const;

  void SeeBegin(const Entry& entry);
  void SeeCreate(const Entry& entry, RunFacts& run);
  void SeeUpdate(const Entry& entry, RunFacts& run);
  void SeeDelete(const Entry& entry, RunFacts& run);
  void SeeLock(const Entry& entry, RunFacts& run);
  void SeeLift(const Entry& entry, RunFacts& run, const std::string& id);
  void CheckGiven(const Entry& entry);
  // `sent`: when what rests on the read was sent.
  void CheckProof(const Entry& entry, const RunFacts& run, const std::string& id, absl::Duration sent);
  static bool Bulk(const RunFacts& run);
  void CheckCalm(const Entry& entry, const RunFacts& run, const std::string& id);
  void CheckWhole(const Entry& entry, const RunFacts& run, const std::string& id);
  void CountRemoval(const Entry& entry, const RunFacts& run, const std::string& id);
  void CheckQuarantine(const Entry& entry);
  bool ForeignSince(const std::string& name, const RunFacts& run) const;
  bool SaidPresent(const RunFacts& run, const std::string& id, const std::string& name, uint64_t after,
                   bool rows_count) const;

  Promises promises_;
  std::vector<std::string> broken_;

  std::map<std::string, Truth> people_;
  std::map<std::string, UserPtr> users_;
  std::map<std::string, LockPtr> locks_;
  std::set<std::string> duds_;
  std::map<std::string, uint64_t> foreign_at_;  // by name of a user or lock: the last change by others
  std::map<std::string, uint64_t>
      locked_at_;                             // by a lock's name: seq of the last write that left it in force
  std::map<int, RunFacts> runs_;              // those under way
  std::map<int, absl::Duration> last_whole_;  // of a process: the last whole walk, or its start
  std::map<std::string, uint64_t> removed_at_;     // Okta id: seq of the last delete or lock that takes away
  std::deque<Removal> removals_;                   // without approval, of the last 24 hours
  std::map<std::string, Quarantine> quarantined_;  // by name
  std::vector<Approved> approvals_;
  int leaseholder_ = 0;
  absl::Duration written_boot_ = -absl::InfiniteDuration();  // of the last write
};

}  // namespace history
