#include "tell.h"

#include <string>

#include "base/json.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::host {

void Tell(Screen& screen, std::string_view what, const PluginError& error) {
  const std::string message = std::string(what) + ": " + error.message;
  if (screen.json()) {
    screen.Line(DumpJson({{"error", {{"code", error.code}, {"message", message}}}}));
    return;
  }
  screen.Line("oktasync: " + Escape(message, 4096));
}

void Tell(Screen& screen, std::string_view message) {
  if (screen.json()) {
    screen.Line(DumpJson({{"error", {{"message", message}}}}));
    return;
  }
  screen.Line("oktasync: " + Escape(message, 4096));
}

}  // namespace oktasync::host
