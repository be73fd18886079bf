#include "reconcile/report.h"

#include "base/status.h"
#include "nlohmann/json.hpp"

namespace oktasync::reconcile {
namespace {

using nlohmann::json;

json TimeJson(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return nullptr;
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

json RateJson(const okta::RateWindow& window) {
  return {{"bucket", window.bucket},
          {"limit", window.limit < 0 ? json(nullptr) : json(window.limit)},
          {"remaining", window.remaining < 0 ? json(nullptr) : json(window.remaining)},
          {"resets_at", TimeJson(window.resets_at)},
          {"requests", window.requests},
          {"refused", window.refused},
          {"waited_seconds", absl::ToDoubleSeconds(window.waited)}};
}

json WriteJson(const PlannedWrite& write) {
  json changes = json::array();
  for (const FieldChange& change : write.changes) {
    changes.push_back({{"field", change.field}, {"before", change.before}, {"after", change.after}});
  }
  return {{"call", write.call},
          {"okta_id", write.okta_id},
          {"name", write.name},
          {"changes", std::move(changes)}};
}

}  // namespace

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCreated:
      return "created";
    case Outcome::kUpdated:
      return "updated";
    case Outcome::kRemoved:
      return "removed";
    case Outcome::kLocked:
      return "locked";
    case Outcome::kLifted:
      return "lifted";
    case Outcome::kHeld:
      return "held";
    case Outcome::kKept:
      return "kept";
    case Outcome::kConflict:
      return "conflict";
    case Outcome::kQuarantined:
      return "quarantined";
    case Outcome::kRenamed:
      return "renamed";
    case Outcome::kAdopted:
      return "adopted";
    case Outcome::kBadName:
      return "bad_name";
    case Outcome::kNotice:
      return "notice";
    case Outcome::kWaiting:
      return "waiting";
    case Outcome::kFailed:
      return "failed";
  }
  return "unknown";
}

json ToJson(const Report& report) {
  json out;
  out["run_id"] = report.run_id;
  out["kind"] = report.kind == RunKind::kPlan ? "plan" : "sync";
  out["started"] = TimeJson(report.started);
  out["ended"] = TimeJson(report.ended);
  out["ok"] = report.outcome.ok();
  out["error"] = report.outcome.ok() ? json(nullptr)
                                     : json{{"code", absl::StatusCodeToString(report.outcome.code())},
                                            {"message", Message(report.outcome)}};
  out["walk_whole"] = report.walk_whole;
  out["standby"] = report.standby;
  out["org"] = {{"id", report.org_id}, {"url", report.org_url}};
  out["app_id"] = report.app_id;
  out["teleport"] = {{"cluster", report.cluster}, {"version", report.server_version}};
  out["clock_offset_seconds"] = absl::ToDoubleSeconds(report.clock_offset);
  out["counts"] = report.counts;
  out["people"] = json::array();
  for (const Line& line : report.lines) {
    out["people"].push_back({{"outcome", std::string(ToString(line.outcome))},
                             {"okta_id", line.okta_id},
                             {"name", line.name},
                             {"reason", line.reason}});
  }
  out["held"] = json::array();
  for (const HeldSet& set : report.held) out["held"].push_back(ToJson(set));
  out["approvals_used"] = report.approvals_used;
  out["notices"] = report.notices;
  out["rate"] = json::array();
  for (const okta::RateWindow& window : report.rate) out["rate"].push_back(RateJson(window));
  out["stages"] = json::array();
  for (const Stage& stage : report.stages) {
    out["stages"].push_back({{"name", stage.name}, {"seconds", absl::ToDoubleSeconds(stage.took)}});
  }
  out["writes"] = json::array();
  for (const PlannedWrite& write : report.writes) out["writes"].push_back(WriteJson(write));
  return out;
}

}  // namespace oktasync::reconcile
