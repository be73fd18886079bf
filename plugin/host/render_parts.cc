#include <cmath>

#include "base/text.h"
#include "render.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kMaxReason = 1024;
// Below these nobody wonders what took so long.
constexpr double kSlow = 1;   // seconds waited for a rate window
constexpr double kLong = 10;  // seconds of a run

Color ColorOf(std::string_view sign) {
  if (sign == "+") return Color::kGreen;
  if (sign == "-") return Color::kRed;
  if (sign == "~") return Color::kBlue;
  return sign == "!" ? Color::kYellow : Color::kPlain;
}

std::string Title(const std::string& text, const RenderOptions& options) {
  return "\n" + Paint(text, Color::kBold, options.color) + "\n";
}

std::string Window(const ReportView::Rate& rate) {
  std::string line = "  " + Escape(rate.bucket, 128) + ": ";
  line += rate.limit < 0 ? "no limit shown" : "limit " + Grouped(static_cast<uint64_t>(rate.limit));
  if (rate.remaining >= 0) line += ", " + Grouped(static_cast<uint64_t>(rate.remaining)) + " remaining";
  if (!rate.resets_at.empty()) line += ", resets at " + When(rate.resets_at);
  line += "; " + Counted(rate.requests, "request", "requests") + " of ours";
  if (rate.refused != 0) line += ", " + Grouped(rate.refused) + " refused";
  if (rate.waited_seconds > 0) line += ", waited " + Seconds(rate.waited_seconds);
  return line + "\n";
}

// "… and 4,321 more created": outcomes that are no participles go without.
std::string More(uint64_t count, const std::string& outcome) {
  const bool participle = outcome.size() > 2 && outcome.compare(outcome.size() - 2, 2, "ed") == 0;
  return "  … and " + Grouped(count) + " more" + (participle ? " " + Escape(outcome, 32) : "") +
         "; --json has all\n";
}

// Outcomes that somebody should look at, the most urgent last: that is where a terminal ends.
struct Trouble {
  const char* outcome;
  const char* title;
};
constexpr Trouble kTroubles[] = {
    {"notice", "Left out or noticed"},
    {"kept", "Kept: looked gone, but Okta's single read does not say so"},
    {"waiting", "Waiting for a role; the notices say why"},
    {"bad_name", "Names that cannot be Teleport users"},
    {"quarantined", "Names still locked for their former holder"},
    {"conflict", "Conflicts: nothing was written for these people"},
    {"failed", "Failed: the next run tries again"},
};

}  // namespace

std::string RenderPerson(const std::string& name, const std::string& okta_id) {
  std::string text = Escape(name.empty() ? "(no name)" : name, 256);
  if (!okta_id.empty()) text += " (" + Escape(okta_id, 64) + ")";
  return text;
}

std::string RenderPeople(const ReportView& report, const std::string& outcome, std::string_view sign,
                         std::string_view title, const RenderOptions& options) {
  const auto total = report.people_total.find(outcome);
  if (total == report.people_total.end() || total->second == 0) return {};
  std::string out = Title(std::string(title) + " (" + Grouped(total->second) + ")", options);
  const auto listed = report.people.find(outcome);
  uint64_t shown = 0;
  if (listed != report.people.end()) {
    for (const ReportView::Person& person : listed->second) {
      out +=
          "  " + Paint(sign, ColorOf(sign), options.color) + " " + RenderPerson(person.name, person.okta_id);
      if (!person.reason.empty()) out += ": " + Escape(person.reason, kMaxReason);
      out += "\n";
      ++shown;
    }
  }
  if (shown < total->second) out += More(total->second - shown, outcome);
  return out;
}

std::string RenderHead(std::string_view what, const ReportView& report, const RenderOptions& options) {
  std::string line = Paint(what, Color::kBold, options.color) +
                     (report.app_id.empty() ? " for no app" : " for app " + Escape(report.app_id, 64));
  if (!report.org_url.empty()) line += " of " + Escape(report.org_url, 256);
  if (!report.cluster.empty()) {
    line += " into cluster " + Escape(report.cluster, 256);
    if (!report.server_version.empty()) line += " (Teleport " + Escape(report.server_version, 32) + ")";
  }
  line += "\n";
  if (options.dated)
    line += "  run " + std::to_string(report.run_id) + ", ended " + When(report.ended) + "\n";
  if (std::fabs(report.clock_offset_seconds) >= 2) {
    line += "  this machine's clock is " + Seconds(std::fabs(report.clock_offset_seconds)) +
            (report.clock_offset_seconds > 0 ? " behind" : " ahead of") +
            " Okta's; what is written to Teleport is dated by Okta's\n";
  }
  return line;
}

std::string RenderError(const ReportView& report, const RenderOptions& options) {
  if (report.ok) return {};
  if (report.standby) {
    return "\n" + Paint("Standby: ", Color::kYellow, options.color) + Escape(report.error_message, 4096) +
           "\n";
  }
  std::string out =
      "\n" + Paint("Stopped: ", Color::kRed, options.color) + Escape(report.error_message, 4096);
  if (!report.error_code.empty()) out += " [" + Escape(report.error_code, 64) + "]";
  out += "\n";
  if (!report.walk_whole) {
    out +=
        "  The list of the app's people was not read to its end, so nobody was removed for missing in it.\n";
  }
  return out;
}

std::string RenderTroubles(const ReportView& report, const RenderOptions& options) {
  std::string out;
  for (const Trouble& trouble : kTroubles) {
    out += RenderPeople(report, trouble.outcome, "!", trouble.title, options);
  }
  return out;
}

std::string RenderApprovals(const ReportView& report, const RenderOptions& options) {
  if (report.approvals_used.empty()) return {};
  std::string out =
      "\n" + Paint("Approved, and carried out as far as it still held:", Color::kBold, options.color);
  for (const std::string& digest : report.approvals_used) out += " " + Escape(digest, 64);
  return out + "\n";
}

std::string RenderNotices(const ReportView& report, const RenderOptions& options) {
  if (report.notices.empty()) return {};
  std::string out = Title("Notices", options);
  for (const std::string& notice : report.notices) {
    out += "  " + Paint("!", Color::kYellow, options.color) + " " + Escape(notice, kMaxReason) + "\n";
  }
  return out;
}

std::string RenderRateAndStages(const ReportView& report, const RenderOptions& options) {
  std::string out;
  for (const ReportView::Rate& rate : report.rate) {
    if (!options.verbose && rate.refused == 0 && rate.waited_seconds < kSlow) continue;
    if (out.empty()) out = Title("Okta's rate windows", options);
    out += Window(rate);
  }
  double took = 0;
  for (const ReportView::Stage& stage : report.stages) took += stage.seconds;
  if (!report.stages.empty() && (options.verbose || took >= kLong)) {
    out += "\n" + Paint("Stages:", Color::kBold, options.color);
    const char* separator = " ";
    for (const ReportView::Stage& stage : report.stages) {
      out += separator + Escape(stage.name, 32) + " " + Seconds(stage.seconds);
      separator = ", ";
    }
    out += "\n";
  }
  return out;
}

}  // namespace oktasync::host
