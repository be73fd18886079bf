// `oktasync`: the auth-side host and command line.
#include <cstdio>
#include <exception>

#include "base/status.h"
#include "commands.h"
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

int Main(int argc, char** argv) {
  Options options;
  if (const int code = ParseCommandLine(argc, argv, &options); code >= 0) return code;
  absl::StatusOr<Signals> signals = Signals::Block();
  if (!signals.ok()) {
    std::fprintf(stderr, "oktasync: %s\n", Message(signals.status()).c_str());
    return kExitFailed;
  }
  Screen screen(options.no_color, options.json);
  LogPrinter log(screen, LeastLevel(options));
  int code = kExitFailed;
  switch (options.command) {
    case Command::kCheckConfig:
      code = CheckConfig(options, screen, log);
      break;
    case Command::kPlan:
    case Command::kSync:
      code = OneRun(options, screen, log, *signals);
      break;
    case Command::kRun:
      code = RunUntilStopped(options, screen, log, *signals);
      break;
  }
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
