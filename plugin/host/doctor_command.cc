#include <sys/eventfd.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "commands.h"
#include "daemon.h"
#include "doctor_view.h"
#include "interruptible.h"
#include "render.h"
#include "runs.h"
#include "session.h"
#include "socket_path.h"
#include "tell.h"

namespace oktasync::host {
namespace {

std::string HostName() {
  char name[256] = "";
  if (::gethostname(name, sizeof(name) - 1) != 0) return "";
  return name;
}

// The daemon's, when one answers; else why not, in `none`.
std::optional<StatusView> AskDaemon(const Desk& desk, std::string* none) {
  const absl::StatusOr<std::string> path = FindDaemon(desk.options);
  if (!path.ok()) {
    *none = Message(path.status());
    return std::nullopt;
  }
  if (path->empty()) {
    *none = "no daemon answers at the usual place (one at another is found with --socket), and only one knows it";
    return std::nullopt;
  }
  Daemon daemon(*path, desk.signals);
  std::string text;
  if (const PluginError error = daemon.Status(&text); !error.ok()) {
    *none = "the daemon does not say: " + error.message;
    return std::nullopt;
  }
  std::optional<StatusView> view = ParseStatus(text);
  if (!view) *none = "the daemon's status cannot be read";
  return view;
}

}  // namespace

int Doctor(const Desk& desk) {
  Session session(desk.options, desk.screen, desk.log);
  if (const int code = session.Prepare(); code >= 0) return code;
  const int stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop < 0) {
    Tell(desk.screen, "nothing was checked: no file descriptor is left");
    return kExitFailed;
  }
  std::string text;
  PluginError error{OKTASYNC_CANCELLED, 0, "interrupted"};
  const bool whole = RunInterruptibly(
      desk.signals, [&] { error = session.Preflight(stop, &text); },
      [&] {
        const uint64_t one = 1;
        [[maybe_unused]] const ssize_t n = ::write(stop, &one, sizeof(one));
      });
  ::close(stop);
  if (!whole) return kExitInterrupted;
  if (!error.ok()) {
    Tell(desk.screen, "nothing was checked", error);
    return error.config() ? kExitUsage : kExitFailed;
  }
  absl::StatusOr<DoctorView> view = ParseDoctor(text);
  if (!view.ok()) {
    Tell(desk.screen, Message(view.status()));
    return kExitFailed;
  }
  std::string none;
  const std::optional<StatusView> status = AskDaemon(desk, &none);
  AddDaemon(status, none, HostName(), absl::Now(), &*view);
  desk.screen.Out(desk.options.json ? ToJson(*view) + "\n"
                                    : RenderDoctor(*view, RenderingOf(desk.options, desk.screen)));
  return view->Count("fail") == 0 ? kExitDone : kExitFailed;
}

}  // namespace oktasync::host
