// The playground's state as a world of the histories in this process, to be asked the same questions (outcome.h).
#pragma once

#include "history/processes/stage.h"
#include "history/world.h"

namespace history {

// Of the profiles and traits the department alone is kept: it is what a history changes.
World Mirror(const Stage& stage, const Settings& settings);

}  // namespace history
