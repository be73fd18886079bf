// What a fuzz target asserts besides that nothing crashes, and how it takes its input apart.
//
// For the files of targets/ alone. A target defines LLVMFuzzerTestOneInput (libFuzzer, "Fuzz Target") and nothing
// else that is visible; it keeps no state from one input to the next that could change what an input does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace oktasync::fuzz {

// Ends the process with the place and the words when `good` is false: both libFuzzer and the replay take that for a
// finding.
#define FUZZ_CHECK(good) ::oktasync::fuzz::Check((good), #good, __FILE__, __LINE__)
void Check(bool good, const char* words, const char* file, int line);

// On standard error, for a finding that needs more words.
void Tell(std::string_view text);

inline std::string_view View(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes what stands before the next `separator` from the front of `rest`, all of it when there is none.
std::string_view TakeUntil(std::string_view& rest, char separator);
// The first byte; 0 when there is none.
uint8_t TakeByte(std::string_view& rest);

// Fit for a terminal or a log line: UTF-8, and neither a control character nor one that deceives.
bool IsPlain(std::string_view text);

// An error has words, and they are UTF-8 without control characters: whoever prints them escapes them all the same,
// but a report holds them as they are.
void CheckWords(const absl::Status& status);

}  // namespace oktasync::fuzz
