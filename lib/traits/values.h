// One value of a profile: its canonical text, and whether it may become a trait (rule R7). Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "model/app_user.h"

namespace oktasync::traits {

inline constexpr size_t kMaxScalarText = 32;

// The canonical text. A string is returned as it is; the others are written to `buffer`, which holds at least
// kMaxScalarText bytes: booleans "true" and "false", whole numbers in digits also when JSON spelled them 1.0
// or 1e3 (up to 2^53, where doubles stop being exact), other numbers in the shortest form that reads back as
// the same double. "" for a string that is empty and for what is no number (NaN, infinity).
std::string_view ScalarText(const Scalar& scalar, char* buffer);

// What R7 finds in a text.
struct Traces {
  bool control = false;  // C0, DEL, C1
  bool broken = false;   // not UTF-8: gRPC would refuse the whole message
  bool pattern = false;  // '*' anywhere, or '^' first and '$' last: lib/utils/replace.go of Teleport
};
Traces Inspect(std::string_view text);

}  // namespace oktasync::traits
