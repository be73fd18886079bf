// The command that approves a held set, as it can be pasted into a shell.
#pragma once

#include <string>
#include <string_view>

#include "options.h"

namespace oktasync::host {

// "oktasync -c /other/config.yaml WORDS": with the configuration and the socket where they are not the default.
std::string OktasyncCommand(const Options& options, std::string_view words);

// For sh: as it is, or within single quotes.
std::string ShellWord(const std::string& text);

}  // namespace oktasync::host
