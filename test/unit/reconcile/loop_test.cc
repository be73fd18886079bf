// The loop: interval, run now, coalescing, stop, reports.
#include "reconcile/loop.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "base/status.h"
#include "reconcile/world.h"
#include "reconcile/writer_pool.h"

namespace oktasync::reconcile {
namespace {

// Waits until `done` says so, at most ten seconds.
template <typename Done>
bool Eventually(Done done) {
  Cancel never;
  for (int i = 0; i < 1000; ++i) {
    if (done()) return true;
    never.SleepFor(absl::Milliseconds(10));
  }
  return false;
}

TEST_CASE("the loop runs at once, then at its interval, and keeps reports") {
  World world;
  world.Hire(3);
  LoopOptions options;
  options.keep_reports = 2;
  auto loop = MakeLoop(options, world.options, world.okta, world.teleport, world.corrected, NullLog());
  CHECK(loop->Request(RunKind::kSync).status().code() == absl::StatusCode::kFailedPrecondition);
  REQUIRE(loop->Start().ok());
  REQUIRE(Eventually([&] { return loop->status().runs == 1; }));
  CHECK(loop->status().last_outcome.ok());
  CHECK(loop->status().last_whole_walk == world.clock.Now());
  const absl::Duration until_next = loop->status().next_run - world.clock.Now();
  CHECK(until_next >= absl::Minutes(27));
  CHECK(until_next <= absl::Minutes(33));
  CHECK((*loop->ReportOf(1))->counts.at("created") == 3);

  world.clock.Advance(absl::Minutes(34));
  const auto plan = loop->Request(RunKind::kPlan);  // wakes the loop, whose clock is ours
  REQUIRE(plan.ok());
  REQUIRE(Eventually([&] { return loop->status().runs == 2; }));
  REQUIRE(Eventually([&] { return loop->ReportOf(*plan).ok(); }));
  CHECK(loop->ReportOf(1).status().code() == absl::StatusCode::kNotFound);
  CHECK(loop->ReportOf(99).status().code() == absl::StatusCode::kNotFound);
  loop->Stop();
  CHECK_FALSE(loop->status().running);
}

TEST_CASE(
    "bad day: the auth server restarts: after a failed sync the next one does not wait for the interval") {
  World world;
  world.Hire(3);
  world.okta.fail_page = 0;
  LoopOptions options;
  options.jitter = 0;
  auto loop = MakeLoop(options, world.options, world.okta, world.teleport, world.corrected, NullLog());
  REQUIRE(loop->Start().ok());
  const auto until_next = [&] { return loop->status().next_run - world.clock.Now(); };
  // Doubled each time, up to the interval.
  const int minutes[] = {1, 2, 4, 8, 16, 30, 30};
  uint64_t runs = 0;
  for (const int wait : minutes) {
    ++runs;
    REQUIRE(Eventually([&] { return loop->status().runs == runs && loop->status().progress.run_id == 0; }));
    CHECK_FALSE(loop->status().last_outcome.ok());
    CHECK(until_next() == absl::Minutes(wait));
    world.clock.Advance(absl::Minutes(wait));
    REQUIRE(loop->Request(RunKind::kPlan).ok());  // wakes the loop, whose clock is ours
  }
  world.okta.fail_page = -1;
  REQUIRE(Eventually([&] { return loop->status().runs == runs + 1; }));
  const auto sync = loop->Request(RunKind::kSync);
  REQUIRE(sync.ok());
  REQUIRE(Eventually([&] { return loop->ReportOf(*sync).ok(); }));
  REQUIRE((*loop->ReportOf(*sync))->outcome.ok());
  CHECK(until_next() == absl::Minutes(30));
  // And from the beginning at the next failure.
  world.okta.fail_page = 0;
  const auto failed = loop->Request(RunKind::kSync);
  REQUIRE(failed.ok());
  REQUIRE(Eventually([&] { return loop->ReportOf(*failed).ok(); }));
  CHECK(until_next() == absl::Minutes(1));
  loop->Stop();
}

TEST_CASE("what the parts beside a run need mended is in its report and in the status, until it is") {
  World world;
  world.Hire(1);
  std::mutex mutex;
  std::vector<std::string> trouble = {"the identity could not be kept"};
  LoopOptions options;
  options.to_mend = [&] {
    std::lock_guard lock(mutex);
    return trouble;
  };
  auto loop = MakeLoop(options, world.options, world.okta, world.teleport, world.corrected, NullLog());
  REQUIRE(loop->Start().ok());
  REQUIRE(Eventually([&] { return loop->ReportOf(1).ok(); }));
  const auto notices = (*loop->ReportOf(1))->notices;
  CHECK(std::find(notices.begin(), notices.end(), trouble.front()) != notices.end());
  CHECK(loop->status().to_mend == trouble);
  {
    std::lock_guard lock(mutex);
    trouble.clear();
  }
  const auto next = loop->Request(RunKind::kSync);
  REQUIRE(next.ok());
  REQUIRE(Eventually([&] { return loop->ReportOf(*next).ok(); }));
  CHECK(loop->status().to_mend.empty());
  loop->Stop();
}

// A gate that the run waits at, to look at the loop meanwhile.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  bool reached = false;
  void Wait() {
    std::unique_lock lock(mutex);
    reached = true;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
  }
  void Reached() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return reached; });
  }
  void Open() {
    std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
};

TEST_CASE("requests while a run is under way share one more run") {
  World world;
  world.Hire(1);
  Gate gate;
  world.teleport.fail = [&](const std::string& call, const std::string&) {
    if (call == "create") gate.Wait();
    return absl::OkStatus();
  };
  auto loop = MakeLoop({}, world.options, world.okta, world.teleport, world.corrected, NullLog());
  REQUIRE(loop->Start().ok());
  gate.Reached();
  CHECK(loop->status().progress.run_id == 1);
  CHECK(loop->ReportOf(1).status().code() == absl::StatusCode::kUnavailable);
  const auto first = loop->Request(RunKind::kSync);
  const auto second = loop->Request(RunKind::kSync);
  const auto plan = loop->Request(RunKind::kPlan);
  REQUIRE(first.ok());
  CHECK(*first == *second);
  CHECK(*first != *plan);
  gate.Open();
  REQUIRE(Eventually([&] { return loop->ReportOf(*plan).ok(); }));
  CHECK(loop->status().runs == 2);
  loop->Stop();
}

TEST_CASE("stop ends a waiting loop at once and is idempotent") {
  World world;
  auto loop = MakeLoop({}, world.options, world.okta, world.teleport, world.corrected, NullLog());
  REQUIRE(loop->Start().ok());
  REQUIRE(Eventually([&] { return loop->status().runs == 1; }));
  const auto before = std::chrono::steady_clock::now();
  loop->Stop();
  loop->Stop();
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(1));
  CHECK_FALSE(loop->Start().ok());
}

TEST_CASE("the pool does every job, keeps its bound, and tells of an exception") {
  Cancel cancel;
  WriterPool pool(3, cancel);
  std::atomic<int> done{0};
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  for (int i = 0; i < 200; ++i) {
    REQUIRE(pool.Push([&] {
                  const int now = ++at_once;
                  int seen = most.load();
                  while (now > seen && !most.compare_exchange_weak(seen, now)) {
                  }
                  ++done;
                  --at_once;
                })
                .ok());
  }
  REQUIRE(pool.Drain().ok());
  CHECK(done == 200);
  CHECK(most <= 3);
  REQUIRE(pool.Push([] { throw std::runtime_error("odd"); }).ok());
  CHECK(pool.Drain().code() == absl::StatusCode::kInternal);
  cancel.Request();
  CHECK(pool.Push([] {}).code() == absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace oktasync::reconcile
