#include "http/retry.h"

#include <catch2/catch.hpp>

#include "base/status.h"

namespace oktasync::http {

TEST_CASE("BAD-DAYS: 500, 502, 503, 504 and 408 are asked again, nothing else is") {
  for (int status = 100; status < 600; ++status) {
    const bool again = status == 408 || status == 500 || status == 502 || status == 503 || status == 504;
    CAPTURE(status);
    CHECK(WorthRetrying(status) == again);
  }
}

TEST_CASE("connection errors and timeouts are asked again; certificates, limits and stops are not") {
  using absl::StatusCode;
  for (int i = 1; i <= 16; ++i) {
    const auto code = static_cast<StatusCode>(i);
    CAPTURE(i);
    CHECK(WorthRetrying(MakeStatus(code, "x")) ==
          (code == StatusCode::kUnavailable || code == StatusCode::kDeadlineExceeded));
  }
  CHECK_FALSE(WorthRetrying(absl::OkStatus()));
}

TEST_CASE("the pause doubles up to the cap, its upper half is random") {
  const Backoff backoff{.first = absl::Milliseconds(500), .cap = absl::Seconds(30)};
  CHECK(PauseAfter(1, backoff, 0.0) == absl::Milliseconds(250));
  CHECK(PauseAfter(1, backoff, 1.0) == absl::Milliseconds(500));
  CHECK(PauseAfter(2, backoff, 1.0) == absl::Seconds(1));
  CHECK(PauseAfter(3, backoff, 0.5) == absl::Milliseconds(1500));
  CHECK(PauseAfter(7, backoff, 1.0) == absl::Seconds(30));
}

TEST_CASE("okta-sdk-nodejs: no number of failures overflows into a pause of nothing") {
  const Backoff backoff;
  for (int failed : {8, 32, 33, 64, 65, 1000, 2'000'000'000}) {
    CHECK(PauseAfter(failed, backoff, 0.0) == backoff.cap / 2);
    CHECK(PauseAfter(failed, backoff, 1.0) == backoff.cap);
  }
  CHECK(PauseAfter(0, backoff, 0.0) == backoff.first / 2);
  CHECK(PauseAfter(-5, backoff, 0.0) == backoff.first / 2);
}

}  // namespace oktasync::http
