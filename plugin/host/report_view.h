// A report or a plan of the plugin, as far as it is shown: counts whole, people and writes up to a limit.
//
// A first import of a million people has a report of hundreds of megabytes; what is not shown is counted and
// dropped while it is parsed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace oktasync::host {

struct ReportView {
  uint64_t run_id = 0;
  bool plan = false;
  bool ok = false;
  std::string error_code;
  std::string error_message;
  bool walk_whole = false;
  bool standby = false;  // another runner is at work; nothing was looked at
  std::string started;
  std::string ended;
  std::string org_url;
  std::string app_id;
  std::string cluster;
  std::string server_version;
  double clock_offset_seconds = 0;
  std::map<std::string, uint64_t> counts;

  struct Person {
    std::string okta_id;
    std::string name;
    std::string reason;
  };
  std::map<std::string, std::vector<Person>> people;  // by outcome, up to the limit
  std::map<std::string, uint64_t> people_total;       // by outcome, all

  struct HeldItem {
    std::string okta_id;
    std::string name;  // in Teleport now; "" for a newcomer
    std::string what;  // the new name, or what would be taken; "" for a leave
  };
  struct Held {
    std::string kind;
    std::string digest;
    std::string reason;
    std::string warning;
    std::vector<HeldItem> items;  // up to the limit
    uint64_t total = 0;
  };
  std::vector<Held> held;
  std::vector<std::string> approvals_used;
  std::vector<std::string> notices;

  struct Rate {
    std::string bucket;
    int64_t limit = -1;
    int64_t remaining = -1;
    std::string resets_at;
    uint64_t requests = 0;
    uint64_t refused = 0;
    double waited_seconds = 0;
  };
  std::vector<Rate> rate;

  struct Stage {
    std::string name;
    double seconds = 0;
  };
  std::vector<Stage> stages;

  struct Change {
    std::string field;
    std::string before;
    std::string after;
  };
  struct Write {
    std::string call;
    std::string okta_id;
    std::string name;
    std::vector<Change> changes;
  };
  std::vector<Write> writes;                     // up to the limit of each call
  std::map<std::string, uint64_t> writes_total;  // by call, all

  uint64_t Count(const std::string& key) const;
  uint64_t TotalWrites() const;
  uint64_t TotalHeld() const;
  // Null when this report does not show it.
  const Held* HeldSet(std::string_view digest) const;
};

// limit 0: everything. kDataLoss for what is no report.
absl::StatusOr<ReportView> ParseReport(std::string_view json, uint64_t limit);

// kExitDone, kExitFailed, kExitHeld or kExitChanges.
int ExitCodeOf(const ReportView& report, bool changes_count);

}  // namespace oktasync::host
