// A plan, a sync's report, a status and an explanation as text for people. Pure; text from outside is escaped here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "doctor_view.h"
#include "report_view.h"
#include "status_view.h"

namespace oktasync::host {

struct RenderOptions {
  bool color = false;
  bool verbose = false;
  uint64_t limit = 0;   // of the people listed for one kind of outcome, the same as ParseReport got; 0: all
  bool dated = false;   // with the run's number and time: it is not the run that was just made
  std::string approve;  // the command that approves a held set, but for the digest; "" for none
  std::string report;   // the command that shows a run's report, but for its number; "" for none
};

// Reads like a diff: "+ create", "~ update" with the fields, "- remove", what is held, conflicts, counts.
std::string RenderPlan(const ReportView& plan, const RenderOptions& options);

// Counts, a line per affected person, held set, notices, rate window, stages.
std::string RenderSync(const ReportView& report, const RenderOptions& options);

// One line with the counts that are not zero.
std::string CountsLine(const ReportView& report);

// One held set, for who is about to approve it.
std::string RenderHeldSet(const ReportView::Held& set, const RenderOptions& options);
std::string HeldKindWords(const std::string& kind);

// Where a daemon stands; loud where somebody must act (render_status.cc).
std::string RenderStatus(const StatusView& status, const RenderOptions& options);

// plugin.h, `explain`. kDataLoss for what is no explanation (render_explain.cc).
absl::StatusOr<std::string> RenderExplanation(std::string_view json, const RenderOptions& options);

// The checks of doctor_view.h: a line each, with what to do (render_doctor.cc).
std::string RenderDoctor(const DoctorView& view, const RenderOptions& options);

// Parts that both have in common (render_parts.cc).
std::string RenderHead(std::string_view what, const ReportView& report, const RenderOptions& options);
std::string RenderError(const ReportView& report, const RenderOptions& options);
// The outcomes that ask for somebody's attention; what was or would be written is not among them.
std::string RenderTroubles(const ReportView& report, const RenderOptions& options);
std::string RenderHeld(const ReportView& report, const RenderOptions& options);  // render_held.cc
std::string RenderApprovals(const ReportView& report, const RenderOptions& options);
std::string RenderNotices(const ReportView& report, const RenderOptions& options);
std::string RenderRateAndStages(const ReportView& report, const RenderOptions& options);
// The people of one outcome, each with `sign`, and how many more there are.
std::string RenderPeople(const ReportView& report, const std::string& outcome, std::string_view sign,
                         std::string_view title, const RenderOptions& options);
std::string RenderPerson(const std::string& name, const std::string& okta_id);

}  // namespace oktasync::host
