// The Date header. Pure; safe on any thread. Source: RFC 9110 section 5.6.7 (IMF-fixdate).
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "http/message.h"

namespace oktasync::http {

// "Sun, 06 Nov 1994 08:49:37 GMT"; nullopt for anything else, the obsolete forms included.
std::optional<absl::Time> ParseHttpDate(std::string_view text);

// The answer's own Date; nullopt when it is missing, unreadable or given twice with different values.
std::optional<absl::Time> ServerDate(const Response& response);

}  // namespace oktasync::http
