#include "reconcile/guard.h"

#include <algorithm>

namespace oktasync::reconcile {

uint64_t GuardLimit(uint64_t roster, uint64_t removed_in_window, const GuardOptions& options) {
  const uint64_t share = (roster + removed_in_window) * options.percent / 100;
  return std::min<uint64_t>(std::max<uint64_t>(options.least, share), options.most);
}

GuardVerdict JudgeRemovals(const GuardInput& input, const GuardOptions& options) {
  GuardVerdict verdict;
  verdict.limit = GuardLimit(input.roster, input.removed_in_window, options);
  if (input.candidates == 0) return verdict;

  if (input.listed == 0) {
    verdict.hold = true;
    verdict.reason =
        "Okta answered with an empty list of the app's users while Teleport holds " +
        std::to_string(input.roster) +
        " of them. The likely cause is that the API service app has lost its admin role or that the role's "
        "resource set no longer contains the app or its users; check both in Okta";
  } else if (input.absent * 2 > input.roster) {
    verdict.hold = true;
    verdict.reason = std::to_string(input.absent) + " of " + std::to_string(input.roster) +
                     " users are missing from Okta's list, more than half. If nobody unassigned them, check "
                     "the admin role and the resource set of the API service app in Okta";
  } else if (input.removed_in_window + input.candidates > verdict.limit) {
    verdict.hold = true;
    verdict.reason = std::to_string(input.candidates) + " removals";
    if (input.removed_in_window > 0) {
      verdict.reason += " on top of " + std::to_string(input.removed_in_window) + " in the last 24 hours";
    }
    verdict.reason += " would exceed the limit of " + std::to_string(verdict.limit) + " for a roster of " +
                      std::to_string(input.roster) + " users";
  }
  return verdict;
}

}  // namespace oktasync::reconcile
