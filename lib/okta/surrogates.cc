#include "okta/surrogates.h"

#include <cstdint>
#include <cstring>

namespace oktasync::okta {
namespace {

// The code unit of \uXXXX at `at`, or -1 when there is no such escape.
int32_t CodeUnit(std::string_view json, size_t at) {
  if (json.size() < at + 6 || json[at] != '\\' || json[at + 1] != 'u') return -1;
  int32_t unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const char c = json[i];
    if (c >= '0' && c <= '9') {
      unit = unit * 16 + (c - '0');
    } else if (c >= 'a' && c <= 'f') {
      unit = unit * 16 + (c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      unit = unit * 16 + (c - 'A' + 10);
    } else {
      return -1;
    }
  }
  return unit;
}

bool IsHigh(int32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool IsLow(int32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

}  // namespace

bool HasLoneSurrogate(std::string_view json) {
  size_t at = 0;
  // Backslashes are rare in Okta's pages, so memchr does nearly all the work.
  while (at < json.size()) {
    const void* found = std::memchr(json.data() + at, '\\', json.size() - at);
    if (found == nullptr) return false;
    at = static_cast<size_t>(static_cast<const char*>(found) - json.data());
    const int32_t unit = CodeUnit(json, at);
    if (unit < 0) {
      at += 2;  // the escaped character may be a backslash itself
    } else if (IsLow(unit)) {
      return true;
    } else if (IsHigh(unit)) {
      if (!IsLow(CodeUnit(json, at + 6))) return true;
      at += 12;
    } else {
      at += 6;
    }
  }
  return false;
}

}  // namespace oktasync::okta
