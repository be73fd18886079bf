// JSON from outside, parsed with limits: size, depth, valid UTF-8, no duplicate keys.
//
// nlohmann keeps the last of two equal keys without a word and overflows the stack when a deeply nested
// value is copied; both are attacks here, so both are errors. Okta's pages, the hot path, are read by
// lib/okta with simdjson instead.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"

namespace oktasync {

struct JsonLimits {
  size_t max_bytes = 1 << 20;
  size_t max_depth = 32;
};

// kInvalidArgument with the position and the reason; the message holds none of the text, which may be secret.
absl::StatusOr<nlohmann::json> ParseJson(std::string_view text, JsonLimits limits = {});

// Never throws: invalid UTF-8 is replaced. `indent` < 0 gives one line.
std::string DumpJson(const nlohmann::json& value, int indent = -1);

// The string member `key`, or "" when it is missing or of another type.
std::string JsonString(const nlohmann::json& object, std::string_view key);

}  // namespace oktasync
