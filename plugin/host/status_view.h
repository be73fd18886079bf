// The parts of an instance's status that the program looks at (see plugin.h, `status`), and what a daemon adds
// about itself (control_api.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oktasync::host {

struct StatusView {
  std::string state;
  std::string last_error;
  std::string standby;  // why runs are left to another runner; "" when this one runs
  std::string alarm;    // "" when all is well
  struct Progress {
    uint64_t run_id = 0;
    bool plan = false;
    std::string stage;
    uint64_t seen = 0;
    uint64_t expected = 0;
    uint64_t written = 0;
    double left_seconds = -1;      // for the rest by Okta's rate window, at the least; -1: not known
    double rate_wait_seconds = 0;  // so much longer the run waits for Okta's rate window
  };
  std::optional<Progress> progress;

  uint64_t last_run_id = 0;  // of the last finished sync; 0: none yet
  bool last_ok = false;
  std::string last_ended;  // times are RFC 3339, or ""
  std::string last_code;
  std::string last_message;
  std::string last_whole_walk;
  std::string next_run;
  uint64_t runs = 0;
  uint64_t log_lines_dropped = 0;
  uint64_t audit_events_failed = 0;

  std::vector<std::string> to_mend;  // a sentence each; they are also in the reports' notices

  struct Held {
    std::string kind;
    std::string digest;
    uint64_t people = 0;
    std::string reason;
    std::string warning;
  };
  std::vector<Held> held;  // of the last finished sync

  struct Daemon {
    uint64_t pid = 0;
    std::string version;
    std::string config_file;
    std::string config_digest;
    std::vector<uint64_t> runs;  // whose reports may be asked for, the newest first
  };
  std::optional<Daemon> daemon;  // of a daemon's status only
};

// nullopt for what is no status.
std::optional<StatusView> ParseStatus(std::string_view json);

// kExitFailed when the instance has failed; kExitHeld when somebody must act: an alarm, a last run that failed,
// a held set. Standing by is well.
int ExitCodeOf(const StatusView& status);

}  // namespace oktasync::host
