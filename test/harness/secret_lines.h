// The lines of private keys that no output may hold.
#pragma once

#include <string>
#include <vector>

namespace harness {

// Files that hold private keys, as the lines that must never be seen elsewhere.
std::vector<std::string> SecretLines(const std::vector<std::string>& files);

}  // namespace harness
