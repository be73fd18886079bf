// Invariant 11: a run that is cut anywhere by SIGKILL, and started again, comes to the same end.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "crash/killing.h"

namespace crash {
namespace {

constexpr uint64_t kWorkers = 2;

bool Wanted(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' && std::string(value) != "0";
}

TEST_CASE("11: killed before and after each outgoing request of a day, it comes to the same end", "[crash]") {
  Share share;
  share.all = Wanted("OKTASYNC_CRASH_ALL");
  share.workers = kWorkers;

  std::vector<Tally> tallies(kWorkers);
  std::vector<std::thread> threads;
  for (uint64_t worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([&, worker] {
      Share mine = share;
      mine.worker = worker;
      try {
        Yard yard(harness::ProgramsIn(harness::OwnFolder()), kPeople);
        tallies[worker] = KillAllDay(yard, TheDay(), mine);
      } catch (const std::exception& e) {
        tallies[worker].wrong.push_back(e.what());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  Tally sum;
  for (const Tally& tally : tallies) {
    sum.requests = std::max(sum.requests, tally.requests);
    sum.points += tally.points;
    sum.not_reached += tally.not_reached;
    sum.restarts += tally.restarts;
    sum.runs += tally.runs;
    for (const auto& [call, count] : tally.by_call) sum.by_call[call] += count;
    sum.wrong.insert(sum.wrong.end(), tally.wrong.begin(), tally.wrong.end());
  }
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("killed at %llu of %llu points: before and after each of %llu requests, in %zu runs\n",
              number(sum.points), number(2 * sum.requests), number(sum.requests), TheDay().size());
  std::printf(
      "started again after %llu of them%s: %llu runs to the end; %llu points not reached\n",
      number(sum.restarts),
      share.all ? "" : ", once for each world that a kill left (OKTASYNC_CRASH_ALL=1: after every one)",
      number(sum.runs), number(sum.not_reached));
  for (const auto& [call, count] : sum.by_call) {
    std::printf("  %5llu  %s\n", static_cast<unsigned long long>(count), call.c_str());
  }
  for (const std::string& sentence : sum.wrong) FAIL_CHECK(sentence);
  CHECK(sum.points * 10 > 2 * sum.requests * 9);  // runs do not ask exactly alike
  for (const char* call : {"CreateUser", "UpdateUser", "DeleteUser", "UpsertLock", "AcquireSemaphore"}) {
    INFO(call);
    CHECK(sum.by_call[call] > 0);
  }
}

}  // namespace
}  // namespace crash
