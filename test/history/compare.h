// Questions about a world whose answer takes runs: invariants 8, 10, 11 and 12, each tried on copies of the world.
//
// Used by Play (random histories), by the exhaustive search and by the tests of single days. An answer is what is
// wrong, as sentences that begin with the invariant's number. Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "history/runner.h"

namespace history {

// 10: the first write of the record from `from` on, in words; "" for none.
std::string FirstWrite(const std::vector<Entry>& record, size_t from);
// 12: the writes by Okta id, each person's in their order: of a record, and of a plan.
std::string WritesById(const std::vector<Entry>& record);
std::string WritesById(const std::vector<oktasync::reconcile::PlannedWrite>& plan);

// A world, what the process that runs next remembers, and the number of the last process that was started.
struct Standing {
  const World& world;
  const Runner::Memory& memory;
  int& processes;
};

// Two users whose names differ in case only: R6 makes none, but a listing that lags may hide the first. Which of
// the two is asked about is left open, so orders and plans are not compared then.
bool HasTwins(const World& world);
// Two people who are present claim one name: who comes first in the listing may have it (12).
bool IsContested(const World& world);

// 12: a plan names exactly the writes that a run on the same snapshot makes, in order per Okta id.
std::vector<std::string> ComparePlan(const Standing& standing);
// 12: neither the order of the rows (`order`) nor the size of a page changes what is decided.
std::vector<std::string> CompareOrders(const Standing& standing, uint32_t order);

// 8 and 10: runs, with all approvals, until nothing is left to do, and all is as it should be. `look` is told of
// each run's report and where its entries begin in the record; it may be null.
using Look = std::function<void(const oktasync::reconcile::Report& report, size_t from)>;
std::vector<std::string> RunToRest(World& world, Runner& runner, const Look& look = nullptr);

// 11: where a run that is cut by this fault ends up, once another process has come up and all is approved again.
struct End {
  std::string outcome;              // see EndKey
  bool struck = false;              // there was such a call
  int calls = 0;                    // of the first run
  std::vector<std::string> broken;  // by the runs on the way
};
End EndOf(const Standing& standing, const Fault& cut);
// 11: the end of a cut run is that of a whole one.
std::vector<std::string> CompareEnds(const End& whole, const End& cut, const Fault& fault);

}  // namespace history
