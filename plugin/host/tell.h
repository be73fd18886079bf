// What went wrong, for the person in front: words on standard error, or with --json an object on a line.
#pragma once

#include <string_view>

#include "operations.h"
#include "screen.h"

namespace oktasync::host {

// Text from outside is escaped here.
void Tell(Screen& screen, std::string_view what, const PluginError& error);
void Tell(Screen& screen, std::string_view message);

}  // namespace oktasync::host
