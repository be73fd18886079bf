// Random histories, drawn and shrunk by RapidCheck: for those who play them, in this process or against others.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "history/step.h"

namespace history {

// Of at most so many steps, not counting the few that most begin with. They shrink to fewer steps, then to smaller
// ones.
rc::Gen<History> Histories(int longest);

// What a history breaks, as sentences that begin with the invariant's number; empty when it breaks nothing.
using Judge = std::function<std::vector<std::string>(const History&)>;
// "8:" of such a sentence.
std::string NumberOf(const std::string& sentence);
// The smallest history found that breaks the same invariant, after so many tries at most. The history itself when
// the judge does not find it broken again.
History Shrink(rc::Shrinkable<History> history, const Judge& judge, int most_tries);

// A number of steps or a seed.
uint64_t FromEnvironment(const char* name, uint64_t otherwise);

}  // namespace history
