#include "commands.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "approve_command.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "control_server.h"
#include "nlohmann/json.hpp"
#include "plan_file.h"
#include "runs.h"
#include "session.h"
#include "socket_path.h"
#include "tell.h"

namespace oktasync::host {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(100);
constexpr absl::Duration kIdlePoll = absl::Seconds(1);

// -1: go on, with *socket or without. Before anything else, so that a second daemon is refused before it
// connects to anything, and nobody finds the socket missing once the first run has begun.
int OpenSocket(const Desk& desk, std::optional<ControlSocket>* socket) {
  absl::StatusOr<ControlSocket> opened = OpenControlSocket(desk.options);
  if (opened.ok()) {
    socket->emplace(*std::move(opened));
    return -1;
  }
  if (opened.status().code() == absl::StatusCode::kAlreadyExists) {
    Tell(desk.screen, Message(opened.status()));
    return kExitFailed;
  }
  if (!desk.options.socket_file.empty()) {
    Tell(desk.screen, Message(opened.status()));
    return kExitUsage;
  }
  // Offboarding does not wait for a directory.
  desk.log.Write(OKTASYNC_LOG_WARN,
                 "running without a control socket: status, approve and explain are not served",
                 {{"reason", Message(opened.status())}});
  return -1;
}

std::unique_ptr<ControlServer> Serve(const Desk& desk, Session& session,
                                     std::optional<ControlSocket> socket) {
  if (!socket) return nullptr;
  DaemonFacts facts{static_cast<uint64_t>(::getpid()), session.library().version(), desk.options.config_file,
                    DigestOf(session.config())};
  absl::StatusOr<std::unique_ptr<ControlServer>> server =
      ControlServer::Start(*std::move(socket), session.instance(), std::move(facts));
  if (server.ok()) return *std::move(server);
  desk.log.Write(OKTASYNC_LOG_WARN, "the control socket is not served",
                 {{"reason", Message(server.status())}});
  return nullptr;
}

}  // namespace

int CheckConfig(const Desk& desk) {
  Session session(desk.options, desk.screen, desk.log);
  if (const int code = session.Prepare(); code >= 0) return code;
  if (const int code = session.Create(true); code >= 0) return code;
  if (desk.options.json) {
    desk.screen.Out(DumpJson({{"ok", true}, {"problems", nlohmann::json::array()}}) + "\n");
  } else {
    desk.screen.Out(Escape(desk.options.config_file) +
                    ": good. The files that it names were read; nothing was connected to.\n");
  }
  return kExitDone;
}

int RunUntilStopped(const Desk& desk) {
  Session session(desk.options, desk.screen, desk.log);
  if (const int code = session.Prepare(); code >= 0) return code;
  std::optional<ControlSocket> socket;
  if (const int code = OpenSocket(desk, &socket); code >= 0) return code;
  if (const int code = session.Create(false); code >= 0) return code;
  if (const int code = session.Start(); code >= 0) return code;
  std::unique_ptr<ControlServer> server = Serve(desk, session, std::move(socket));
  desk.log.Write(OKTASYNC_LOG_INFO, "running",
                 {{"config", desk.options.config_file},
                  {"plugin", session.library().version()},
                  {"socket", server != nullptr ? server->path() : "none"}});

  Instance& instance = session.instance();
  Runs runs(desk.options, desk.screen, desk.signals, instance);
  Follower follower(desk.screen, desk.signals);
  const std::string approve = OktasyncCommand(desk.options, "approve");
  uint64_t shown_run = 0;
  const auto show_last = [&](const std::optional<StatusView>& status) {
    if (!status || status->last_run_id == shown_run) return;
    shown_run = status->last_run_id;
    Document report;
    if (const PluginError error = instance.Report(shown_run, &report); error.ok()) {
      runs.Show(report, approve);
    } else {
      Tell(desk.screen, "the run's report cannot be had", error);
    }
  };
  int code = kExitDone;
  for (;;) {
    const std::optional<StatusView> status = follower.Look(instance);
    show_last(status);
    if (status && status->state == "failed") {
      Tell(desk.screen, "the plugin failed: " + status->last_error);
      code = kExitFailed;
      break;
    }
    const int signal = desk.signals.Wait(status && status->progress ? kPoll : kIdlePoll);
    if (AsksToStop(signal)) break;
    if (signal != 0) {
      const PluginError told = instance.IdentityChanged();
      if (told.ok()) {
        desk.log.Write(OKTASYNC_LOG_INFO, "connecting anew, with the files of the identity as they are now");
      } else {
        Tell(desk.screen, "the identity cannot be read again", told);
      }
    }
  }
  follower.EndLook();
  if (server != nullptr) server->BeginStop();
  session.Stop(desk.signals, code == kExitDone);
  server.reset();                      // what it had asked the instance for has ended with it
  show_last(follower.Look(instance));  // a run that ended since the last look, or by being stopped
  desk.log.Write(OKTASYNC_LOG_INFO, "stopped");
  return code;
}

int ShowFile(const Desk& desk) {
  const std::string& file = desk.options.file_to_show;
  absl::StatusOr<std::string> text = ReadDocument(file);
  absl::StatusOr<ReportView> view =
      text.ok() ? ParseReport(*text, desk.options.json ? 1 : desk.options.limit) : text.status();
  if (!view.ok()) {
    Tell(desk.screen, (text.ok() ? file + ": " : "") + Message(view.status()));
    return kExitUsage;
  }
  if (desk.options.json) {
    desk.screen.Out(*text);
    return kExitDone;
  }
  RenderOptions render = RenderingOf(desk.options, desk.screen);
  render.dated = true;
  const bool cleanup = std::any_of(view->held.begin(), view->held.end(),
                                   [](const ReportView::Held& set) { return set.kind == "cleanup"; });
  if (cleanup) {
    render.approve = OktasyncCommand(desk.options, "cleanup --approve");
  } else if (file != "-") {
    render.approve = OktasyncCommand(desk.options, "approve --plan " + ShellWord(file));
  }
  desk.screen.Out(view->plan ? RenderPlan(*view, render) : RenderSync(*view, render));
  return kExitDone;
}

}  // namespace oktasync::host
