// The working day that the demo plays.
#pragma once

#include "demo/stage.h"

namespace demo {

void PlayDay(Stage& stage, int people);

}  // namespace demo
