// Small text functions that several rooms need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oktasync {

// Text from outside, safe for a terminal or a log line: control characters, invalid UTF-8, and the
// bidirectional and invisible characters that can make one name look like another become \xNN or \u{NN};
// cut to `max_bytes` with "…".
std::string Escape(std::string_view text, size_t max_bytes = 512);

// ASCII only: the names that Teleport accepts are ASCII.
std::string FoldCase(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// ASCII's control characters, DEL among them.
bool HasControl(std::string_view text);

// Without the `blanks` at both ends.
std::string_view Trim(std::string_view text, std::string_view blanks = " \t\r\n");

bool IsUtf8(std::string_view bytes);

std::string Hex(std::string_view bytes);

// RFC 4648 section 5, without padding.
std::string Base64Url(std::string_view bytes);
std::optional<std::string> FromBase64Url(std::string_view text);

std::string RandomHex(size_t bytes);
// RFC 4122 version 4.
std::string RandomUuid();
// Uniform in [0, 1); for jitter only.
double RandomUnit();

// SHA-256, 32 bytes.
std::string Sha256(std::string_view bytes);

}  // namespace oktasync
