// Invariant 11: a run that is cut anywhere by SIGKILL, and started again, comes to the same end.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
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
  if (const char* given = std::getenv("OKTASYNC_CRASH_FIRST")) {
    share.first = std::strtoull(given, nullptr, 10);
  } else {
    share.first = std::random_device()() % share.every;
  }

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
    sum.recoveries += tally.recoveries;
    for (const auto& [call, count] : tally.by_call) sum.by_call[call] += count;
    sum.wrong.insert(sum.wrong.end(), tally.wrong.begin(), tally.wrong.end());
  }
  std::printf("%llu kill points in %zu runs of %llu requests; %llu runs to recover; %llu not reached%s\n",
              static_cast<unsigned long long>(sum.points), TheDay().size(),
              static_cast<unsigned long long>(sum.requests), static_cast<unsigned long long>(sum.recoveries),
              static_cast<unsigned long long>(sum.not_reached),
              share.all ? ", all of them"
                        : (", where the world can differ, and before every " + std::to_string(share.every) +
                           "th other read (OKTASYNC_CRASH_FIRST=" + std::to_string(share.first) +
                           "); OKTASYNC_CRASH_ALL=1 leaves out none")
                              .c_str());
  for (const auto& [call, count] : sum.by_call) {
    std::printf("  %5llu  %s\n", static_cast<unsigned long long>(count), call.c_str());
  }
  for (const std::string& sentence : sum.wrong) FAIL_CHECK(sentence);
  CHECK(sum.points > sum.requests / 3);
  for (const char* call : {"CreateUser", "UpdateUser", "DeleteUser", "UpsertLock", "AcquireSemaphore"}) {
    INFO(call);
    CHECK(sum.by_call[call] > 0);
  }
}

}  // namespace
}  // namespace crash
