#include "text_format.h"

#include <cmath>
#include <cstdio>

#include "absl/time/time.h"
#include "base/text.h"

namespace oktasync::host {

std::string Paint(std::string_view text, Color color, bool on) {
  const char* code = "";
  switch (color) {
    case Color::kPlain:
      return std::string(text);
    case Color::kGreen:
      code = "\033[32m";
      break;
    case Color::kYellow:
      code = "\033[33m";
      break;
    case Color::kRed:
      code = "\033[31m";
      break;
    case Color::kBlue:
      code = "\033[36m";
      break;
    case Color::kBold:
      code = "\033[1m";
      break;
    case Color::kDim:
      code = "\033[2m";
      break;
  }
  if (!on) return std::string(text);
  return std::string(code) + std::string(text) + "\033[0m";
}

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string Counted(uint64_t number, std::string_view one, std::string_view many) {
  return Grouped(number) + " " + std::string(number == 1 ? one : many);
}

std::string Seconds(double seconds) {
  char buffer[64];
  if (seconds < 9.95) {
    std::snprintf(buffer, sizeof(buffer), "%.1f s", seconds < 0 ? 0 : seconds);
    return buffer;
  }
  const double bounded = seconds < 1e9 ? seconds : 1e9;
  const long whole = std::lround(bounded);
  if (whole < 60) {
    std::snprintf(buffer, sizeof(buffer), "%ld s", whole);
  } else if (whole < 3600) {
    std::snprintf(buffer, sizeof(buffer), "%ld min %ld s", whole / 60, whole % 60);
  } else {
    std::snprintf(buffer, sizeof(buffer), "%ld h %ld min", whole / 3600, whole % 3600 / 60);
  }
  return buffer;
}

std::string When(const std::string& time) {
  absl::Time parsed;
  if (!absl::ParseTime(absl::RFC3339_full, time, &parsed, nullptr)) return Escape(time, 64);
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", parsed, absl::UTCTimeZone());
}

std::string CutToColumns(std::string_view text, size_t columns) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u;
    if (starts && ++seen > columns) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

}  // namespace oktasync::host
