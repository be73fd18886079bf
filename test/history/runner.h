// A process that syncs, in this process: the product's Run between a world's Okta and Teleport, with what the
// product's loop remembers from run to run (reconcile/loop.cc) and a fault per run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "history/world.h"
#include "reconcile/lease.h"
#include "reconcile/report.h"

namespace history {

// What goes wrong in one run.
struct Fault {
  enum class Kind : uint8_t {
    kNone,
    kPageFails,      // page `n` of the listing
    kEmptyList,      // Okta answers with an empty list
    kRowMissing,     // row `n` is skipped by the listing
    kRowTwice,       // row `n` comes again at the end of its page
    kReadFails,      // the single reads of one person, UNAVAILABLE; `n` picks the person
    kReadForbidden,  // the same, 403
    kAppInactive,    // the app's document, from its read number `n` on
    kAppImplicit,
    kAppForbidden,
    kTeleportRead,   // call `n` to Teleport that reads is UNAVAILABLE
    kWriteFails,     // write `n` is UNAVAILABLE and not done
    kWriteRefused,   // write `n` is RESOURCE_EXHAUSTED
    kAnswerLost,     // write `n` is done, and its answer lost
    kLoginBetween,   // before write `n` a login writes the user: a stale revision
    kDudLock,        // lock number `n` is accepted and never in force
    kSlow,           // call `n`, of any kind, takes 90 s
    kStop,           // the process is told to stop at call `n`
    kKilledBefore,   // SIGKILL before call `n`
    kKilledAfter,    // SIGKILL after it
    kMeanwhile,      // at call `n` something else happens (Runner::meanwhile)
    kSlowMeanwhile,  // the same, and the call takes 90 s
  };
  Kind kind = Kind::kNone;
  int n = 0;
};
const char* ToString(Fault::Kind kind);
inline constexpr int kFaultKinds = static_cast<int>(Fault::Kind::kSlowMeanwhile) + 1;

class Runner {
 public:
  // `number` names the process in the record; each start takes a new one.
  Runner(World& world, int number);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // One run. A killed process forgets everything and comes up under the number `successor`.
  oktasync::reconcile::Report Sync(const Fault& fault = {}, int successor = 0);
  oktasync::reconcile::Report Plan();
  // Approves every set that the last run of this process showed. The number of sets.
  size_t ApproveShown();
  // Ends and comes up again; a clean end gives the lease back.
  void Restart(int number);
  void GiveBackLease();

  bool struck() const { return struck_; }  // the last run's fault happened
  int calls() const { return calls_; }     // to Okta and Teleport, that the last run made
  int number() const { return memory_.number; }
  // What decides later runs, for telling equal states apart from others.
  std::string StateKey() const;

  // For kMeanwhile. `about`: the Okta id that is about to be read singly, else "".
  std::function<void(const std::string& about)> meanwhile;

  // What a process remembers. Copied for a copy of the world.
  struct Memory {
    int number = 0;
    std::string org_id;
    std::vector<oktasync::reconcile::Approval> approvals;
    std::set<std::string> spent;
    absl::Duration whole_walk_at;
    std::vector<oktasync::reconcile::HeldSet> shown;
    std::string source;
    absl::Time shown_at;
  };
  const Memory& memory() const { return memory_; }
  void set_memory(Memory memory) { memory_ = std::move(memory); }

 private:
  class Gate;    // where faults strike
  class Source;  // okta::Client
  class Target;  // teleport::Client
  class Walk;

  void Start(int number);
  oktasync::reconcile::Report Execute(oktasync::reconcile::RunKind kind);

  World& world_;
  const oktasync::reconcile::Options options_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Target> target_;
  oktasync::CorrectedClock corrected_;
  std::unique_ptr<oktasync::reconcile::LeaseSlot> lease_;
  Memory memory_;
  bool struck_ = false;
  int calls_ = 0;
};

}  // namespace history
