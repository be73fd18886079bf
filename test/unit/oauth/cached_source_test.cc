// The cached token: renewed early, kept while a renewal fails, dropped when refused, minted once at a time.
#include "oauth/cached_source.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"

namespace oktasync::oauth {
namespace {

using absl::StatusCode;

class TestClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::UnixEpoch() + SinceBoot(); }
  absl::Duration SinceBoot() const override { return absl::Seconds(seconds.load()); }
  std::atomic<int64_t> seconds{1000};
};

class CountingLog final : public LogSink {
 public:
  void Write(LogLevel, std::string_view, std::string_view message,
             std::initializer_list<LogField> fields) override {
    text += std::string(message);
    for (const LogField& field : fields) text += " " + field.value;
    ++lines;
  }
  std::string text;
  int lines = 0;
};

// Mints "sECReT<n>" for an hour, or fails with `error`.
struct Fixture {
  TestClock clock;
  CountingLog log;
  Cancel cancel;
  int minted = 0;
  std::vector<bool> patient;
  absl::Status error;
  std::unique_ptr<TokenSource> source = MakeCachedSource(
      [this](bool may_wait, Cancel&) -> absl::StatusOr<MintedToken> {
        patient.push_back(may_wait);
        if (!error.ok()) return error;
        return MintedToken{Secret("sECReT" + std::to_string(++minted)), clock.SinceBoot(), absl::Hours(1)};
      },
      clock, log);

  std::string Get() {
    const auto token = source->Get(cancel);
    return token.ok() ? std::string(token->value.Reveal()) : Describe(token.status());
  }
};

TEST_CASE("token: kept until 85 % of its lifetime, then renewed") {
  Fixture f;
  CHECK(f.Get() == "sECReT1");
  f.clock.seconds = 1000 + 3059;
  CHECK(f.Get() == "sECReT1");
  f.clock.seconds = 1000 + 3061;
  CHECK(f.Get() == "sECReT2");
  CHECK(f.Get() == "sECReT2");
  CHECK(f.patient == std::vector<bool>{true, false});  // the renewal makes nobody wait
}

TEST_CASE("token: a failing renewal keeps the old token as long as it lives, and is tried again") {
  Fixture f;
  REQUIRE(f.Get() == "sECReT1");
  f.error = MakeStatus(StatusCode::kUnavailable, "Okta is down");
  f.clock.seconds = 1000 + 3100;
  CHECK(f.Get() == "sECReT1");
  CHECK(f.Get() == "sECReT1");
  CHECK(f.patient.size() == 2);  // not at every call
  CHECK(f.log.lines == 1);
  CHECK_THAT(f.log.text, Catch::Contains("Okta is down") && !Catch::Contains("sECReT"));
  f.clock.seconds = 1000 + 3131;
  CHECK(f.Get() == "sECReT1");
  CHECK(f.patient.size() == 3);
  f.clock.seconds = 1000 + 3600;
  CHECK(f.Get() == "UNAVAILABLE: Okta is down");
  CHECK(f.patient.back());  // now it may take its time
  f.error = absl::OkStatus();
  CHECK(f.Get() == "sECReT2");
}

TEST_CASE("token: a refused token is not given out again, a newer one is not touched") {
  Fixture f;
  const auto first = f.source->Get(f.cancel);
  REQUIRE(first.ok());
  f.source->Refused(first->generation);
  const auto second = f.source->Get(f.cancel);
  REQUIRE(second.ok());
  CHECK(second->value.Reveal() == "sECReT2");
  CHECK(second->generation != first->generation);
  f.source->Refused(first->generation);  // a slow answer to the old one
  CHECK(f.Get() == "sECReT2");
}

TEST_CASE("token: an error is not cached") {
  Fixture f;
  f.error = MakeStatus(StatusCode::kFailedPrecondition, "grant the scopes");
  CHECK(f.Get() == "FAILED_PRECONDITION: grant the scopes");
  f.error = absl::OkStatus();
  CHECK(f.Get() == "sECReT1");
}

// A mint that holds everybody up until it is let go.
class Gate {
 public:
  void Open(absl::Status status) {
    std::lock_guard lock(mutex_);
    outcome_ = std::move(status);
    open_ = true;
    changed_.notify_all();
  }
  absl::StatusOr<MintedToken> Mint(absl::Duration now) {
    std::unique_lock lock(mutex_);
    const int n = ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    if (!outcome_.ok()) return outcome_;
    return MintedToken{Secret("sECReT" + std::to_string(n)), now, absl::Hours(1)};
  }
  void AwaitBegun() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return begun_ > 0; });
  }
  int begun() {
    std::lock_guard lock(mutex_);
    return begun_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int begun_ = 0;
  absl::Status outcome_;
};

TEST_CASE("token: one mint at a time; all who wait get its token") {
  TestClock clock;
  Gate gate;
  Cancel cancel;
  const auto source =
      MakeCachedSource([&](bool, Cancel&) { return gate.Mint(clock.SinceBoot()); }, clock, NullLog());
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto token = source->Get(cancel);
      if (token.ok() && token->value.Reveal() == "sECReT1") ++good;
    });
  }
  gate.AwaitBegun();
  gate.Open(absl::OkStatus());
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 8);
  CHECK(gate.begun() == 1);
}

TEST_CASE("token: who waits can be stopped without stopping the mint") {
  TestClock clock;
  Gate gate;
  Cancel cancel;
  const auto source =
      MakeCachedSource([&](bool, Cancel&) { return gate.Mint(clock.SinceBoot()); }, clock, NullLog());
  bool minted = false;  // Catch2's assertions belong to the test's own thread
  std::thread minter([&] { minted = source->Get(cancel).ok(); });
  gate.AwaitBegun();
  Cancel other;
  std::thread stopper([&] { other.Request(); });
  CHECK(source->Get(other).status().code() == StatusCode::kCancelled);
  stopper.join();
  gate.Open(absl::OkStatus());
  minter.join();
  CHECK(minted);
  CHECK(gate.begun() == 1);
}

TEST_CASE("token: a renewal in flight makes nobody with a living token wait") {
  TestClock clock;
  Cancel cancel;
  Gate gate;
  std::atomic<bool> renewing{false};
  const auto source = MakeCachedSource(
      [&](bool, Cancel&) -> absl::StatusOr<MintedToken> {
        if (!renewing) return MintedToken{Secret("old"), clock.SinceBoot(), absl::Hours(1)};
        return gate.Mint(clock.SinceBoot());
      },
      clock, NullLog());
  REQUIRE(source->Get(cancel).ok());
  renewing = true;
  clock.seconds += 3200;
  std::string renewed;
  std::thread renewer([&] {
    const auto token = source->Get(cancel);
    if (token.ok()) renewed = token->value.Reveal();
  });
  gate.AwaitBegun();
  CHECK(source->Get(cancel)->value.Reveal() == "old");
  gate.Open(absl::OkStatus());
  renewer.join();
  CHECK(renewed == "sECReT1");
  CHECK(source->Get(cancel)->value.Reveal() == "sECReT1");
}

TEST_CASE("invariant 15: of an exception only its type is told: its text may quote a secret") {
  TestClock clock;
  Cancel cancel;
  const auto source = MakeCachedSource(
      [](bool, Cancel&) -> absl::StatusOr<MintedToken> { throw std::runtime_error("at sECReT"); }, clock,
      NullLog());
  const std::string text = Describe(source->Get(cancel).status());
  CHECK_THAT(text, Catch::Contains("std::runtime_error") && !Catch::Contains("sECReT"));
}

TEST_CASE("token: a mint that throws is an error and wakes who waits") {
  TestClock clock;
  Cancel cancel;
  const auto source = MakeCachedSource(
      [](bool, Cancel&) -> absl::StatusOr<MintedToken> { throw std::bad_alloc(); }, clock, NullLog());
  CHECK(source->Get(cancel).status().code() == StatusCode::kResourceExhausted);
  CHECK(source->Get(cancel).status().code() == StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace oktasync::oauth
