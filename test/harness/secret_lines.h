// Secrets that no output may hold: the lines of private keys, and what looks like a token.
#pragma once

#include <string>
#include <vector>

namespace harness {

// Files that hold private keys, as the lines that must never be seen elsewhere.
std::vector<std::string> SecretLines(const std::vector<std::string>& files);

// Which of these secrets the text holds ("secret number 3"), and which signs of a token. None of them is told again.
std::vector<std::string> SecretsIn(const std::string& text, const std::vector<std::string>& secrets);

}  // namespace harness
