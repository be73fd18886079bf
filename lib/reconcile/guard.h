// The guard against mass removal (rule R12). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "reconcile/options.h"

namespace oktasync::reconcile {

struct GuardInput {
  uint64_t roster = 0;             // users of ours
  uint64_t removed_in_window = 0;  // people whose removal our locks remember
  uint64_t candidates = 0;         // people that this run would remove and that are not counted yet
  uint64_t absent = 0;             // of the roster, missing from the listing altogether
  uint64_t listed = 0;             // rows in the listing
};

struct GuardVerdict {
  bool hold = false;
  uint64_t limit = 0;
  std::string reason;  // of the hold, with what an admin should look at
};

// The larger of `least` and `percent` of roster plus removed, at most `most`.
uint64_t GuardLimit(uint64_t roster, uint64_t removed_in_window, const GuardOptions& options);

GuardVerdict JudgeRemovals(const GuardInput& input, const GuardOptions& options);

}  // namespace oktasync::reconcile
