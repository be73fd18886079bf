#include "base/timed_cancel.h"

#include <catch2/catch.hpp>

namespace oktasync {
namespace {

TEST_CASE("a timed cancel requests itself after its limit") {
  const Cancel outer;
  TimedCancel timed(absl::Milliseconds(30), outer, absl::Milliseconds(1));
  CHECK_FALSE(timed.cancel().SleepFor(absl::Seconds(30)));
}

TEST_CASE("a timed cancel hurries once the outer one is requested, and not before") {
  Cancel outer;
  TimedCancel timed(absl::Hours(1), outer, absl::Milliseconds(30));
  CHECK(timed.cancel().SleepFor(absl::Milliseconds(60)));
  outer.Request();
  CHECK_FALSE(timed.cancel().SleepFor(absl::Seconds(30)));
}

TEST_CASE("a timed cancel leaves time for last calls although the outer one was requested before") {
  // Found when a stopped run no longer gave its lease back.
  Cancel outer;
  outer.Request();
  TimedCancel timed(absl::Hours(1), outer, absl::Seconds(20));
  CHECK(timed.cancel().SleepFor(absl::Milliseconds(100)));
}

}  // namespace
}  // namespace oktasync
