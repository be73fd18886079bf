// The command line of `oktasync`, parsed.
#pragma once

#include <cstdint>
#include <string>

namespace oktasync::host {

enum class Command { kRun, kPlan, kSync, kCheckConfig };

struct Options {
  Command command = Command::kRun;
  std::string config_file = "/etc/oktasync/oktasync.yaml";
  std::string plugin_file;  // "": beside the program, then ../lib/oktasync/
  bool json = false;
  bool verbose = false;
  bool no_color = false;
  bool exit_code = false;  // plan: 4 when it shows changes
  uint64_t limit = 0;      // people listed for each kind of outcome; 0: all
};

// Documented in --help.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitHeld = 3;
inline constexpr int kExitChanges = 4;
inline constexpr int kExitInterrupted = 130;

// Fills *options and returns -1, or prints help, a version or what is wrong and returns the exit code.
int ParseCommandLine(int argc, char** argv, Options* options);

}  // namespace oktasync::host
