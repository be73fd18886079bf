#include "report_view.h"

#include <utility>

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

// Counts people by outcome, writes by call and people by held set, and lets `limit` of each through.
class Sieve {
 public:
  Sieve(uint64_t limit, ReportView* view, std::vector<uint64_t>* held_totals)
      : limit_(limit), view_(view), totals_(*held_totals) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) top_key_ = parsed.get<std::string>();
    if (event != json::parse_event_t::object_end) return true;
    if (depth == kDepthOfHeldItem && top_key_ == "held") return ++in_this_set_ <= limit_;
    if (depth != 2) return true;
    if (top_key_ == "held") totals_.push_back(std::exchange(in_this_set_, 0));
    if (top_key_ == "people") return ++view_->people_total[JsonString(parsed, "outcome")] <= limit_;
    if (top_key_ == "writes") return ++view_->writes_total[JsonString(parsed, "call")] <= limit_;
    return true;
  }

 private:
  static constexpr int kDepthOfHeldItem = 4;  // report, "held", set, "people", item

  const uint64_t limit_;
  ReportView* const view_;
  std::vector<uint64_t>& totals_;
  std::string top_key_;
  uint64_t in_this_set_ = 0;
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

// `totals` as the sieve has counted; empty without one.
void ReadHeld(const json& report, const std::vector<uint64_t>& totals, ReportView* view) {
  for (const json& set : Items(report, "held")) {
    ReportView::Held& added = view->held.emplace_back();
    added.kind = JsonString(set, "kind");
    added.digest = JsonString(set, "digest");
    added.reason = JsonString(set, "reason");
    added.warning = JsonString(set, "warning");
    for (const json& item : Items(set, "people")) {
      added.items.push_back(
          {JsonString(item, "okta_id"), JsonString(item, "name"), JsonString(item, "what")});
    }
    const size_t index = view->held.size() - 1;
    added.total = index < totals.size() ? totals[index] : added.items.size();
  }
  for (const json& digest : Items(report, "approvals_used")) {
    if (digest.is_string()) view->approvals_used.push_back(digest.get<std::string>());
  }
}

void ReadRest(const json& report, ReportView* view) {
  view->run_id = Number(report, "run_id");
  view->plan = JsonString(report, "kind") == "plan";
  view->ok = Flag(report, "ok");
  view->walk_whole = Flag(report, "walk_whole");
  view->standby = Flag(report, "standby");
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

uint64_t ReportView::TotalHeld() const {
  uint64_t total = 0;
  for (const Held& set : held) total += set.total;
  return total;
}

const ReportView::Held* ReportView::HeldSet(std::string_view digest) const {
  for (const Held& set : held) {
    if (set.digest == digest) return &set;
  }
  return nullptr;
}

absl::StatusOr<ReportView> ParseReport(std::string_view text, uint64_t limit) {
  ReportView view;
  std::vector<uint64_t> held_totals;
  try {
    // Without a limit the plain parser: the one with a callback looks at a whole array after each element.
    const json report = limit == 0
                            ? json::parse(text)
                            : json::parse(text, json::parser_callback_t(Sieve(limit, &view, &held_totals)));
    if (!report.is_object() || !report.contains("people") || !report.contains("counts")) {
      return MakeStatus(absl::StatusCode::kDataLoss, "this is no report or plan of oktasync");
    }
    ReadRest(report, &view);
    ReadPeople(report, limit == 0, &view);
    ReadWrites(report, limit == 0, &view);
    ReadHeld(report, held_totals, &view);
    return view;
  } catch (const json::exception&) {
    return MakeStatus(absl::StatusCode::kDataLoss, "this is no report or plan of oktasync: it is not JSON");
  }
}

int ExitCodeOf(const ReportView& report, bool changes_count) {
  if (!report.ok) return kExitFailed;
  if (!report.held.empty()) return kExitHeld;
  for (const char* left_undone : {"held", "waiting", "failed"}) {
    if (report.Count(left_undone) != 0) return kExitHeld;
  }
  if (changes_count && report.TotalWrites() != 0) return kExitChanges;
  return kExitDone;
}

}  // namespace oktasync::host
