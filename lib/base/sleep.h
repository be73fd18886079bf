// How a room waits, so that tests need not.
#pragma once

#include <functional>

#include "absl/time/time.h"
#include "base/cancel.h"

namespace oktasync {

// Waits; false when `cancel` was requested before the time was over.
using Sleep = std::function<bool(const Cancel& cancel, absl::Duration duration)>;

inline bool RealSleep(const Cancel& cancel, absl::Duration duration) { return cancel.SleepFor(duration); }

}  // namespace oktasync
