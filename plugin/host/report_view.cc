#include "report_view.h"

#include "base/json.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "options.h"

namespace oktasync::host {
namespace {

using nlohmann::json;

uint64_t Number(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number_unsigned() ? it->get<uint64_t>() : 0;
}

int64_t Signed(const json& object, const char* key, int64_t otherwise) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number_integer() ? it->get<int64_t>() : otherwise;
}

double Fraction(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number() ? it->get<double>() : 0;
}

bool Flag(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

// The array (or object) `key`, or an empty one.
const json& Items(const json& object, const char* key) {
  static const json& none = *new json(json::array());
  const auto it = object.find(key);
  return it != object.end() && it->is_structured() ? *it : none;
}

// Counts people by outcome and writes by call, and lets `limit` of each through.
class Sieve {
 public:
  Sieve(uint64_t limit, ReportView* view) : limit_(limit), view_(view) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) top_key_ = parsed.get<std::string>();
    if (event != json::parse_event_t::object_end || depth != 2) return true;
    if (top_key_ == "people") return ++view_->people_total[JsonString(parsed, "outcome")] <= limit_;
    if (top_key_ == "writes") return ++view_->writes_total[JsonString(parsed, "call")] <= limit_;
    return true;
  }

 private:
  const uint64_t limit_;
  ReportView* const view_;
  std::string top_key_;
};

void ReadPeople(const json& report, bool count, ReportView* view) {
  for (const json& line : Items(report, "people")) {
    const std::string outcome = JsonString(line, "outcome");
    if (count) ++view->people_total[outcome];
    view->people[outcome].push_back(
        {JsonString(line, "okta_id"), JsonString(line, "name"), JsonString(line, "reason")});
  }
}

void ReadWrites(const json& report, bool count, ReportView* view) {
  for (const json& write : Items(report, "writes")) {
    ReportView::Write& added = view->writes.emplace_back();
    added.call = JsonString(write, "call");
    added.okta_id = JsonString(write, "okta_id");
    added.name = JsonString(write, "name");
    if (count) ++view->writes_total[added.call];
    for (const json& change : Items(write, "changes")) {
      added.changes.push_back(
          {JsonString(change, "field"), JsonString(change, "before"), JsonString(change, "after")});
    }
  }
}

void ReadRest(const json& report, ReportView* view) {
  view->run_id = Number(report, "run_id");
  view->plan = JsonString(report, "kind") == "plan";
  view->ok = Flag(report, "ok");
  view->walk_whole = Flag(report, "walk_whole");
  view->started = JsonString(report, "started");
  view->ended = JsonString(report, "ended");
  view->app_id = JsonString(report, "app_id");
  view->clock_offset_seconds = Fraction(report, "clock_offset_seconds");
  const json& error = Items(report, "error");
  view->error_code = JsonString(error, "code");
  view->error_message = JsonString(error, "message");
  view->org_url = JsonString(Items(report, "org"), "url");
  view->cluster = JsonString(Items(report, "teleport"), "cluster");
  view->server_version = JsonString(Items(report, "teleport"), "version");
  for (const auto& [key, value] : Items(report, "counts").items()) {
    if (value.is_number_unsigned()) view->counts[key] = value.get<uint64_t>();
  }
  const json& held = Items(report, "held");
  view->held.digest = JsonString(held, "digest");
  view->held.reason = JsonString(held, "reason");
  for (const json& id : Items(held, "okta_ids")) {
    if (id.is_string()) view->held.okta_ids.push_back(id.get<std::string>());
  }
  for (const json& notice : Items(report, "notices")) {
    if (notice.is_string()) view->notices.push_back(notice.get<std::string>());
  }
  for (const json& rate : Items(report, "rate")) {
    view->rate.push_back({JsonString(rate, "bucket"), Signed(rate, "limit", -1),
                          Signed(rate, "remaining", -1), JsonString(rate, "resets_at"),
                          Number(rate, "requests"), Number(rate, "refused"),
                          Fraction(rate, "waited_seconds")});
  }
  for (const json& stage : Items(report, "stages")) {
    view->stages.push_back({JsonString(stage, "name"), Fraction(stage, "seconds")});
  }
}

}  // namespace

uint64_t ReportView::Count(const std::string& key) const {
  const auto it = counts.find(key);
  return it == counts.end() ? 0 : it->second;
}

uint64_t ReportView::TotalWrites() const {
  uint64_t total = 0;
  for (const auto& [call, count] : writes_total) total += count;
  return total;
}

absl::StatusOr<ReportView> ParseReport(std::string_view text, uint64_t limit) {
  ReportView view;
  try {
    // Without a limit the plain parser: the one with a callback looks at a whole array after each element.
    const json report =
        limit == 0 ? json::parse(text) : json::parse(text, json::parser_callback_t(Sieve(limit, &view)));
    if (!report.is_object())
      return MakeStatus(absl::StatusCode::kDataLoss, "the plugin's report is no object");
    ReadRest(report, &view);
    ReadPeople(report, limit == 0, &view);
    ReadWrites(report, limit == 0, &view);
    return view;
  } catch (const json::exception&) {
    return MakeStatus(absl::StatusCode::kDataLoss, "the plugin's report is not JSON");
  }
}

int ExitCodeOf(const ReportView& report, bool changes_count) {
  if (!report.ok) return kExitFailed;
  if (!report.held.okta_ids.empty()) return kExitHeld;
  for (const char* left_undone : {"held", "waiting", "failed"}) {
    if (report.Count(left_undone) != 0) return kExitHeld;
  }
  if (changes_count && report.TotalWrites() != 0) return kExitChanges;
  return kExitDone;
}

}  // namespace oktasync::host
