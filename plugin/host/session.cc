#include "session.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::host {
namespace {

constexpr absl::Duration kLineEvery = absl::Seconds(10);
constexpr uint64_t kStopSliceNs = 100'000'000;

}  // namespace

absl::Duration SinceBoot() { return SystemClock().SinceBoot(); }

int Session::Prepare() {
  absl::StatusOr<ConfigDocument> config = ReadConfigFile(options_.config_file);
  if (!config.ok()) {
    Tell(Message(config.status()));
    return kExitUsage;
  }
  config_ = *std::move(config);

  const absl::StatusOr<std::string> file = FindPlugin(options_.plugin_file);
  if (!file.ok()) {
    Tell(Message(file.status()));
    return kExitUsage;
  }
  absl::StatusOr<PluginLibrary> library = PluginLibrary::Load(*file, host_);
  if (!library.ok()) {
    Tell(Message(library.status()));
    return kExitUsage;
  }
  library_ = *std::move(library);
  log_.Write(OKTASYNC_LOG_DEBUG, "plugin loaded", {{"file", *file}, {"version", library_->version()}});

  std::string problems;
  const PluginError valid = library_->Validate(config_.json, &problems);
  return valid.ok() ? -1 : TellProblems(problems, valid);
}

int Session::TellProblems(const std::string& text, const PluginError& error) {
  const absl::StatusOr<nlohmann::json> problems = ParseJson(text, {.max_bytes = 16 << 20, .max_depth = 4});
  if (!problems.ok() || !problems->is_array() || problems->empty()) {
    Tell("the configuration cannot be checked", error);
    return kExitUsage;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const nlohmann::json& problem : *problems) {
    const std::string path = JsonString(problem, "path");
    const std::string what = JsonString(problem, "text");
    const int line = LineOf(config_, path);
    if (screen_.json()) {
      list.push_back({{"path", path}, {"text", what}, {"line", line}});
      continue;
    }
    std::string told = Escape(options_.config_file, 256) + ":";
    if (line != 0) told += std::to_string(line) + ":";
    if (!path.empty()) told += " " + Escape(path, 256) + ":";
    screen_.Line(told + " " + Escape(what, 1024));
  }
  if (screen_.json()) screen_.Out(DumpJson({{"ok", false}, {"problems", std::move(list)}}) + "\n");
  return kExitUsage;
}

int Session::Create(bool on_request) {
  instance_.emplace(*library_);
  const PluginError created = instance_->Create(host_, log_.context(), config_.json, on_request);
  if (created.ok()) return -1;
  Tell("the instance cannot be made", created);
  return created.config() ? kExitUsage : kExitFailed;
}

int Session::Start() {
  const PluginError started = instance_->Start();
  if (started.ok()) return -1;
  Tell("the instance cannot be started", started);
  return kExitFailed;
}

std::optional<StatusView> Session::Watch() {
  std::string text;
  if (!instance_->Status(&text).ok()) return std::nullopt;
  std::optional<StatusView> status = ParseStatus(text);
  if (!status) return std::nullopt;
  if (!status->progress) {
    screen_.Bar("");
    return status;
  }
  const absl::Duration now = SinceBoot();
  meter_.Update(*status->progress, now);
  if (screen_.bar_possible()) {
    screen_.Bar(meter_.Bar(screen_.columns()));
  } else if (meter_.LineDue(now, kLineEvery)) {
    const StatusView::Progress& progress = *status->progress;
    if (screen_.json()) {
      screen_.Line(DumpJson({{"progress",
                              {{"run_id", progress.run_id},
                               {"kind", progress.plan ? "plan" : "sync"},
                               {"stage", progress.stage},
                               {"seen", progress.seen},
                               {"expected", progress.expected},
                               {"written", progress.written}}}}));
    } else {
      screen_.Line(std::string(progress.plan ? "plan" : "sync") + ": " + meter_.Line());
    }
  }
  return status;
}

void Session::Stop(Signals& signals, bool asked) {
  bool told = false;
  for (;;) {
    const PluginError stopped = instance_->Stop(kStopSliceNs);
    if (stopped.code != OKTASYNC_DEADLINE_EXCEEDED) break;
    if (AsksToStop(signals.Wait(absl::ZeroDuration()))) {
      screen_.Bar("");
      screen_.Line("oktasync: left at once; what was under way is finished or undone by the next run");
      ::_exit(kExitInterrupted);
    }
    if (asked && !told) screen_.Line("oktasync: stopping; once more to leave at once");
    told = true;
  }
  screen_.Bar("");
}

void Session::Tell(std::string_view what, const PluginError& error) {
  if (screen_.json()) {
    screen_.Line(
        DumpJson({{"error", {{"code", error.code}, {"message", std::string(what) + ": " + error.message}}}}));
    return;
  }
  screen_.Line("oktasync: " + std::string(what) + ": " + Escape(error.message, 4096));
}

void Session::Tell(std::string_view message) {
  if (screen_.json()) {
    screen_.Line(DumpJson({{"error", {{"message", message}}}}));
    return;
  }
  screen_.Line("oktasync: " + Escape(message, 4096));
}

}  // namespace oktasync::host
