// Random histories against the processes: fewer than in this process, for each run is one of the program's.
// OKTASYNC_PROCESS_STEPS says how many steps are played in all, OKTASYNC_PROCESS_SEED where the draw begins. A history
// that breaks an invariant is shrunk for a while, and printed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <exception>
#include <iostream>
#include <mutex>
#include <thread>

#include "history/draw.h"
#include "history/processes/play.h"

namespace history {
namespace {

constexpr int kLongest = 60;
constexpr int kMostTries = 60;  // each takes seconds
constexpr std::chrono::minutes kShrinking(5);
constexpr uint64_t kWorkers = 2;

// What must have come of even a few.
constexpr const char* kAtLeast[] = {"users created", "users updated", "users deleted", "leave locks",
                                    "rename locks",  "locks lifted",  "sets approved", "removals held"};

// Histories to the end of its share, or up to the first that breaks something; what that says, or "".
class Worker {
 public:
  Worker(uint64_t seed, uint64_t steps) : seed_(seed), steps_(steps) {}

  void Work() {
    const harness::Programs programs = harness::ProgramsIn(harness::OwnFolder());
    rc::Random random(seed_);
    const rc::Gen<History> generator = Histories(kLongest);
    while (tally.steps < steps_) {
      const rc::Shrinkable<History> history = generator(random.split(), kLongest);
      std::string record;
      std::vector<std::string> why = ProcessPlay::All(programs, history.value(), &tally, &record);
      if (why.empty()) continue;
      // At once, in case that the test is ended before there is a smaller one.
      std::cout << ("seed " + std::to_string(seed_) + ": " + why.front() + "\n" + Words(history.value()))
                << std::flush;
      const auto until = std::chrono::steady_clock::now() + kShrinking;
      const Judge judge = [&](const History& one) {
        if (std::chrono::steady_clock::now() > until) return std::vector<std::string>();
        return ProcessPlay::All(programs, one, nullptr);
      };
      const History smallest = Shrink(history, judge, kMostTries);
      if (std::string of_smallest; !(smallest == history.value())) {
        const std::vector<std::string> again = ProcessPlay::All(programs, smallest, nullptr, &of_smallest);
        if (!again.empty()) why = again, record = of_smallest;
      }
      found = "seed " + std::to_string(seed_) + ", history " + std::to_string(tally.histories) + "\n" +
              Words(smallest) + record;
      for (const std::string& sentence : why) found += sentence + "\n";
      return;
    }
  }

  Tally tally;
  std::string found;

 private:
  const uint64_t seed_;
  const uint64_t steps_;
};

TEST_CASE("random histories keep the invariants when processes play them", "[processes]") {
  const uint64_t wanted = FromEnvironment("OKTASYNC_PROCESS_STEPS", 300);
  const uint64_t seed = FromEnvironment("OKTASYNC_PROCESS_SEED", 1);
  std::vector<Worker> workers;
  for (uint64_t i = 0; i < kWorkers; ++i) workers.emplace_back(seed + i, wanted / kWorkers);
  std::vector<std::thread> threads;
  for (Worker& worker : workers) {
    threads.emplace_back([&worker] {
      try {
        worker.Work();
      } catch (const std::exception& e) {
        worker.found = e.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Tally sum;
  for (const Worker& worker : workers) {
    sum.Add(worker.tally);
    // Not by Catch, which would break the lines.
    std::cout << worker.found << std::flush;
    CHECK(worker.found.empty());
  }
  std::cout << "random histories against the processes from seed " << seed << ": " << sum.Table();
  if (wanted < 300) return;
  for (const char* what : kAtLeast) {
    INFO(what);
    CHECK(sum.Of(what) > 0);
  }
  // Of 21 kinds; those that need somebody or some call at a certain place strike seldom.
  CHECK(std::count_if(std::begin(sum.struck), std::end(sum.struck),
                      [](uint64_t count) { return count > 0; }) >= 6);
}

}  // namespace
}  // namespace history
