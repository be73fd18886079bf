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
  uint64_t run_id = 0;
  const PluginError asked = operations_.Approve(digest, plan, &run_id);
  approved_ = digest;
  return Follow("not approved", asked, run_id);
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
  const std::vector<std::string>& used = view->approvals_used;
  if (approved_.empty() || !view->ok || std::find(used.begin(), used.end(), approved_) != used.end())
    return code;
  Tell(screen_, "the approval of " + approved_ + " has let nothing through; the report says why");
  return code == kExitDone ? kExitFailed : code;
}

int Runs::ShowAgain(const Document& report, const std::string& approve) {
  return Print(report, approve, true) ? kExitDone : kExitFailed;
}

void Runs::ShowHeld(const ReportView::Held& set) {
  if (options_.json) return;
  screen_.Out(RenderHeldSet(set, RenderingOf(options_, screen_)) + "\n");
}

}  // namespace oktasync::host
