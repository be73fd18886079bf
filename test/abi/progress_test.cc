// Progress of a run: bar, count, rate, time left.
#include <catch2/catch.hpp>
#include <string>

#include "progress.h"

namespace oktasync::host {
namespace {

TEST_CASE("the plugin's status is read, and nonsense is not") {
  const auto status = ParseStatus(
      R"({"state":"running","last_error":"","next_run":null,"last_run":{"run_id":4},
          "progress":{"run_id":5,"kind":"plan","stage":"walk","seen":10,"expected":100,"written":2,
          "rate_wait_seconds":3.5}})");
  REQUIRE(status);
  CHECK(status->state == "running");
  CHECK(status->last_run_id == 4);
  REQUIRE(status->progress);
  CHECK(status->progress->plan);
  CHECK(status->progress->expected == 100);
  CHECK(status->progress->rate_wait_seconds == 3.5);
  CHECK_FALSE(ParseStatus("[]"));
  CHECK_FALSE(ParseStatus("{"));
  REQUIRE(ParseStatus("{}"));
  CHECK_FALSE(ParseStatus("{}")->progress);
}

TEST_CASE("the bar shows count, rate and what is left") {
  ProgressMeter meter;
  meter.Update({1, false, "walk", 0, 50'000, 0}, absl::Seconds(100));
  meter.Update({1, false, "walk", 25'000, 50'000, 12}, absl::Seconds(110));
  const std::string bar = meter.Bar(120);
  CHECK_THAT(bar, Catch::Contains("sync: walk [############............]"));
  CHECK_THAT(bar, Catch::Contains("25,000 of about 50,000 people, 2,500/s, 10 s left, 12 writes"));
  // A narrow terminal: the numbers say more than the bar.
  CHECK(meter.Bar(85).size() <= 84);
  CHECK_THAT(meter.Bar(85), Catch::Contains("[#####.....]") && Catch::Contains("10 s left"));
  CHECK_THAT(meter.Bar(75), !Catch::Contains("[") && Catch::Contains("10 s left"));
  CHECK(meter.Bar(40).size() <= 39);
}

TEST_CASE("a first import knows no total: count and rate, no bar, nothing left to guess") {
  ProgressMeter meter;
  meter.Update({1, false, "walk", 0, 0, 0}, absl::Seconds(0));
  meter.Update({1, false, "walk", 600, 0, 0}, absl::Seconds(60));
  CHECK_THAT(meter.Bar(100), !Catch::Contains("[") && !Catch::Contains("left"));
  CHECK(meter.Line() == "walk: 600 people, 10/s");
  // More people than the roster had: it is no forecast any more.
  meter.Update({2, false, "walk", 0, 100, 0}, absl::Seconds(61));
  meter.Update({2, false, "walk", 150, 100, 0}, absl::Seconds(63));
  CHECK_THAT(meter.Bar(100),
             Catch::Contains("150 people") && !Catch::Contains("[") && !Catch::Contains("left"));
}

TEST_CASE("what is left is at least what Okta's rate window takes") {
  ProgressMeter meter;
  meter.Update({1, false, "walk", 0, 50'000, 0, 0}, absl::Seconds(100));
  meter.Update({1, false, "walk", 25'000, 50'000, 0, 0}, absl::Seconds(110));
  CHECK_THAT(meter.Line(), Catch::Contains(", 10 s left") && !Catch::Contains("rate limit"));
  meter.Update({1, false, "walk", 25'000, 50'000, 0, 180}, absl::Seconds(110));
  CHECK_THAT(meter.Line(), Catch::Contains("at least 3 min 0 s left by Okta's rate limit"));
  // Before there is a rate to measure.
  ProgressMeter fresh;
  fresh.Update({1, false, "walk", 500, 50'000, 0, 60}, absl::Seconds(0));
  CHECK_THAT(fresh.Line(), Catch::Contains("at least 1 min 0 s left"));
}

TEST_CASE("a first import that waits for Okta's rate window says so, and until when") {
  ProgressMeter meter;
  meter.Update({1, false, "walk", 600, 0, 0, -1, 42}, absl::Seconds(0));
  CHECK(meter.Line() == "walk: 600 people, waits 42 s for Okta's rate limit");
  meter.Update({1, false, "walk", 600, 0, 0, -1, 0.4}, absl::Seconds(0));
  CHECK(meter.Line() == "walk: 600 people");  // a pause between two calls
}

TEST_CASE("a stage's rate begins with the stage") {
  ProgressMeter meter;
  meter.Update({1, false, "walk", 1000, 1000, 0}, absl::Seconds(100));
  meter.Update({1, false, "apply", 1000, 1000, 100}, absl::Seconds(200));
  meter.Update({1, false, "apply", 1000, 1000, 300}, absl::Seconds(210));
  CHECK_THAT(meter.Line(), Catch::Contains("20/s, 300 writes"));
}

TEST_CASE("lines come at a new stage and then now and then") {
  ProgressMeter meter;
  const absl::Duration every = absl::Seconds(10);
  meter.Update({1, false, "walk", 1, 0, 0}, absl::Seconds(1));
  const absl::Duration quiet = absl::Seconds(2);
  CHECK_FALSE(meter.LineDue(absl::Seconds(2), every, quiet));  // it may be over in a moment
  CHECK(meter.LineDue(absl::Seconds(3), every, quiet));
  CHECK_FALSE(meter.LineDue(absl::Seconds(12), every, quiet));
  CHECK(meter.LineDue(absl::Seconds(13), every, quiet));
  meter.Update({1, false, "apply", 1, 0, 0}, absl::Seconds(14));
  CHECK(meter.LineDue(absl::Seconds(14), every, quiet));
  meter.Update({2, false, "walk", 1, 0, 0}, absl::Seconds(15));
  CHECK_FALSE(meter.LineDue(absl::Seconds(15), every, quiet));
}

}  // namespace
}  // namespace oktasync::host
