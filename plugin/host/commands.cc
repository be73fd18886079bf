#include "commands.h"

#include <utility>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "render.h"
#include "report_view.h"
#include "session.h"

namespace oktasync::host {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(100);
constexpr absl::Duration kIdlePoll = absl::Seconds(1);

// Prints the report of a run and gives the exit code it stands for.
int ShowReport(const Options& options, Screen& screen, Session& session, uint64_t run_id) {
  std::string text;
  const PluginError fetched = session.instance().Report(run_id, &text);
  if (!fetched.ok()) {
    session.Tell("the run's report cannot be had", fetched);
    return kExitFailed;
  }
  const absl::StatusOr<ReportView> report = ParseReport(text, options.json ? 1 : options.limit);
  if (!report.ok()) {
    session.Tell(Message(report.status()));
    return kExitFailed;
  }
  if (options.json) {
    screen.Out(text);
    screen.Out("\n");
  } else {
    const RenderOptions render{screen.color_out(), options.verbose, options.limit};
    screen.Out(report->plan ? RenderPlan(*report, render) : RenderSync(*report, render));
  }
  return ExitCodeOf(*report, options.exit_code);
}

}  // namespace

int CheckConfig(const Options& options, Screen& screen, LogPrinter& log) {
  Session session(options, screen, log);
  if (const int code = session.Prepare(); code >= 0) return code;
  if (const int code = session.Create(true); code >= 0) return code;
  if (options.json) {
    screen.Out(DumpJson({{"ok", true}, {"problems", nlohmann::json::array()}}) + "\n");
  } else {
    screen.Out(Escape(options.config_file) +
               ": good. The files that it names were read; nothing was connected to.\n");
  }
  return kExitDone;
}

int OneRun(const Options& options, Screen& screen, LogPrinter& log, Signals& signals) {
  Session session(options, screen, log);
  if (const int code = session.Prepare(); code >= 0) return code;
  if (const int code = session.Create(true); code >= 0) return code;
  if (const int code = session.Start(); code >= 0) return code;
  uint64_t run_id = 0;
  const PluginError asked = session.instance().Request(options.command == Command::kPlan, &run_id);
  if (!asked.ok()) {
    session.Tell("no run can be asked for", asked);
    return kExitFailed;
  }
  bool interrupted = false;
  for (;;) {
    const std::optional<StatusView> status = session.Watch();
    if (status && status->state == "failed") {
      session.Tell("the plugin failed: " + status->last_error);
      break;
    }
    if (session.instance().Finished(run_id)) break;
    if (AsksToStop(signals.Wait(kPoll))) {
      interrupted = true;
      break;
    }
  }
  session.EndWatch();
  session.Stop(signals, interrupted);
  const int code = ShowReport(options, screen, session, run_id);
  return interrupted ? kExitInterrupted : code;
}

int RunUntilStopped(const Options& options, Screen& screen, LogPrinter& log, Signals& signals) {
  Session session(options, screen, log);
  if (const int code = session.Prepare(); code >= 0) return code;
  if (const int code = session.Create(false); code >= 0) return code;
  if (const int code = session.Start(); code >= 0) return code;
  log.Write(OKTASYNC_LOG_INFO, "running",
            {{"config", options.config_file}, {"plugin", session.library().version()}});

  uint64_t shown_run = 0;
  const auto show_last = [&](const std::optional<StatusView>& status) {
    if (!status || status->last_run_id == shown_run) return;
    shown_run = status->last_run_id;
    ShowReport(options, screen, session, shown_run);
  };
  int code = kExitDone;
  for (;;) {
    const std::optional<StatusView> status = session.Watch();
    show_last(status);
    if (status && status->state == "failed") {
      session.Tell("the plugin failed: " + status->last_error);
      code = kExitFailed;
      break;
    }
    const int signal = signals.Wait(status && status->progress ? kPoll : kIdlePoll);
    if (AsksToStop(signal)) break;
    if (signal != 0) {
      const PluginError told = session.instance().IdentityChanged();
      if (!told.ok()) session.Tell("the identity cannot be read again", told);
    }
  }
  session.EndWatch();
  session.Stop(signals, code == kExitDone);
  show_last(session.Watch());  // a run that ended since the last look, or by being stopped
  log.Write(OKTASYNC_LOG_INFO, "stopped");
  return code;
}

}  // namespace oktasync::host
