#include "base/clock.h"

#include <catch2/catch.hpp>

namespace oktasync {
namespace {

class SetClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Duration SinceBoot() const override { return boot; }
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  absl::Duration boot = absl::Hours(5);
};

TEST_CASE("R20: a clock that is right stays as it is") {
  SetClock base;
  CorrectedClock clock(base);
  CHECK(clock.Now() == base.now);
  // The header has whole seconds: what is within them is no error of ours.
  for (absl::Duration within :
       {absl::ZeroDuration(), absl::Seconds(-1), absl::Seconds(1), absl::Seconds(-2)}) {
    clock.Learn(base.now + within);
    CHECK(clock.offset() == absl::ZeroDuration());
  }
}

TEST_CASE("bad day: our clock is minutes or days off, and the Date header teaches it") {
  SetClock base;
  CorrectedClock clock(base);
  for (absl::Duration off :
       {absl::Minutes(10), -absl::Minutes(10), absl::Hours(72), -absl::Hours(72), absl::Seconds(5)}) {
    clock.Learn(base.now + off);
    CHECK(absl::AbsDuration(clock.offset() - off) <= absl::Seconds(1));
    CHECK(absl::AbsDuration(clock.Now() - (base.now + off)) <= absl::Seconds(1));
    CHECK(clock.Uncorrected() == base.now);
  }
  // Learned again once our own clock is set right.
  clock.Learn(base.now);
  CHECK(clock.Now() == base.now);
}

TEST_CASE("R20: what is measured since boot is not corrected") {
  SetClock base;
  CorrectedClock clock(base);
  clock.Learn(base.now + absl::Hours(72));
  CHECK(clock.SinceBoot() == absl::Hours(5));
}

TEST_CASE("the system's clock goes on and never back since boot") {
  const Clock& clock = SystemClock();
  CHECK(clock.Now() > absl::FromUnixSeconds(1'700'000'000));
  absl::Duration before = clock.SinceBoot();
  CHECK(before > absl::ZeroDuration());
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration after = clock.SinceBoot();
    CHECK(after >= before);
    before = after;
  }
}

}  // namespace
}  // namespace oktasync
