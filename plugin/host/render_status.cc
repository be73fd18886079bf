#include <algorithm>

#include "base/text.h"
#include "progress.h"
#include "render.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kMaxText = 4096;
constexpr size_t kLabelColumns = 18;

std::string Row(std::string label, const std::string& text) {
  label += ':';
  label.resize(std::max(kLabelColumns, label.size() + 1), ' ');
  return label + text + "\n";
}

std::string Time(const std::string& time, const char* otherwise) {
  return time.empty() ? otherwise : When(time);
}

std::string LastRun(const StatusView& status, bool color) {
  if (status.last_run_id == 0) return Row("Last sync", "none yet");
  std::string text = "run " + std::to_string(status.last_run_id) + ", ended " + Time(status.last_ended, "?");
  if (status.last_ok) return Row("Last sync", text + ", " + Paint("done", Color::kGreen, color));
  text += ", " + Paint("not done", Color::kRed, color) + ": " + Escape(status.last_message, kMaxText);
  if (!status.last_code.empty()) text += " [" + Escape(status.last_code, 64) + "]";
  return Row("Last sync", text);
}

std::string Now(const StatusView& status) {
  if (!status.progress) return Row("Now", "idle");
  ProgressMeter meter;
  meter.Update(*status.progress, absl::ZeroDuration());
  return Row("Now", std::string(status.progress->plan ? "plan " : "sync ") +
                        std::to_string(status.progress->run_id) + ": " + meter.Line());
}

std::string Held(const StatusView& status, const RenderOptions& options) {
  if (status.held.empty()) return {};
  uint64_t people = 0;
  for (const StatusView::Held& set : status.held) people += set.people;
  std::string out = "\n" +
                    Paint("HELD: " + Counted(status.held.size(), "set waits", "sets wait") +
                              " for an approval, " + Counted(people, "entry", "entries"),
                          Color::kYellow, options.color) +
                    "\n";
  for (const StatusView::Held& set : status.held) {
    out += "  " + Paint(Escape(set.digest, 64), Color::kBold, options.color) + "  " +
           HeldKindWords(set.kind) + ", " + Counted(set.people, "entry", "entries") + "\n";
    if (!set.reason.empty()) out += "    " + Escape(set.reason, kMaxText) + "\n";
    if (!set.warning.empty()) {
      out +=
          "    " + Paint("Careful:", Color::kRed, options.color) + " " + Escape(set.warning, kMaxText) + "\n";
    }
    if (!options.approve.empty()) out += "    " + options.approve + " " + Escape(set.digest, 64) + "\n";
  }
  if (options.report.empty()) return out;
  return out + "  Who they are: " + options.report + " " + std::to_string(status.last_run_id) + "\n";
}

}  // namespace

std::string RenderStatus(const StatusView& status, const RenderOptions& options) {
  const bool failed = status.state == "failed";
  std::string state = Paint(Escape(status.state, 32), failed ? Color::kRed : Color::kGreen, options.color);
  if (status.daemon) {
    state += ", process " + std::to_string(status.daemon->pid) + ", oktasync " +
             Escape(status.daemon->version, 64) + ", " + Escape(status.daemon->config_file, 256);
  }
  std::string out = Row("State", state);
  if (!status.last_error.empty()) {
    out += Paint("FAILED: ", Color::kRed, options.color) + Escape(status.last_error, kMaxText) + "\n";
  }
  if (!status.alarm.empty()) {
    out += Paint("ALARM: ", Color::kRed, options.color) + Escape(status.alarm, kMaxText) + "\n";
  }
  for (const std::string& sentence : status.to_mend) {
    out += Paint("TO MEND, as of the last run: ", Color::kYellow, options.color) + Escape(sentence, kMaxText) + "\n";
  }
  if (!status.standby.empty()) {
    out += Paint("STANDBY: ", Color::kYellow, options.color) + Escape(status.standby, kMaxText) + "\n";
  }
  out += LastRun(status, options.color);
  out += Row("Whole list seen", Time(status.last_whole_walk, "not yet"));
  out += Now(status);
  out += Row("Next sync", Time(status.next_run, status.progress ? "after this run" : "none is planned"));
  out += Row("Syncs so far", Grouped(status.runs));
  if (status.log_lines_dropped != 0) out += Row("Log lines lost", Grouped(status.log_lines_dropped));
  if (status.audit_events_failed != 0) out += Row("Audit events lost", Grouped(status.audit_events_failed));
  return out + Held(status, options);
}

}  // namespace oktasync::host
