// Random histories. OKTASYNC_HISTORY_STEPS says how many steps are played in all, OKTASYNC_HISTORY_SEED where the
// draw begins; both have a default, and both are printed. A history that breaks an invariant is shrunk and
// printed as code for found_test.cc.
#include <catch2/catch.hpp>
#include <iostream>

#include "history/draw.h"
#include "history/play.h"

namespace history {
namespace {

TEST_CASE("random histories keep the invariants", "[random]") {
  const uint64_t wanted = FromEnvironment("OKTASYNC_HISTORY_STEPS", 100'000);
  const uint64_t seed = FromEnvironment("OKTASYNC_HISTORY_SEED", 1);
  constexpr int kLongest = 140;
  constexpr int kMostTries = 20'000;
  Tally tally;
  rc::Random random(seed);
  const rc::Gen<History> generator = Histories(kLongest);
  while (tally.steps < wanted) {
    const rc::Shrinkable<History> history = generator(random.split(), kLongest);
    if (Play::All(history.value(), &tally).empty()) continue;
    const History smallest = Shrink(
        history, [](const History& one) { return Play::All(one, nullptr); }, kMostTries);
    std::string record;
    const std::vector<std::string> why = Play::All(smallest, nullptr, &record);
    // Not by Catch, which would break the lines.
    std::cout << Words(smallest) << record << std::flush;
    FAIL("seed " << seed << ", history " << tally.histories << ": " << why.front());
  }
  std::cout << "random histories from seed " << seed << ": " << tally.Table();
  for (const std::string& what : tally.Missing()) {
    if (wanted >= 50'000) FAIL_CHECK("never played: " << what);
  }
  SUCCEED();
}

}  // namespace
}  // namespace history
