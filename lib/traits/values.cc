#include "traits/values.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "base/text.h"

namespace oktasync::traits {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

template <typename Number>
std::string_view Written(Number number, char* buffer) {
  const auto [end, error] = std::to_chars(buffer, buffer + kMaxScalarText, number);
  return error == std::errc() ? std::string_view(buffer, static_cast<size_t>(end - buffer))
                              : std::string_view();
}

}  // namespace

std::string_view ScalarText(const Scalar& scalar, char* buffer) {
  return std::visit(
      [buffer](const auto& value) -> std::string_view {
        using Type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Type, std::string_view>) {
          return value;
        } else if constexpr (std::is_same_v<Type, bool>) {
          return value ? "true" : "false";
        } else if constexpr (std::is_same_v<Type, double>) {
          if (!std::isfinite(value)) return {};
          if (std::abs(value) < kExactIntegers && std::trunc(value) == value) {
            return Written(static_cast<int64_t>(value), buffer);
          }
          return Written(value, buffer);
        } else {
          return Written(value, buffer);
        }
      },
      scalar);
}

Traces Inspect(std::string_view text) {
  Traces traces;
  bool ascii = true;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    traces.control |= byte < 0x20 || byte == 0x7F;
    traces.pattern |= byte == '*';
    ascii &= byte < 0x80;
  }
  if (text.size() >= 2 && text.front() == '^' && text.back() == '$') traces.pattern = true;
  if (ascii) return traces;
  traces.broken = !IsUtf8(text);
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    // U+0080 to U+009F is C2 80 to C2 9F.
    if (static_cast<unsigned char>(text[i]) == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      traces.control = true;
    }
  }
  return traces;
}

}  // namespace oktasync::traits
