#include "config/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace oktasync::config {
namespace {

struct Unit {
  std::string_view name;
  int64_t milliseconds;
};
constexpr std::array kUnits = {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr int64_t kLongest = 100LL * 365 * 24 * 3'600'000;

}  // namespace

std::optional<absl::Duration> ParseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  size_t next_unit = 0;
  while (!text.empty()) {
    if (text.front() < '0' || text.front() > '9') return std::nullopt;  // from_chars would take a '-'
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    const int64_t unit = kUnits[next_unit++].milliseconds;
    if (number > (kLongest - total) / unit) return std::nullopt;
    total += number * unit;
    text.remove_prefix(name.size());
  }
  return absl::Milliseconds(total);
}

std::string DurationText(absl::Duration duration) {
  int64_t left = absl::ToInt64Milliseconds(duration);
  if (left == 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    const int64_t number = left / unit.milliseconds;
    if (number == 0) continue;
    text += std::to_string(number);
    text += unit.name;
    left %= unit.milliseconds;
  }
  return text;
}

}  // namespace oktasync::config
