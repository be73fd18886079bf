#include "documents.h"

#include "absl/time/time.h"
#include "base/json.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace oktasync::plugin {
namespace {

using nlohmann::json;

json TimeOrNull(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return nullptr;
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

json ErrorOrNull(const absl::Status& status) {
  if (status.ok()) return nullptr;
  return {{"code", absl::StatusCodeToString(status.code())}, {"message", Message(status)}};
}

std::string_view KindName(reconcile::RunKind kind) {
  return kind == reconcile::RunKind::kPlan ? "plan" : "sync";
}

json ProgressOrNull(const reconcile::Progress& progress) {
  if (progress.run_id == 0) return nullptr;
  const json left = progress.left.has_value() ? json(absl::ToDoubleSeconds(*progress.left)) : json(nullptr);
  return {{"run_id", progress.run_id},     {"kind", KindName(progress.kind)},
          {"stage", progress.stage},       {"seen", progress.seen},
          {"expected", progress.expected}, {"written", progress.written},
          {"left_seconds", left},          {"rate_wait_seconds", absl::ToDoubleSeconds(progress.rate_wait)}};
}

json LastRunOrNull(const reconcile::LoopStatus& loop) {
  if (loop.last_run_id == 0) return nullptr;
  return {{"run_id", loop.last_run_id},
          {"ended", TimeOrNull(loop.last_ended)},
          {"ok", loop.last_outcome.ok()},
          {"error", ErrorOrNull(loop.last_outcome)}};
}

json HeldSummary(const std::vector<reconcile::HeldSet>& held) {
  json list = json::array();
  for (const reconcile::HeldSet& set : held) {
    list.push_back({{"kind", std::string(reconcile::ToString(set.kind))},
                    {"digest", set.digest},
                    {"people", set.items.size()},
                    {"reason", set.reason},
                    {"warning", set.warning}});
  }
  return list;
}

uint64_t Count(const reconcile::Report& report, const std::string& key) {
  const auto it = report.counts.find(key);
  return it == report.counts.end() ? 0 : it->second;
}

}  // namespace

std::string StatusDocument(const reconcile::LoopStatus& loop, const InstanceFacts& facts) {
  const bool planned = facts.state == "running" && !facts.on_request;
  const json status = {
      {"state", loop.failed ? "failed" : facts.state},
      {"progress", ProgressOrNull(loop.progress)},
      {"last_run", LastRunOrNull(loop)},
      {"last_whole_walk", TimeOrNull(loop.last_whole_walk)},
      {"next_run", planned ? TimeOrNull(loop.next_run) : json(nullptr)},
      {"runs", loop.runs},
      {"last_error", loop.failed && !loop.last_error.empty() ? loop.last_error : facts.last_error},
      {"log_lines_dropped", facts.log_lines_dropped},
      {"audit_events_failed", facts.audit_events_failed},
      {"standby", loop.standby},
      {"alarm", loop.alarm},
      {"to_mend", loop.to_mend},
      {"held", HeldSummary(loop.held)},
  };
  return DumpJson(status);
}

std::string ProblemsDocument(const std::vector<config::Problem>& problems) {
  json list = json::array();
  for (const config::Problem& problem : problems) {
    list.push_back({{"path", problem.path}, {"text", problem.text}});
  }
  return DumpJson(list);
}

std::string ReportDocument(const reconcile::Report& report) { return DumpJson(reconcile::ToJson(report)); }

std::string UserSyncDocument(const reconcile::Report& report) {
  json event = {{"event", kUserSyncEvent},
                {"code", report.outcome.ok() ? "TOK007I" : "TOK007E"},
                {"time", TimeOrNull(report.ended)},
                {"cluster_name", report.cluster},
                {"success", report.outcome.ok()},
                {"org_url", report.org_url},
                {"app_id", report.app_id},
                {"num_users_created", Count(report, "created")},
                {"num_users_deleted", Count(report, "removed")},
                {"num_users_modified", Count(report, "updated")},
                {"num_users_total", Count(report, "present")}};
  if (!report.outcome.ok()) event["error"] = Describe(report.outcome);
  return DumpJson(event);
}

}  // namespace oktasync::plugin
