// A run watched while it goes on: a bar on a terminal, a line now and then elsewhere, until its report is there.
//
// For one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "operations.h"
#include "progress.h"
#include "screen.h"
#include "signals.h"
#include "status_view.h"

namespace oktasync::host {

class Follower {
 public:
  Follower(Screen& screen, Signals& signals) : screen_(screen), signals_(signals) {}

  // Shows where the run under way is. nullopt when the instance said nothing usable; `error` (may be null) is
  // told why.
  std::optional<StatusView> Look(Operations& operations, PluginError* error = nullptr);
  void EndLook() { screen_.Bar(""); }

  enum class End {
    kFinished,
    kInterrupted,  // by a signal
    kFailed,       // the instance, or the way to it; it was told
  };
  // Until the run has ended; its report is in *report then.
  End Follow(Operations& operations, uint64_t run_id, Document* report);

 private:
  Screen& screen_;
  Signals& signals_;
  ProgressMeter meter_;
};

}  // namespace oktasync::host
