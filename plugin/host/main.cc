// `oktasync`: the auth-side host and command line.
#include <cstdio>
#include <exception>

#include "base/status.h"
#include "commands.h"
#include "core_dumps.h"
#include "log_printer.h"
#include "options.h"
#include "screen.h"
#include "signals.h"

namespace oktasync::host {
namespace {

int LeastLevel(const Options& options) {
  if (options.verbose) return OKTASYNC_LOG_DEBUG;
  // The result of a single run says what its information lines would.
  return options.command == Command::kRun ? OKTASYNC_LOG_INFO : OKTASYNC_LOG_WARN;
}

int Do(const Desk& desk) {
  switch (desk.options.command) {
    case Command::kCheckConfig:
      return CheckConfig(desk);
    case Command::kRun:
      return RunUntilStopped(desk);
    case Command::kPlan:
    case Command::kSync:
      return OneRun(desk);
    case Command::kCleanup:
      return Cleanup(desk);
    case Command::kStatus:
      return ShowStatus(desk);
    case Command::kApprove:
      return Approve(desk);
    case Command::kExplain:
      return Explain(desk);
    case Command::kReport:
      return ShowReport(desk);
    case Command::kJwks:
      return ShowKeys(desk);
    case Command::kJoin:
      return Join(desk);
    case Command::kDoctor:
      return Doctor(desk);
    case Command::kShow:
      return ShowFile(desk);
  }
  return kExitFailed;
}

int Main(int argc, char** argv) {
  Options options;
  if (const int code = ParseCommandLine(argc, argv, &options); code >= 0) return code;
  if (!options.allow_core_dumps) ForbidCoreDumps();
  absl::StatusOr<Signals> signals = Signals::Block();
  if (!signals.ok()) {
    std::fprintf(stderr, "oktasync: %s\n", Message(signals.status()).c_str());
    return kExitFailed;
  }
  Screen screen(options.no_color, options.json);
  LogPrinter log(screen, LeastLevel(options), options.command != Command::kRun && !options.verbose);
  const int code = Do({options, screen, log, *signals});
  if (!screen.out_failed()) return code;
  screen.Line("oktasync: the result could not be written to standard output");
  return code == kExitDone ? kExitFailed : code;
}

}  // namespace
}  // namespace oktasync::host

int main(int argc, char** argv) {
  try {
    return oktasync::host::Main(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "oktasync: out of resources: %s\n", e.what());
    return oktasync::host::kExitFailed;
  }
}
