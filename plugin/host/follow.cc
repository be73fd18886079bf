#include "follow.h"

#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "nlohmann/json.hpp"
#include "tell.h"

namespace oktasync::host {
namespace {

constexpr absl::Duration kLineEvery = absl::Seconds(10);
constexpr absl::Duration kQuiet = absl::Seconds(2);
constexpr absl::Duration kPoll = absl::Milliseconds(100);
constexpr int kMostBusy = 600;  // a minute

}  // namespace

std::optional<StatusView> Follower::Look(Operations& operations, PluginError* error) {
  std::string text;
  if (const PluginError asked = operations.Status(&text); !asked.ok()) {
    if (error != nullptr) *error = asked;
    return std::nullopt;
  }
  std::optional<StatusView> status = ParseStatus(text);
  if (!status) return std::nullopt;
  if (!status->progress || status->progress->stage.empty()) {
    screen_.Bar("");
    return status;
  }
  const StatusView::Progress& progress = *status->progress;
  const absl::Duration now = SystemClock().SinceBoot();
  meter_.Update(progress, now);
  if (screen_.bar_possible()) {
    screen_.Bar(meter_.Bar(screen_.columns()));
  } else if (meter_.LineDue(now, kLineEvery, kQuiet)) {
    if (screen_.json()) {
      // As the daemon wrote it. ParseStatus has read it, and more strictly.
      screen_.Line(DumpJson({{"progress", nlohmann::json::parse(text).at("progress")}}));
    } else {
      screen_.Line(std::string(progress.plan ? "plan" : "sync") + ": " + meter_.Line());
    }
  }
  return status;
}

Follower::End Follower::Follow(Operations& operations, uint64_t run_id, Document* report) {
  for (int busy = 0;;) {
    PluginError looked;
    const std::optional<StatusView> status = Look(operations, &looked);
    if (status && status->state == "failed") {
      EndLook();
      Tell(screen_, "the plugin failed: " + status->last_error);
      return End::kFailed;
    }
    const bool heard = looked.code == OKTASYNC_CANCELLED;
    const PluginError error = heard ? looked : operations.Report(run_id, report);
    if (error.ok()) {
      EndLook();
      return End::kFinished;
    }
    if (error.code == OKTASYNC_CANCELLED || AsksToStop(signals_.Wait(kPoll))) {
      EndLook();
      return End::kInterrupted;
    }
    // That others read reports, too, is no reason to give up for a while.
    const bool later =
        error.not_finished() || (error.code == OKTASYNC_RESOURCE_EXHAUSTED && ++busy < kMostBusy);
    if (!later) {
      EndLook();
      Tell(screen_, "the run's report cannot be had", error);
      return End::kFailed;
    }
  }
}

}  // namespace oktasync::host
