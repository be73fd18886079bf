#include "http/date.h"

#include "base/status.h"

namespace oktasync::http {

std::optional<absl::Time> ParseHttpDate(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", Sv(text), &time, &error)) return std::nullopt;
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  return time;
}

std::optional<absl::Time> ServerDate(const Response& response) {
  const std::vector<std::string_view> values = response.All("date");
  if (values.empty()) return std::nullopt;
  for (std::string_view value : values) {
    if (value != values.front()) return std::nullopt;
  }
  return ParseHttpDate(values.front());
}

}  // namespace oktasync::http
