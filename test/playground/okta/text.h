// Text as Okta's wire wants it: JSON strings, base64url (RFC 4648 section 5), base62 ids, times, queries.
//
// Used by every part of the playground's Okta side. Pure functions, no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace playground::okta {

// Appends `utf8` as a JSON string with its quotes. The text must be valid UTF-8, which our own is.
void AppendJsonString(std::string& out, std::string_view utf8);

std::string Base64UrlEncode(std::string_view bytes);
// No padding, no white space: anything else is nullopt.
std::optional<std::string> Base64UrlDecode(std::string_view text);

// Digits, upper and lower case letters, most significant first, padded with '0' to `width`.
std::string Base62(uint64_t value, size_t width);
std::optional<uint64_t> ParseBase62(std::string_view text);

// "2024-01-31T18:25:01.000Z"
void AppendIsoTime(std::string& out, int64_t milliseconds_since_epoch);
// "Sun, 22 Nov 2026 12:00:00 GMT" (RFC 9110 section 5.6.7)
std::string HttpDate(int64_t seconds_since_epoch);

// application/x-www-form-urlencoded, in order, duplicates kept. Used for queries and for the token form.
using Parameters = std::vector<std::pair<std::string, std::string>>;
Parameters ParseParameters(std::string_view text);
std::string PercentEncode(std::string_view text);

}  // namespace playground::okta
