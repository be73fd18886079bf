// Plays a history (step.h) against the processes: events by the playground's control port, runs by the program, faults
// by what the playground can do. Judged by the playground's record (harness/invariants.h) and, at the end, by its
// state (outcome.h).
//
// What only a made-up clock can do means nothing here and is passed over: minutes and hours, and runs on copies of
// the world; so are another order of rows, and restarts, for each run is a process of its own. Invariants 11 and 14 are
// judged elsewhere (test/crash, integration/takeover). Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/invariants.h"
#include "history/processes/stage.h"
#include "history/step.h"

namespace history {

class ProcessPlay {
 public:
  ProcessPlay(const harness::Programs& programs, const Settings& settings, Tally* tally);

  // False when the step meant nothing here.
  bool Do(const Step& step);
  // Invariants 8 and 10: Okta is stable from here on, faults end, and what is shown is approved.
  void Settle();
  // What was broken so far; empty when all invariants hold.
  std::vector<std::string> Broken() const;
  // The last writes and events of the record, for a counterexample.
  std::string Record(size_t most = 60) const;

  // All steps, then Settle. What was broken.
  static std::vector<std::string> All(const harness::Programs& programs, const History& history, Tally* tally,
                                      std::string* record = nullptr);

 private:
  using Kind = Step::Kind;
  using Json = nlohmann::json;

  // events.cc
  std::string IdOf(int who) const;  // "" for somebody who was never hired
  Json PersonOf(int who) const;     // null for nobody
  bool OktaEvent(Kind kind, int who, int what, int n);
  bool Join(int who, const std::string& name);
  bool Swap(int who, int other);
  bool Crowd(int what);
  bool TeleportEvent(Kind kind, int who, int what, int n);
  bool ForeignUser(const std::string& name, int who, int n);
  bool ForeignLock(const std::string& name, int n);
  bool AdminGives(const std::string& name);

  // faults.cc
  struct Ordered {
    Stage::Blow blow;
    bool two = false;       // another one runs at the same time
    std::string hidden;     // the Okta id whose row the listings of this run skip
    bool happened = false;  // already, before the run
    bool none = true;       // nothing that could be ordered here
  };
  Ordered Order(const Step& step);
  void OrderMeanwhile(const Step& step, Ordered* ordered);
  // Ends the faults; whether one of them has struck.
  bool EndFaults(const Ordered& ordered);

  bool Sync(const Step& step);
  bool ApproveShown();
  bool PlanAndRun();
  bool Twice();
  Stage::Ended Approve(const Json& set);
  // Of each run that began there, or of the two: keeps what it holds for an approval, and counts what it did as the
  // record has it.
  void LookAt(uint64_t from, const Stage::Ended& ended);

  Stage stage_;
  const Settings settings_;
  Tally* tally_;
  harness::Promises promises_;
  std::map<int, std::string> ids_;                // of who is at each place now
  std::map<int, int> generations_;                // of each place
  std::map<std::string, std::string> names_had_;  // folded name to the last Okta id that had it
  std::vector<Json> shown_;                       // held sets of the last run
  std::vector<std::string> broken_;
};

}  // namespace history
