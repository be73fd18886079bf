// What the end of a run hands from step to step. For run_leavers.cc and run_sweep.cc.
#pragma once

#include <vector>

#include "reconcile/run.h"

namespace oktasync::reconcile {

// What the guard judges: all that would shut somebody out of a name, and what an admin has let through.
struct Run::Guarded {
  std::vector<Leaver> leavers;
  std::vector<Renaming> renames;
  std::vector<std::vector<Renaming>> units;
  std::vector<HeldSet> unit_sets;
  GuardInput input;
  bool Empty() const { return leavers.empty() && renames.empty() && units.empty(); }
};

}  // namespace oktasync::reconcile
