// A call that may take long, while signals are still heard.
#pragma once

#include <functional>

#include "signals.h"

namespace oktasync::host {

// Runs `work` on a thread of its own and returns when it has ended. After a signal that asks to stop `interrupt`
// is called, again and again until `work` has ended: what it interrupts may not have begun yet. False when that
// happened, or when there was no thread for it (`work` was not begun then).
bool RunInterruptibly(Signals& signals, const std::function<void()>& work,
                      const std::function<void()>& interrupt);

}  // namespace oktasync::host
