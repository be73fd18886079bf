// Lengths of time as the configuration spells them: "90s", "30m", "1h30m", "500ms".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace oktasync::config {

// Whole numbers with a unit (h, m, s, ms), each unit at most once and the larger before the smaller; nothing
// else, so no sign, no fraction, no blank and no number without a unit. nullopt for what is not of that form
// or longer than 100 years.
std::optional<absl::Duration> ParseDuration(std::string_view text);

// The shortest such text: "1h30m". `duration` is not negative and a whole number of milliseconds.
std::string DurationText(absl::Duration duration);

}  // namespace oktasync::config
