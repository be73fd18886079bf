#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "approve_command.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "commands.h"
#include "daemon.h"
#include "interruptible.h"
#include "nlohmann/json.hpp"
#include "plan_file.h"
#include "runs.h"
#include "session.h"
#include "socket_path.h"
#include "tell.h"

namespace oktasync::host {
namespace {

constexpr absl::Duration kAnswerPoll = absl::Milliseconds(50);

// The daemon's path, or nullopt after telling why there is none to ask.
std::optional<std::string> NeedDaemon(const Desk& desk, const std::string& instead) {
  const absl::StatusOr<std::string> path = FindDaemon(desk.options);
  if (!path.ok()) {
    Tell(desk.screen, Message(path.status()));
    return std::nullopt;
  }
  if (!path->empty()) return *path;
  std::string looked;
  for (const std::string& place : SocketPlaces(desk.options))
    looked += (looked.empty() ? "" : " nor ") + place;
  Tell(desk.screen, "no daemon answers at " + looked +
                        ". Start one with `oktasync run`, or name its socket with "
                        "--socket" +
                        instead);
  return std::nullopt;
}

int Failed(const Desk& desk, std::string_view what, const PluginError& error) {
  if (error.code == OKTASYNC_CANCELLED) return kExitInterrupted;
  Tell(desk.screen, what, error);
  return kExitFailed;
}

absl::StatusOr<StatusView> StatusOf(Daemon& daemon, PluginError* error) {
  std::string text;
  *error = daemon.Status(&text);
  if (!error->ok()) return MakeStatus(absl::StatusCode::kUnavailable, error->message);
  std::optional<StatusView> view = ParseStatus(text);
  if (view) return *std::move(view);
  *error = {OKTASYNC_DATA_LOSS, 0, "the daemon's status cannot be read"};
  return MakeStatus(absl::StatusCode::kDataLoss, error->message);
}

// The set as the daemon's newest report shows it that has it.
std::optional<ReportView::Held> FindShown(Daemon& daemon, const StatusView& status, const Options& options,
                                          PluginError* error) {
  std::vector<uint64_t> runs = {status.last_run_id};
  if (status.daemon) runs.insert(runs.end(), status.daemon->runs.begin(), status.daemon->runs.end());
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i] == 0 || std::find(runs.begin(), runs.begin() + static_cast<ptrdiff_t>(i), runs[i]) !=
                            runs.begin() + static_cast<ptrdiff_t>(i)) {
      continue;
    }
    Document report;
    *error = daemon.Report(runs[i], &report);
    if (error->not_finished() || error->code == OKTASYNC_NOT_FOUND) continue;  // or forgotten
    if (!error->ok()) return std::nullopt;
    const absl::StatusOr<ReportView> view = ParseReport(report.text, options.limit);
    if (!view.ok()) continue;
    if (const ReportView::Held* set = view->HeldSet(options.digest)) return *set;
  }
  *error = {OKTASYNC_NOT_FOUND, 0,
            "no report of the daemon shows a held set " + options.digest +
                "; `oktasync status` shows what is held now, and `oktasync plan` what a sync would hold"};
  return std::nullopt;
}

// -1: yes.
int Consent(const Desk& desk) {
  if (desk.options.yes) return -1;
  if (desk.options.json || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
    Tell(desk.screen, "not approved: nobody can be asked here. Add --yes once you have looked at the set");
    return kExitUsage;
  }
  desk.screen.Bar("Approve this set? Type yes: ");
  std::string answer;
  for (char c = 0; c != '\n';) {
    if (AsksToStop(desk.signals.Wait(kAnswerPoll, STDIN_FILENO))) {
      desk.screen.Bar("");
      return kExitInterrupted;
    }
    pollfd typed{STDIN_FILENO, POLLIN, 0};
    if (::poll(&typed, 1, 0) <= 0) continue;
    if (::read(STDIN_FILENO, &c, 1) != 1) break;
    if (c != '\n' && answer.size() < 16) answer += c;
  }
  desk.screen.ForgetBar();  // the terminal has shown it together with what was typed
  if (answer == "yes") return -1;
  Tell(desk.screen, "not approved");
  return kExitFailed;
}

int End(const Desk& desk, Runs& runs, const Went& went) {
  if (went.interrupted) {
    Tell(desk.screen, went.run_id == 0
                          ? std::string("interrupted")
                          : "the daemon goes on with run " + std::to_string(went.run_id) + "; see `" +
                                OktasyncCommand(desk.options, "report " + std::to_string(went.run_id)) + "`");
  }
  return went.code >= 0 ? went.code : runs.Show(went.report, OktasyncCommand(desk.options, "approve"));
}

int ApproveThrough(const Desk& desk, Daemon& daemon, Runs& runs, bool ask) {
  std::string plan;
  std::optional<ReportView::Held> set;
  if (!desk.options.plan_file.empty()) {
    const absl::StatusOr<SavedPlan> saved = ReadPlan(desk.options.plan_file, desk.options.limit);
    const absl::StatusOr<ReportView::Held> chosen =
        saved.ok() ? ChooseHeld(saved->view, desk.options.digest) : saved.status();
    if (!chosen.ok()) {
      Tell(desk.screen, (saved.ok() ? desk.options.plan_file + ": " : "") + Message(chosen.status()));
      return kExitUsage;
    }
    plan = saved->for_approval;
    set = *chosen;
  } else {
    PluginError error;
    const absl::StatusOr<StatusView> status = StatusOf(daemon, &error);
    if (status.ok()) set = FindShown(daemon, *status, desk.options, &error);
    if (!set) return Failed(desk, "nothing was approved", error);
  }
  runs.ShowHeld(*set);
  if (ask) {
    if (const int code = Consent(desk); code >= 0) return code;
  }
  return End(desk, runs, runs.Approve(set->digest, plan));
}

// The daemon works by the configuration that it was started with; the file may say something else by now.
void WarnOfOtherConfig(const Desk& desk, const StatusView& status) {
  const absl::StatusOr<ConfigDocument> file = ReadConfigFile(desk.options.config_file);
  if (!file.ok() || !status.daemon || status.daemon->config_digest == DigestOf(*file)) return;
  desk.log.Write(
      OKTASYNC_LOG_WARN,
      "the daemon was started with another configuration than the file has now, and works by that: "
      "restart it, or use --one-shot for this process alone",
      {{"config", desk.options.config_file}, {"pid", std::to_string(status.daemon->pid)}});
}

}  // namespace

int OneRunThroughDaemon(const Desk& desk, const std::string& path) {
  Daemon daemon(path, desk.signals);
  PluginError error;
  const absl::StatusOr<StatusView> status = StatusOf(daemon, &error);
  if (!status.ok()) return Failed(desk, "no run can be asked for", error);
  WarnOfOtherConfig(desk, *status);
  if (!desk.screen.json()) {
    desk.screen.Line(
        "oktasync: asking the daemon" +
        (status->daemon ? " (process " + std::to_string(status->daemon->pid) + ")" : std::string()) + " at " +
        Escape(path));
  }
  Runs runs(desk.options, desk.screen, desk.signals, daemon);
  const bool approving = !desk.options.digest.empty() || !desk.options.plan_file.empty();
  if (approving) return ApproveThrough(desk, daemon, runs, false);
  return End(desk, runs, runs.Make(desk.options.command == Command::kPlan));
}

int Approve(const Desk& desk) {
  const std::optional<std::string> path =
      NeedDaemon(desk, ". Without one: `oktasync sync --approve DIGEST`, or `oktasync sync --plan FILE`");
  if (!path) return kExitFailed;
  Daemon daemon(*path, desk.signals);
  Runs runs(desk.options, desk.screen, desk.signals, daemon);
  return ApproveThrough(desk, daemon, runs, true);
}

int ShowStatus(const Desk& desk) {
  const std::optional<std::string> path = NeedDaemon(desk, "");
  if (!path) return kExitFailed;
  Daemon daemon(*path, desk.signals);
  std::string text;
  if (const PluginError error = daemon.Status(&text); !error.ok()) {
    return Failed(desk, "the status cannot be had", error);
  }
  const std::optional<StatusView> view = ParseStatus(text);
  if (!view) {
    Tell(desk.screen, "the daemon's status cannot be read");
    return kExitFailed;
  }
  if (desk.options.json) {
    desk.screen.Out(text + "\n");
  } else {
    RenderOptions render = RenderingOf(desk.options, desk.screen);
    render.approve = OktasyncCommand(desk.options, "approve");
    render.report = OktasyncCommand(desk.options, "report");
    desk.screen.Out(RenderStatus(*view, render));
    WarnOfOtherConfig(desk, *view);
  }
  return ExitCodeOf(*view);
}

int ShowReport(const Desk& desk) {
  const std::optional<std::string> path =
      NeedDaemon(desk, ". A report that was saved is shown by `oktasync show FILE`");
  if (!path) return kExitFailed;
  Daemon daemon(*path, desk.signals);
  uint64_t run_id = desk.options.run_id;
  if (run_id == 0) {
    PluginError error;
    const absl::StatusOr<StatusView> status = StatusOf(daemon, &error);
    if (!status.ok()) return Failed(desk, "the report cannot be had", error);
    run_id = status->last_run_id;
    if (run_id == 0) {
      Tell(desk.screen, "no sync of the daemon has finished yet");
      return kExitFailed;
    }
  }
  Document report;
  if (const PluginError error = daemon.Report(run_id, &report); !error.ok()) {
    return Failed(desk, "the report of run " + std::to_string(run_id) + " cannot be had", error);
  }
  return Runs(desk.options, desk.screen, desk.signals, daemon)
      .ShowAgain(report, OktasyncCommand(desk.options, "approve"));
}

int Explain(const Desk& desk) {
  std::string text;
  PluginError error;
  const absl::StatusOr<std::string> path =
      desk.options.one_shot ? absl::StatusOr<std::string>(std::string()) : FindDaemon(desk.options);
  if (path.ok() && !path->empty()) {
    error = Daemon(*path, desk.signals).Explain(desk.options.who, &text);
  } else if (!desk.options.socket_file.empty() && !desk.options.one_shot) {
    NeedDaemon(desk, "; without --socket the person is explained by this process alone");
    return kExitFailed;
  } else {
    Session session(desk.options, desk.screen, desk.log);
    if (const int code = session.Prepare(); code >= 0) return code;
    if (const int code = session.Create(true); code >= 0) return code;
    if (const int code = session.Start(); code >= 0) return code;
    error = {OKTASYNC_CANCELLED, 0, "interrupted"};
    const bool whole = RunInterruptibly(
        desk.signals, [&] { error = session.instance().Explain(desk.options.who, &text); },
        [&] { session.instance().Stop(0); });
    session.Stop(desk.signals, !whole);
    if (!whole) return kExitInterrupted;
  }
  if (!error.ok()) return Failed(desk, "no explanation", error);
  if (desk.options.json) {
    desk.screen.Out(text + "\n");
    return kExitDone;
  }
  const absl::StatusOr<std::string> rendered =
      RenderExplanation(text, RenderingOf(desk.options, desk.screen));
  if (!rendered.ok()) {
    Tell(desk.screen, Message(rendered.status()));
    return kExitFailed;
  }
  desk.screen.Out(*rendered);
  return kExitDone;
}

}  // namespace oktasync::host
