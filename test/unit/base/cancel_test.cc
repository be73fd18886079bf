#include "base/cancel.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"

namespace oktasync {
namespace {

TEST_CASE("a sleeper is woken by the request") {
  Cancel cancel;
  std::promise<void> about_to_sleep;
  auto slept_through = std::async(std::launch::async, [&] {
    about_to_sleep.set_value();
    return cancel.SleepFor(absl::Hours(1));
  });
  about_to_sleep.get_future().wait();
  cancel.Request();
  CHECK_FALSE(slept_through.get());
}

TEST_CASE("sleepers for ever are woken, and later ones do not sleep at all") {
  Cancel cancel;
  std::atomic<int> awake = 0;
  std::vector<std::future<bool>> sleepers;
  for (int i = 0; i < 4; ++i) {
    sleepers.push_back(std::async(std::launch::async, [&] {
      ++awake;
      return cancel.SleepFor(absl::InfiniteDuration());
    }));
  }
  // All are about to sleep, and have time enough to fall asleep or to return when they should not.
  while (awake < 4) std::this_thread::yield();
  for (int i = 0; i < 20'000; ++i) std::this_thread::yield();
  cancel.Request();
  for (auto& sleeper : sleepers) CHECK_FALSE(sleeper.get());
  CHECK_FALSE(cancel.SleepFor(absl::Hours(1)));
}

TEST_CASE("a sleep that nobody disturbs ends by itself") {
  const Cancel cancel;
  CHECK(cancel.SleepFor(absl::Milliseconds(1)));
  CHECK(cancel.SleepFor(absl::ZeroDuration()));
}

TEST_CASE("once requested it stays requested, and says what was stopped") {
  Cancel cancel;
  CHECK_FALSE(cancel.requested());
  CHECK(cancel.Check("reading").ok());
  cancel.Request();
  cancel.Request();
  CHECK(cancel.requested());
  CHECK(cancel.Check("reading").code() == absl::StatusCode::kCancelled);
  CHECK(Message(cancel.Check("reading the roster")) == "stopped while reading the roster");
}

TEST_CASE("callbacks run once, on the thread that requests") {
  Cancel cancel;
  int calls = 0;
  std::thread::id ran_on;
  const Cancel::Registration first(cancel, [&] { ++calls, ran_on = std::this_thread::get_id(); });
  const Cancel::Registration second(cancel, [&] { ++calls; });
  CHECK(calls == 0);
  cancel.Request();
  CHECK(calls == 2);
  CHECK(ran_on == std::this_thread::get_id());
  cancel.Request();
  CHECK(calls == 2);
}

TEST_CASE("a callback that is registered too late runs at once") {
  Cancel cancel;
  cancel.Request();
  int calls = 0;
  const Cancel::Registration late(cancel, [&] { ++calls; });
  CHECK(calls == 1);
}

TEST_CASE("a callback whose registration is gone does not run") {
  Cancel cancel;
  int calls = 0;
  {
    const Cancel::Registration gone(cancel, [&] { ++calls; });
  }
  cancel.Request();
  CHECK(calls == 0);
}

TEST_CASE("a callback may ask the cancel that calls it") {
  Cancel cancel;
  bool seen = false;
  const Cancel::Registration asks(cancel,
                                  [&] { seen = cancel.requested() && !cancel.SleepFor(absl::Hours(1)); });
  cancel.Request();
  CHECK(seen);
}

TEST_CASE("the registration's destructor waits for its running callback") {
  for (int round = 0; round < 20; ++round) {
    Cancel cancel;
    std::promise<void> begun;
    std::atomic<bool> destroyed = false;
    std::atomic<bool> destroyed_too_early = false;
    auto registration = std::make_unique<Cancel::Registration>(cancel, [&] {
      begun.set_value();
      // Time enough for a destructor that does not wait.
      for (int i = 0; i < 20'000 && !destroyed; ++i) std::this_thread::yield();
      destroyed_too_early = destroyed.load();
    });
    std::thread requester([&] { cancel.Request(); });
    begun.get_future().wait();
    registration.reset();
    destroyed = true;
    requester.join();
    CHECK_FALSE(destroyed_too_early);
  }
}

}  // namespace
}  // namespace oktasync
