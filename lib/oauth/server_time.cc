#include "oauth/server_time.h"

#include <optional>

#include "http/date.h"

namespace oktasync::oauth {

bool LearnServerTime(CorrectedClock& clock, const http::Response& response, absl::Duration exchange) {
  const std::optional<absl::Time> date = http::ServerDate(response);
  if (!date.has_value()) return false;
  constexpr absl::Duration kNoise = absl::Seconds(2);
  const absl::Duration behind = clock.Uncorrected() - *date;
  if (exchange >= kNoise && behind > -kNoise && behind < exchange + kNoise) return false;
  clock.Learn(*date);
  return true;
}

}  // namespace oktasync::oauth
