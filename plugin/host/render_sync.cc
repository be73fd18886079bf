#include <algorithm>
#include <set>

#include "absl/time/time.h"
#include "base/text.h"
#include "render.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

// In the order of a run; whatever else a report counts follows by name.
constexpr const char* kOrder[] = {"roster",  "seen",     "present", "unchanged", "created",
                                  "adopted", "updated",  "renamed", "removed",   "locked",
                                  "lifted",  "held",     "kept",    "conflict",  "quarantined",
                                  "waiting", "bad_name", "notice",  "failed"};

std::string Words(std::string name, uint64_t count) {
  if (name == "roster") return "of ours in Teleport before";
  if (name == "notice") return "noticed";
  if ((name == "conflict" || name == "bad_name") && count != 1) name += 's';
  for (char& c : name) {
    if (c == '_') c = ' ';
  }
  return Escape(name, 64);
}

std::string Took(const ReportView& report) {
  absl::Time started;
  absl::Time ended;
  if (!absl::ParseTime(absl::RFC3339_full, report.started, &started, nullptr) ||
      !absl::ParseTime(absl::RFC3339_full, report.ended, &ended, nullptr)) {
    return {};
  }
  // Both are whole seconds; the stages know it better.
  double stages = 0;
  for (const ReportView::Stage& stage : report.stages) stages += stage.seconds;
  return " in " + Seconds(std::max(absl::ToDoubleSeconds(ended - started), stages));
}

}  // namespace

std::string CountsLine(const ReportView& report) {
  std::string out;
  std::set<std::string> told;
  const auto add = [&](const std::string& name, uint64_t count) {
    if (!told.insert(name).second || count == 0) return;
    out += (out.empty() ? "" : ", ") + Grouped(count) + " " + Words(name, count);
  };
  for (const char* name : kOrder) add(name, report.Count(name));
  for (const auto& [name, count] : report.counts) add(name, count);
  return out.empty() ? "nobody seen" : out;
}

std::string RenderSync(const ReportView& report, const RenderOptions& options) {
  std::string out = RenderHead("Sync", report, options);
  out += RenderPeople(report, "created", "+", "Created", options);
  out += RenderPeople(report, "adopted", "+", "Adopted: another sync had made them, now ours", options);
  out += RenderPeople(report, "updated", "~", "Updated", options);
  out +=
      RenderPeople(report, "renamed", "~", "Renamed: made afresh, the old user locked and deleted", options);
  out += RenderPeople(report, "lifted", "+", "Back: lock lifted", options);
  out += RenderPeople(report, "locked", "-", "Locked", options);
  out += RenderPeople(report, "removed", "-", "Removed: locked, then deleted", options);
  out += RenderTroubles(report, options);
  out += RenderApprovals(report, options);
  out += RenderNotices(report, options);
  out += RenderHeld(report, options);
  out += RenderRateAndStages(report, options);
  out += RenderError(report, options);
  const Color color = report.ok ? Color::kGreen : report.standby ? Color::kYellow : Color::kRed;
  out += "\n" + Paint(report.ok ? "Done" : "Not done", color, options.color) + Took(report) + ": " +
         CountsLine(report) + ".\n";
  return out;
}

}  // namespace oktasync::host
