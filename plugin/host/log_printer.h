// The host's side of the log callback: one line per event on standard error, as text or as JSON.
//
// Thread-safe. Text from outside is escaped here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oktasync/plugin.h"
#include "screen.h"

namespace oktasync::host {

struct LogEvent {
  std::string time;  // RFC 3339
  int32_t level = OKTASYNC_LOG_INFO;
  std::string_view target;
  std::string_view message;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
};

std::string TextLine(const LogEvent& event, bool color);
std::string JsonLine(const LogEvent& event);

class LogPrinter {
 public:
  // `report_follows`: lines about the run are left out, for its report says the same.
  LogPrinter(Screen& screen, int32_t least_level, bool report_follows = false)
      : screen_(screen), least_level_(least_level), report_follows_(report_follows) {}

  // The table that the plugin is given; its log expects the LogPrinter's context().
  static oktasync_host HostTable();
  uint64_t context() const { return reinterpret_cast<uintptr_t>(this); }

  // A line of the host's own.
  void Write(int32_t level, std::string_view message,
             std::vector<std::pair<std::string_view, std::string_view>> fields = {});

 private:
  static void Log(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                  const oktasync_field* fields, uint64_t count);
  void Print(const LogEvent& event);

  Screen& screen_;
  const int32_t least_level_;
  const bool report_follows_;
};

}  // namespace oktasync::host
