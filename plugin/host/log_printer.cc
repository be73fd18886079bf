#include "log_printer.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kMaxMessage = 4096;
constexpr std::string_view kOfRuns = "reconcile";  // the target of lines about a run

std::string_view View(oktasync_str text) {
  return text.data == nullptr ? std::string_view()
                              : std::string_view(reinterpret_cast<const char*>(text.data), text.len);
}

std::string_view LevelName(int32_t level) {
  if (level <= OKTASYNC_LOG_DEBUG) return "DEBUG";
  if (level == OKTASYNC_LOG_INFO) return "INFO";
  return level == OKTASYNC_LOG_WARN ? "WARN" : "ERROR";
}

Color LevelColor(int32_t level) {
  if (level <= OKTASYNC_LOG_DEBUG) return Color::kDim;
  if (level == OKTASYNC_LOG_INFO) return Color::kBlue;
  return level == OKTASYNC_LOG_WARN ? Color::kYellow : Color::kRed;
}

// key=value, quoted where a reader could not tell where it ends.
std::string FieldText(std::string_view key, std::string_view value) {
  std::string safe = Escape(value, kMaxMessage);
  if (safe.empty() || safe.find_first_of(" =\"") != std::string::npos) {
    std::string quoted = "\"";
    for (char c : safe) {
      if (c == '"') quoted += '\\';
      quoted += c;
    }
    safe = quoted + "\"";
  }
  return Escape(key, 64) + "=" + safe;
}

}  // namespace

std::string TextLine(const LogEvent& event, bool color) {
  std::string level(LevelName(event.level));
  level.resize(5, ' ');
  std::string line = event.time + " " + Paint(level, LevelColor(event.level), color) + " " +
                     Escape(event.target, 32) + ": " + Escape(event.message, kMaxMessage);
  for (const auto& [key, value] : event.fields)
    line += " " + Paint(FieldText(key, value), Color::kDim, color);
  return line;
}

std::string JsonLine(const LogEvent& event) {
  nlohmann::json fields = nlohmann::json::object();
  for (const auto& [key, value] : event.fields) fields[std::string(key)] = value;
  return DumpJson({{"time", event.time},
                   {"level", FoldCase(LevelName(event.level))},
                   {"target", event.target},
                   {"message", event.message},
                   {"fields", std::move(fields)}});
}

oktasync_host LogPrinter::HostTable() {
  oktasync_host host{};
  host.struct_size = sizeof(host);
  host.abi_minor = OKTASYNC_ABI_MINOR;
  host.log = &LogPrinter::Log;
  // Identity, key and connection come from the configuration: this program holds no keys of its own.
  return host;
}

void LogPrinter::Log(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                     const oktasync_field* fields, uint64_t count) {
  auto& self = *reinterpret_cast<LogPrinter*>(static_cast<uintptr_t>(ctx));
  if (level < self.least_level_) return;
  if (self.report_follows_ && View(target) == kOfRuns) return;
  try {
    LogEvent event;
    event.level = level;
    event.target = View(target);
    event.message = View(message);
    for (uint64_t i = 0; i < count; ++i)
      event.fields.emplace_back(View(fields[i].key), View(fields[i].value));
    self.Print(event);
  } catch (...) {
    // A line that cannot be printed must not unwind into the plugin.
  }
}

void LogPrinter::Write(int32_t level, std::string_view message,
                       std::vector<std::pair<std::string_view, std::string_view>> fields) {
  if (level < least_level_) return;
  LogEvent event;
  event.level = level;
  event.target = "host";
  event.message = message;
  event.fields = std::move(fields);
  Print(event);
}

void LogPrinter::Print(const LogEvent& event) {
  LogEvent stamped = event;
  stamped.time = absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  screen_.Line(screen_.json() ? JsonLine(stamped) : TextLine(stamped, screen_.color_error()));
}

}  // namespace oktasync::host
