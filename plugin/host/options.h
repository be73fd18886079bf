// The command line of `oktasync`, parsed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace oktasync::host {

enum class Command {
  kRun,
  kPlan,
  kSync,
  kCheckConfig,
  kStatus,
  kApprove,
  kExplain,
  kReport,
  kShow,
  kCleanup,
  kJwks,
  kDoctor,
  kJoin
};

inline constexpr char kStandardConfig[] = "/etc/oktasync/oktasync.yaml";

struct Options {
  Command command = Command::kRun;
  std::string config_file = kStandardConfig;
  std::string plugin_file;  // "": beside the program, then ../lib/oktasync/
  std::string socket_file;  // "": the default one (socket_path.h)
  bool json = false;
  bool verbose = false;
  bool no_color = false;
  bool allow_core_dumps = false;  // for debugging: they hold keys and tokens
  bool exit_code = false;         // plan: 4 when it shows changes
  bool one_shot = false;          // plan, sync, explain: not through a daemon
  bool yes = false;               // approve: do not ask
  uint64_t limit = 0;             // people listed for each kind of outcome; 0: all
  std::string digest;             // approve, sync --approve, cleanup --approve
  // sync --approve given again: sets that are only held once those before are let through, in their order.
  std::vector<std::string> further_digests;
  std::string plan_file;             // approve --plan, sync --plan
  std::string who;                   // explain
  uint64_t run_id = 0;               // report; 0: of the last sync
  std::string file_to_show;          // show; "-": standard input
  bool single = false;               // jwks: one key, not the set
  std::string key_id;                // jwks --single; "": the one that signs
  std::string token_file;            // join; "-": standard input, "": the environment
  std::vector<std::string> ca_pins;  // join
  std::string proxy_ca_file;         // join
  bool force = false;                // join: replaces an identity that is there
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
