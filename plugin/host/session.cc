#include "session.h"

#include <unistd.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "tell.h"

namespace oktasync::host {
namespace {

constexpr uint64_t kStopSliceNs = 100'000'000;
constexpr JsonLimits kConfigLimits{size_t{16} << 20, 64};

// False when the document is not one that could be a configuration's.
bool SetCleanup(std::string* config) {
  absl::StatusOr<nlohmann::json> document = ParseJson(*config, kConfigLimits);
  if (!document.ok() || !document->is_object()) return false;
  nlohmann::json& sync = (*document)["sync"];
  if (!sync.is_object() && !sync.is_null()) return false;
  sync["cleanup"] = true;
  *config = DumpJson(*document);
  return true;
}

}  // namespace

int Session::Prepare() {
  absl::StatusOr<ConfigDocument> config = ReadConfigFile(options_.config_file);
  if (!config.ok()) {
    Tell(screen_, Message(config.status()));
    return kExitUsage;
  }
  config_ = *std::move(config);
  if (options_.command == Command::kCleanup && !SetCleanup(&config_.json)) {
    Tell(screen_, options_.config_file +
                      ": \"sync\" is not a section of keys, so this is no configuration; see "
                      "`oktasync check-config`");
    return kExitUsage;
  }

  const absl::StatusOr<std::string> file = FindPlugin(options_.plugin_file);
  if (!file.ok()) {
    Tell(screen_, Message(file.status()));
    return kExitUsage;
  }
  absl::StatusOr<PluginLibrary> library = PluginLibrary::Load(*file, host_);
  if (!library.ok()) {
    Tell(screen_, Message(library.status()));
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
    Tell(screen_, "the configuration cannot be checked", error);
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
  Tell(screen_, "the instance cannot be made", created);
  return created.config() ? kExitUsage : kExitFailed;
}

int Session::Start() {
  const PluginError started = instance_->Start();
  if (started.ok()) return -1;
  Tell(screen_, "the instance cannot be started", started);
  return kExitFailed;
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

}  // namespace oktasync::host
