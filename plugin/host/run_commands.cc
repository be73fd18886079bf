#include <optional>
#include <string>
#include <utility>

#include "approve_command.h"
#include "base/status.h"
#include "commands.h"
#include "plan_file.h"
#include "runs.h"
#include "session.h"
#include "socket_path.h"
#include "tell.h"

namespace oktasync::host {
namespace {

constexpr char kCleanupKind[] = "cleanup";

bool Approving(const Options& options) { return !options.digest.empty() || !options.plan_file.empty(); }

// One command's work with an instance of this process.
class InProcess {
 public:
  explicit InProcess(const Desk& desk) : desk_(desk), session_(desk.options, desk.screen, desk.log) {}

  int Begin() {
    if (const int code = session_.Prepare(); code >= 0) return code;
    if (const int code = session_.Create(true); code >= 0) return code;
    if (const int code = session_.Start(); code >= 0) return code;
    runs_.emplace(desk_.options, desk_.screen, desk_.signals, session_.instance());
    return -1;
  }

  // A plan, or a sync without an approval.
  int OneRun(const std::string& approve) { return End(runs_->Make(Planning()), approve); }

  // A saved plan's set.
  int ApproveSaved(const SavedPlan& plan, const ReportView::Held& set, const std::string& approve) {
    runs_->ShowHeld(set);
    return End(runs_->Approve(set.digest, plan.for_approval), approve);
  }

  // Plans first: only what this process has shown can be approved by its digest. `kind`: the only one that
  // may be approved; "" for any.
  int ApproveShown(const std::string& kind, const std::string& approve) {
    const Went planned = runs_->Make(true);
    if (planned.code >= 0) return End(planned, approve);
    const absl::StatusOr<ReportView> plan = ParseReport(planned.report.text, desk_.options.limit);
    // What stopped the plan says more than that it shows no such set.
    if (plan.ok() && !plan->ok) return End(planned, approve);
    const absl::StatusOr<ReportView::Held> set =
        plan.ok() ? ChooseHeld(*plan, desk_.options.digest) : plan.status();
    if (!set.ok() || (!kind.empty() && set->kind != kind)) {
      session_.Stop(desk_.signals, false);
      Tell(desk_.screen, "nothing was approved. The plan was made anew, and " +
                             (set.ok() ? "that set is of another kind" : Message(set.status())));
      return kExitFailed;
    }
    runs_->ShowHeld(*set);
    return End(runs_->Approve(set->digest, ""), approve);
  }

 private:
  bool Planning() const {
    return desk_.options.command == Command::kPlan || desk_.options.command == Command::kCleanup;
  }

  // Stops the instance, then shows what there is.
  int End(Went went, std::string approve) {
    // This process forgets what it was told to approve; the command that it prints says it again.
    for (const std::string& digest : runs_->unused()) approve += " " + digest + " --approve";
    session_.Stop(desk_.signals, went.interrupted);
    if (went.report.owner == nullptr) {
      // A run that was stopped has a report all the same.
      if (went.run_id == 0 || !session_.instance().Report(went.run_id, &went.report).ok()) return went.code;
    }
    const int code = runs_->Show(went.report, approve);
    return went.code >= 0 ? went.code : code;
  }

  const Desk& desk_;
  Session session_;
  std::optional<Runs> runs_;
};

// "" for none. What is in the way of knowing is no reason not to work, unless a socket was named.
absl::StatusOr<std::string> DaemonIfAny(const Desk& desk) {
  if (desk.options.one_shot) return std::string();
  const absl::StatusOr<std::string> path = FindDaemon(desk.options);
  if (path.ok() || !desk.options.socket_file.empty()) return path;
  desk.log.Write(OKTASYNC_LOG_DEBUG, "no daemon was asked", {{"reason", Message(path.status())}});
  return std::string();
}

}  // namespace

int OneRun(const Desk& desk) {
  const Options& options = desk.options;
  const absl::StatusOr<std::string> daemon = DaemonIfAny(desk);
  if (!daemon.ok()) {
    Tell(desk.screen, Message(daemon.status()));
    return kExitFailed;
  }
  if (!daemon->empty()) return OneRunThroughDaemon(desk, *daemon);
  if (!options.socket_file.empty() && !options.one_shot) {
    Tell(desk.screen, "no daemon answers at " + options.socket_file +
                          "; without --socket this is done by this process alone");
    return kExitFailed;
  }
  std::optional<SavedPlan> plan;
  std::optional<ReportView::Held> set;
  if (!options.plan_file.empty()) {
    absl::StatusOr<SavedPlan> read = ReadPlan(options.plan_file, options.limit);
    absl::StatusOr<ReportView::Held> chosen =
        read.ok() ? ChooseHeld(read->view, options.digest) : read.status();
    if (!chosen.ok()) {
      Tell(desk.screen, (read.ok() ? options.plan_file + ": " : "") + Message(chosen.status()));
      return kExitUsage;
    }
    plan.emplace(*std::move(read));
    set.emplace(*std::move(chosen));
  }
  InProcess here(desk);
  if (const int code = here.Begin(); code >= 0) return code;
  const std::string approve = OktasyncCommand(options, "sync --approve");
  if (plan) return here.ApproveSaved(*plan, *set, approve);
  return Approving(options) ? here.ApproveShown("", approve) : here.OneRun(approve);
}

int Cleanup(const Desk& desk) {
  const absl::StatusOr<std::string> daemon = FindDaemon(desk.options);
  if (daemon.ok() && !daemon->empty()) {
    Tell(desk.screen, "a daemon is at work with this configuration and answers at " + *daemon +
                          "; it would make again what is cleaned up. Stop it first");
    return kExitFailed;
  }
  InProcess here(desk);
  if (const int code = here.Begin(); code >= 0) return code;
  const std::string approve = OktasyncCommand(desk.options, "cleanup --approve");
  return Approving(desk.options) ? here.ApproveShown(kCleanupKind, approve) : here.OneRun(approve);
}

}  // namespace oktasync::host
