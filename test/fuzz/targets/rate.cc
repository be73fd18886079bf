// Rate headers over a row of answers: whatever they say, nobody waits for ever and nothing overflows. An answer is
// a line: status, limit, remaining, reset, date, and seconds passed before it, separated by tabs.
#include <cstdlib>
#include <string>

#include "check.h"
#include "http/rate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using oktasync::fuzz::TakeUntil;
  namespace http = oktasync::http;
  std::string_view rest = oktasync::fuzz::View(data, size);
  http::RateBudget budget(0.5);
  absl::Duration now = absl::Hours(1);
  for (int answers = 0; !rest.empty() && answers < 16; ++answers) {
    std::string_view line = TakeUntil(rest, '\n');
    http::Response response;
    response.status = std::atoi(std::string(TakeUntil(line, '\t')).c_str()) % 1000;
    for (const char* name : {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "date"}) {
      // Twice when there is a bar in it.
      std::string_view values = TakeUntil(line, '\t');
      while (!values.empty()) response.headers.emplace_back(name, std::string(TakeUntil(values, '|')));
    }
    now += absl::Seconds(std::abs(std::atoi(std::string(line).c_str()) % 1000));
    const absl::Duration wait = budget.Acquire("b", now, 0.5);
    FUZZ_CHECK(wait >= absl::ZeroDuration() && wait <= absl::Minutes(4));
    const http::RefusalWait refusal = budget.Learn("b", response, now, 0.5);
    FUZZ_CHECK((refusal.refusal == http::Refusal::kNone) == (response.status != 429));
    FUZZ_CHECK(refusal.wait >= absl::ZeroDuration() && refusal.wait <= absl::Minutes(2));
  }
  if (const auto time = budget.TimeFor("b", 100, now)) {
    FUZZ_CHECK(*time >= absl::ZeroDuration() && *time <= absl::Hours(24 * 366));
  }
  // After a quiet time it always goes on.
  FUZZ_CHECK(budget.Acquire("b", now + absl::Minutes(5), 0.5) == absl::ZeroDuration());
  for (const http::RateSnapshot& shown : budget.Snapshot())
    FUZZ_CHECK(shown.limit >= -1 && shown.remaining >= -1);
  return 0;
}
