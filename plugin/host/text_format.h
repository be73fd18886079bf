// Numbers, times and colours as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oktasync::host {

enum class Color { kPlain, kGreen, kYellow, kRed, kBlue, kBold, kDim };

// `text` in `color` when `on`; ends in plain.
std::string Paint(std::string_view text, Color color, bool on);

std::string Grouped(uint64_t number);                                               // 4,321
std::string Counted(uint64_t number, std::string_view one, std::string_view many);  // "1 person", "2 people"
std::string Seconds(double seconds);  // "0.2 s", "3 min 12 s", "2 h 5 min"
// RFC 3339 to whole seconds in UTC; what is no time comes escaped as it is.
std::string When(const std::string& time);

// The first `columns` code points; our texts hold no wide or combining characters where this is used.
std::string CutToColumns(std::string_view text, size_t columns);

}  // namespace oktasync::host
