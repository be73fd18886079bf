// JSON pointers (RFC 6901) for the paths of problems, and the guess at what an unknown key was meant to be.
// For reader.cc and cross_checks.cc alone. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oktasync::config {

// `parent` with one more step. A key from outside is escaped for terminals and cut, and one that looks like
// key material (a PEM that slipped into the place of a key) is not repeated.
std::string Child(std::string_view parent, std::string_view key);
std::string Child(std::string_view parent, size_t index);

// The one of `known` that is nearest to `key` by edit distance, case folded; "" when none is near.
std::string_view Nearest(std::string_view key, const std::vector<std::string_view>& known);

}  // namespace oktasync::config
