// What values of the configuration mean for one another, and must be. For config.cc alone. Pure.
#pragma once

#include <vector>

#include "config/config.h"

namespace oktasync::config {

// Adds the Okta scopes that the features in use need besides the default ones. For a configuration that names
// no scopes itself; one that does is checked.
void AddNeededScopes(Config& config);

// Adds what is wrong to `problems`. A check whose values have problems of their own is left out: it would
// judge defaults that nobody wrote.
void CrossCheck(const Config& config, std::vector<Problem>& problems);

}  // namespace oktasync::config
