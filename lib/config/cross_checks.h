// What values of the configuration must be to one another. For config.cc alone. Pure.
#pragma once

#include <vector>

#include "config/config.h"

namespace oktasync::config {

// Adds what is wrong to `problems`. A check whose values have problems of their own is left out: it would
// judge defaults that nobody wrote.
void CrossCheck(const Config& config, std::vector<Problem>& problems);

}  // namespace oktasync::config
