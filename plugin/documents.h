// The JSON documents of the C interface: status, problems of a configuration, the audit event.
//
// Pure. Field names are snake_case, times RFC 3339 in UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "reconcile/loop.h"
#include "reconcile/report.h"

namespace oktasync::plugin {

// What the plugin knows of an instance beside what its loop says.
struct InstanceFacts {
  std::string_view state;   // "created", "running", "stopping", "stopped"; "failed" follows from the loop
  bool on_request = false;  // no run is planned
  std::string last_error;   // of the instance; the loop's own comes from the loop
  uint64_t log_lines_dropped = 0;
  uint64_t audit_events_failed = 0;
};

std::string StatusDocument(const reconcile::LoopStatus& loop, const InstanceFacts& facts);

// [{"path", "text"}, …]
std::string ProblemsDocument(const std::vector<config::Problem>& problems);

// The report of a run as reconcile::ToJson makes it.
std::string ReportDocument(const reconcile::Report& report);

inline constexpr std::string_view kUserSyncEvent = "okta.user.sync";
// The field names of Teleport's own audit log (events.OktaUserSync).
std::string UserSyncDocument(const reconcile::Report& report);

}  // namespace oktasync::plugin
