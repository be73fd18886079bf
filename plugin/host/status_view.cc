#include "status_view.h"

#include "base/json.h"
#include "nlohmann/json.hpp"
#include "options.h"

namespace oktasync::host {
namespace {

using nlohmann::json;

// One held set for each of a crowd of names in quarantine, each with its reason.
constexpr JsonLimits kLimits{size_t{64} << 20, 16};

uint64_t Number(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number_unsigned() ? it->get<uint64_t>() : 0;
}

// The member `key` if it is an object, or null.
const json* Member(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_object() ? &*it : nullptr;
}

void ReadLastRun(const json& run, StatusView* view) {
  view->last_run_id = Number(run, "run_id");
  view->last_ended = JsonString(run, "ended");
  const auto ok = run.find("ok");
  view->last_ok = ok != run.end() && ok->is_boolean() && ok->get<bool>();
  if (const json* error = Member(run, "error")) {
    view->last_code = JsonString(*error, "code");
    view->last_message = JsonString(*error, "message");
  }
}

StatusView::Daemon ReadDaemon(const json& daemon) {
  StatusView::Daemon read{Number(daemon, "pid"),
                          JsonString(daemon, "version"),
                          JsonString(daemon, "config_file"),
                          JsonString(daemon, "config_digest"),
                          {}};
  const auto runs = daemon.find("runs");
  if (runs == daemon.end() || !runs->is_array()) return read;
  for (const json& run : *runs) {
    if (run.is_number_unsigned()) read.runs.push_back(run.get<uint64_t>());
  }
  return read;
}

}  // namespace

std::optional<StatusView> ParseStatus(std::string_view text) {
  const absl::StatusOr<json> status = ParseJson(text, kLimits);
  if (!status.ok() || !status->is_object()) return std::nullopt;
  StatusView view;
  view.state = JsonString(*status, "state");
  view.last_error = JsonString(*status, "last_error");
  view.standby = JsonString(*status, "standby");
  view.alarm = JsonString(*status, "alarm");
  view.last_whole_walk = JsonString(*status, "last_whole_walk");
  view.next_run = JsonString(*status, "next_run");
  view.runs = Number(*status, "runs");
  view.log_lines_dropped = Number(*status, "log_lines_dropped");
  view.audit_events_failed = Number(*status, "audit_events_failed");
  if (const json* now = Member(*status, "progress")) {
    view.progress = StatusView::Progress{Number(*now, "run_id"),    JsonString(*now, "kind") == "plan",
                                         JsonString(*now, "stage"), Number(*now, "seen"),
                                         Number(*now, "expected"),  Number(*now, "written")};
    const auto read = [now](const char* key, double* seconds) {
      const auto found = now->find(key);
      if (found != now->end() && found->is_number()) *seconds = found->get<double>();
    };
    read("left_seconds", &view.progress->left_seconds);
    read("rate_wait_seconds", &view.progress->rate_wait_seconds);
  }
  if (const json* run = Member(*status, "last_run")) ReadLastRun(*run, &view);
  if (const auto held = status->find("held"); held != status->end() && held->is_array()) {
    for (const json& set : *held) {
      view.held.push_back({JsonString(set, "kind"), JsonString(set, "digest"), Number(set, "people"),
                           JsonString(set, "reason"), JsonString(set, "warning")});
    }
  }
  if (const auto to_mend = status->find("to_mend"); to_mend != status->end() && to_mend->is_array()) {
    for (const json& sentence : *to_mend) {
      if (sentence.is_string()) view.to_mend.push_back(sentence.get<std::string>());
    }
  }
  if (const json* daemon = Member(*status, "daemon")) view.daemon = ReadDaemon(*daemon);
  return view;
}

int ExitCodeOf(const StatusView& status) {
  if (status.state == "failed") return kExitFailed;
  const bool failed_run = status.last_run_id != 0 && !status.last_ok && status.standby.empty();
  const bool waits = !status.alarm.empty() || !status.held.empty() || !status.to_mend.empty();
  return failed_run || waits ? kExitHeld : kExitDone;
}

}  // namespace oktasync::host
