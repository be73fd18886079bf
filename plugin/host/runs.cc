#include "runs.h"

#include <algorithm>
#include <vector>

#include "base/status.h"
#include "tell.h"

namespace oktasync::host {

RenderOptions RenderingOf(const Options& options, const Screen& screen) {
  RenderOptions render;
  render.color = screen.color_out();
  render.verbose = options.verbose;
  render.limit = options.limit;
  return render;
}

Went Runs::Make(bool plan) {
  uint64_t run_id = 0;
  const PluginError asked = operations_.Request(plan, &run_id);
  return Follow("no run can be asked for", asked, run_id);
}

Went Runs::Approve(std::string_view digest, std::string_view plan) {
  Went went = ApproveOne(digest, plan);
  for (const std::string& further : options_.further_digests) {
    if (went.code >= 0 || went.interrupted) return went;
    // Its report is the one to be shown.
    if (unused_.empty()) {
      not_approved_ = further + ", for what was approved before has been carried out without it";
      return went;
    }
    const absl::StatusOr<ReportView> view = ParseReport(went.report.text, options_.limit);
    const ReportView::Held* set = view.ok() ? view->HeldSet(further) : nullptr;
    if (set == nullptr) {
      not_approved_ = further + ", for the run before it did not hold such a set";
      return went;
    }
    ShowHeld(*set);
    went = ApproveOne(further, "");
  }
  return went;
}

Went Runs::ApproveOne(std::string_view digest, std::string_view plan) {
  uint64_t run_id = 0;
  const PluginError asked = operations_.Approve(digest, plan, &run_id);
  Went went = Follow("not approved", asked, run_id);
  if (went.code >= 0) return went;
  unused_.emplace_back(digest);
  // An approval that waits for another one is used by a later run.
  const absl::StatusOr<ReportView> view = ParseReport(went.report.text, 1);
  if (view.ok()) DropUsed(*view);
  return went;
}

void Runs::DropUsed(const ReportView& report) {
  const std::vector<std::string>& used = report.approvals_used;
  std::erase_if(unused_, [&](const std::string& digest) {
    return std::find(used.begin(), used.end(), digest) != used.end();
  });
}

Went Runs::Follow(const char* what, const PluginError& asked, uint64_t run_id) {
  Went went;
  if (asked.code == OKTASYNC_CANCELLED) {
    went.code = kExitInterrupted;
    went.interrupted = true;
    return went;
  }
  if (!asked.ok()) {
    Tell(screen_, what, asked);
    went.code = kExitFailed;
    return went;
  }
  went.run_id = run_id;
  switch (follower_.Follow(operations_, run_id, &went.report)) {
    case Follower::End::kFinished:
      break;
    case Follower::End::kInterrupted:
      went.code = kExitInterrupted;
      went.interrupted = true;
      break;
    case Follower::End::kFailed:
      went.code = kExitFailed;
      break;
  }
  return went;
}

std::optional<ReportView> Runs::Print(const Document& report, const std::string& approve, bool dated) {
  absl::StatusOr<ReportView> view = ParseReport(report.text, options_.json ? 1 : options_.limit);
  if (!view.ok()) {
    Tell(screen_, Message(view.status()));
    return std::nullopt;
  }
  if (options_.json) {
    screen_.Out(report.text);
    screen_.Out("\n");
  } else {
    RenderOptions render = RenderingOf(options_, screen_);
    render.approve = approve;
    render.dated = dated;
    screen_.Out(view->plan ? RenderPlan(*view, render) : RenderSync(*view, render));
  }
  return *std::move(view);
}

int Runs::Show(const Document& report, const std::string& approve) {
  const std::optional<ReportView> view = Print(report, approve, false);
  if (!view) return kExitFailed;
  const int code = ExitCodeOf(*view, options_.exit_code);
  if (!view->ok) return code;
  for (const std::string& digest : unused_) {
    Tell(screen_, "the approval of " + digest +
                      (view->held.empty()
                           ? " has let nothing through; the report says why"
                           : " has let nothing through yet; what the report shows as held may have to be "
                             "approved with it"));
  }
  if (!not_approved_.empty()) Tell(screen_, "not approved: " + not_approved_);
  return (unused_.empty() && not_approved_.empty()) || code != kExitDone ? code : kExitFailed;
}

int Runs::ShowAgain(const Document& report, const std::string& approve) {
  return Print(report, approve, true) ? kExitDone : kExitFailed;
}

void Runs::ShowHeld(const ReportView::Held& set) {
  if (options_.json) return;
  screen_.Out(RenderHeldSet(set, RenderingOf(options_, screen_)) + "\n");
}

}  // namespace oktasync::host
