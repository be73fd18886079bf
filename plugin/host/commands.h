// run, plan, sync and check-config.
//
// Each takes the whole way of a host: read the configuration, load the plugin, create, start, work, stop,
// destroy; and gives the program's exit code. One thread; log lines come from the plugin's.
#pragma once

#include "log_printer.h"
#include "options.h"
#include "screen.h"
#include "signals.h"

namespace oktasync::host {

int CheckConfig(const Options& options, Screen& screen, LogPrinter& log);
// plan and sync.
int OneRun(const Options& options, Screen& screen, LogPrinter& log, Signals& signals);
int RunUntilStopped(const Options& options, Screen& screen, LogPrinter& log, Signals& signals);

}  // namespace oktasync::host
