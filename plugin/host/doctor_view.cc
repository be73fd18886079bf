#include "doctor_view.h"

#include <algorithm>

#include "base/json.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "text_format.h"

namespace oktasync::host {
namespace {

using nlohmann::json;

constexpr JsonLimits kLimits{size_t{4} << 20, 8};

DoctorView::Check* Mutable(DoctorView* view, std::string_view id) {
  const auto it = std::find_if(view->checks.begin(), view->checks.end(),
                               [&](const DoctorView::Check& check) { return check.id == id; });
  return it == view->checks.end() ? nullptr : &*it;
}

void AddLastWalk(const StatusView& status, absl::Time now, DoctorView::Check* check) {
  absl::Time seen;
  const bool known = absl::ParseTime(absl::RFC3339_full, status.last_whole_walk, &seen, nullptr);
  std::string words = "by the daemon";
  if (known) {
    words += ": " + Seconds(std::max(0.0, absl::ToDoubleSeconds(now - seen))) + " ago, at " +
             When(status.last_whole_walk);
    check->facts["last_whole_walk"] = status.last_whole_walk;
  }
  if (!status.alarm.empty()) {
    check->outcome = "fail";
    check->seen = (known ? words + "; " : "") + status.alarm;
    check->todo = "Look at the last run (oktasync status, oktasync report)";
  } else if (known) {
    check->outcome = "pass";
    check->seen = words;
  } else {
    check->seen = status.standby.empty() ? "the daemon has not seen one yet"
                                         : "the daemon stands by: " + status.standby;
  }
}

}  // namespace

const DoctorView::Check* DoctorView::Find(std::string_view id) const {
  const auto it =
      std::find_if(checks.begin(), checks.end(), [&](const Check& check) { return check.id == id; });
  return it == checks.end() ? nullptr : &*it;
}

uint64_t DoctorView::Count(std::string_view outcome) const {
  return static_cast<uint64_t>(std::count_if(checks.begin(), checks.end(),
                                             [&](const Check& check) { return check.outcome == outcome; }));
}

absl::StatusOr<DoctorView> ParseDoctor(std::string_view text) {
  const absl::Status bad = MakeStatus(absl::StatusCode::kDataLoss, "the plugin's checks cannot be read");
  const absl::StatusOr<json> document = ParseJson(text, kLimits);
  if (!document.ok() || !document->is_object() || !document->contains("checks")) return bad;
  const json& list = document->at("checks");
  if (!list.is_array() || list.empty()) return bad;
  DoctorView view;
  for (const json& item : list) {
    if (!item.is_object() || JsonString(item, "id").empty()) return bad;
    DoctorView::Check check{JsonString(item, "id"),
                            JsonString(item, "title"),
                            JsonString(item, "outcome"),
                            JsonString(item, "seen"),
                            JsonString(item, "todo"),
                            JsonString(item, "because"),
                            {}};
    if (check.outcome != "pass" && check.outcome != "fail") check.outcome = "not_known";
    if (const auto facts = item.find("facts"); facts != item.end() && facts->is_object()) {
      for (const auto& [key, value] : facts->items()) {
        if (value.is_string()) check.facts[key] = value.get<std::string>();
      }
    }
    view.checks.push_back(std::move(check));
  }
  return view;
}

std::string ToJson(const DoctorView& view) {
  json list = json::array();
  for (const DoctorView::Check& check : view.checks) {
    json facts = json::object();
    for (const auto& [key, value] : check.facts) facts[key] = value;
    list.push_back({{"id", check.id},
                    {"title", check.title},
                    {"outcome", check.outcome},
                    {"seen", check.seen},
                    {"todo", check.todo},
                    {"because", check.because},
                    {"facts", std::move(facts)}});
  }
  return DumpJson({{"checks", std::move(list)},
                   {"passed", view.Count("pass")},
                   {"failed", view.Count("fail")},
                   {"not_known", view.Count("not_known")}});
}

void AddDaemon(const std::optional<StatusView>& status, const std::string& none, const std::string& host_name,
               absl::Time now, DoctorView* view) {
  if (DoctorView::Check* walk = Mutable(view, "sync.last_walk"); walk != nullptr) {
    if (status) {
      AddLastWalk(*status, now, walk);
    } else {
      walk->seen = none;
    }
  }
  DoctorView::Check* lease = Mutable(view, "teleport.lease");
  if (lease == nullptr || !status || !status->daemon) return;
  // The holder is "<host>-<pid>-<random>".
  const std::string own = host_name + "-" + std::to_string(status->daemon->pid) + "-";
  const auto holder = lease->facts.find("holder");  // none: nobody holds it
  if (host_name.empty() || holder == lease->facts.end() || !holder->second.starts_with(own)) return;
  lease->seen = "held by the daemon of this configuration (process " + std::to_string(status->daemon->pid) +
                ") until " + lease->facts["until"];
  lease->todo.clear();
}

}  // namespace oktasync::host
