// Plays a history: carries out its steps in a world with two processes that sync, until an invariant breaks.
//
// Not thread-safe. Stop looking at a Play once it is broken: what follows means nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "history/compare.h"
#include "history/runner.h"
#include "history/step.h"

namespace history {

class Play {
 public:
  // `tally` may be null.
  Play(const Settings& settings, Tally* tally);

  // False when the step meant nothing here.
  bool Do(const Step& step);
  // Invariant 11: the run of process `who` that comes next is killed before and after each of its calls, each time in
  // a world of its own, and all of them come to the same end. How many such points there were.
  int CutEverywhere(int who);
  // Invariants 8 and 10: Okta is stable from here on, faults end, and what is shown is approved.
  void Settle();

  // What was broken; empty when all invariants hold.
  std::vector<std::string> Broken() const;
  const World& world() const { return world_; }
  // The last entries of the record, for a counterexample.
  std::string Record(size_t most = 120) const;

  // All steps, then Settle, up to the first break. What was broken.
  static std::vector<std::string> All(const History& history, Tally* tally, std::string* record = nullptr);

 private:
  using Kind = Step::Kind;
  static constexpr int kRunners = 2;

  std::string IdOf(int who) const;
  bool OktaEvent(Kind kind, int who, int what, int n);
  void Crowd(int what);
  bool Join(int who, const std::string& name);
  bool TeleportEvent(Kind kind, int who, int what, int n);
  bool ForeignUser(const std::string& name, int who, int n);
  bool ForeignLock(const std::string& name, int n);
  bool Sync(const Step& step);
  bool PlanAndRun(int who);
  bool OtherOrder(int n);
  bool Cut(int who, int n);
  bool Twice(int who);
  void Count(const oktasync::reconcile::Report& report, size_t from);
  void Claim(std::vector<std::string> broken);
  Standing StandingOf(int who) { return {world_, RunnerOf(who).memory(), processes_}; }
  Runner& RunnerOf(int who) { return *runners_[static_cast<size_t>(who) % kRunners]; }

  const Settings settings_;
  Tally* tally_;
  World world_;
  int processes_ = 0;
  std::unique_ptr<Runner> runners_[kRunners];
  std::vector<int> generations_;  // of each person's place: a deleted one is followed by another
  std::map<std::string, std::string> names_had_;  // folded name to the last Okta id that had it
  std::vector<std::string> broken_;
};

}  // namespace history
