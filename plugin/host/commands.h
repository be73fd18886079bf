// The commands of `oktasync`. Each gives the program's exit code.
//
// One thread; log lines come from the plugin's, answers to the control socket from the server's.
#pragma once

#include <string>

#include "log_printer.h"
#include "options.h"
#include "screen.h"
#include "signals.h"

namespace oktasync::host {

// What a command works with.
struct Desk {
  const Options& options;
  Screen& screen;
  LogPrinter& log;
  Signals& signals;
};

// commands.cc: with an instance of their own.
int CheckConfig(const Desk& desk);
int RunUntilStopped(const Desk& desk);

// run_commands.cc: one run. plan and sync go through a daemon, when one answers; cleanup never does.
int OneRun(const Desk& desk);
int Cleanup(const Desk& desk);

// daemon_commands.cc: questions to a daemon; explain does without, when there is none.
int ShowStatus(const Desk& desk);
int Approve(const Desk& desk);
int Explain(const Desk& desk);
int ShowReport(const Desk& desk);
// A plan or a sync, with or without an approval, through the daemon at `path`.
int OneRunThroughDaemon(const Desk& desk, const std::string& path);

// jwks_command.cc: reads the key files, makes no instance.
int ShowKeys(const Desk& desk);

// join_command.cc: becomes a member of the cluster; makes no instance.
int Join(const Desk& desk);

// doctor_command.cc: checks all that a sync needs; makes no instance and writes nothing.
int Doctor(const Desk& desk);

// A saved plan or report. Needs neither an instance nor a daemon.
int ShowFile(const Desk& desk);

}  // namespace oktasync::host
