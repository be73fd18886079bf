// The world of a history: Okta, Teleport, a clock, and the record that the invariants judge.
//
// Copyable, but for the processes that sync (runner.h), which live outside: a copy is a second world in which
// something can be tried. Not thread-safe: all of a history happens on one thread.
#pragma once

#include <string>
#include <vector>

#include "history/clock.h"
#include "history/invariants.h"
#include "history/okta_model.h"
#include "history/record.h"
#include "history/teleport_model.h"
#include "reconcile/options.h"

namespace history {

inline constexpr char kDefaultRole[] = "okta-requester";
inline constexpr char kEngineerRole[] = "engineer";  // for whose department is Eng

// What is the same all through one history.
struct Settings {
  int people = 8;
  bool lock_suspended = false;  // R15
  bool adopt = false;           // R2
  uint32_t guard_least = 3;
  size_t page_size = 3;
  absl::Duration tick = absl::Milliseconds(5);  // that every call takes
  absl::Duration server_ahead = absl::ZeroDuration();
  // A long one stands for a lease that is renewed all the time, which only a thread and real time would do.
  absl::Duration lease_term = absl::Seconds(60);
  bool keep_entries = true;  // else only the invariants see them
  // Time stands still. Then plans cannot be told apart by when they were made, and no audit event is written, for
  // which the product would start a timer.
  bool frozen = false;
};

class World {
 public:
  explicit World(const Settings& settings);

  absl::Time ServerNow() const { return clock.Now() + settings.server_ahead; }
  uint64_t seq() const { return seq_; }

  // Gives the entry its number and times, and shows it to the invariants.
  void Note(Entry entry);
  // The person as he is now, after an event.
  void NotePerson(const std::string& id);

  // The admin's side door of Teleport.
  void PutForeignUser(oktasync::UserRecord user);
  void EraseForeignUser(const std::string& name);
  void PutForeignLock(oktasync::LockRecord lock);
  void NoteApp();
  // Listings leave nobody out any more.
  void ShowAllRows();
  // Okta is stable and faults end: nothing is hidden, roles are there, listings show what was written, and a lease
  // that somebody left behind has run out.
  void ComeToRest();

  Settings settings;
  SimClock clock;
  OktaModel okta;
  TeleportModel teleport;
  Invariants invariants;
  std::vector<Entry> entries;
  int runs = 0;

 private:
  uint64_t seq_ = 0;
};

// The product's options for such a world.
oktasync::reconcile::Options OptionsFor(const Settings& settings);

}  // namespace history
