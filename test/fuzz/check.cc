#include "check.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::fuzz {

void Check(bool good, const char* words, const char* file, int line) {
  if (good) return;
  std::fprintf(stderr, "%s:%d: what must hold does not: %s\n", file, line, words);
  std::abort();
}

void Tell(std::string_view text) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

std::string_view TakeUntil(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

uint8_t TakeByte(std::string_view& rest) {
  if (rest.empty()) return 0;
  const auto byte = static_cast<uint8_t>(rest.front());
  rest.remove_prefix(1);
  return byte;
}

bool IsPlain(std::string_view text) {
  if (!IsUtf8(text)) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    // C1: U+0080 to U+009F.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return true;
}

void CheckWords(const absl::Status& status) {
  if (status.ok()) return;
  FUZZ_CHECK(!status.message().empty());
  FUZZ_CHECK(IsPlain(Std(status.message())));
}

}  // namespace oktasync::fuzz
