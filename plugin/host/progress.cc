#include "progress.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kBarCells = 24;

uint64_t Number(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number_unsigned() ? it->get<uint64_t>() : 0;
}

}  // namespace

std::optional<StatusView> ParseStatus(std::string_view text) {
  const absl::StatusOr<nlohmann::json> json = ParseJson(text);
  if (!json.ok() || !json->is_object()) return std::nullopt;
  StatusView view;
  view.state = JsonString(*json, "state");
  view.last_error = JsonString(*json, "last_error");
  view.next_run = JsonString(*json, "next_run");
  if (const auto it = json->find("progress"); it != json->end() && it->is_object()) {
    view.progress = StatusView::Progress{Number(*it, "run_id"),    JsonString(*it, "kind") == "plan",
                                         JsonString(*it, "stage"), Number(*it, "seen"),
                                         Number(*it, "expected"),  Number(*it, "written")};
  }
  if (const auto it = json->find("last_run"); it != json->end() && it->is_object()) {
    view.last_run_id = Number(*it, "run_id");
  }
  return view;
}

void ProgressMeter::Update(const StatusView::Progress& progress, absl::Duration since_boot) {
  if (progress.run_id != now_.run_id || progress.stage != now_.stage) {
    stage_began_ = since_boot;
    stage_seen_ = progress.run_id == now_.run_id ? progress.seen : 0;
    stage_written_ = progress.run_id == now_.run_id ? progress.written : 0;
  }
  now_ = progress;
  at_ = since_boot;
}

std::string ProgressMeter::Numbers() const {
  std::string text;
  if (now_.seen != 0 || now_.expected != 0) {
    text += Grouped(now_.seen);
    if (now_.expected != 0) text += " of about " + Grouped(now_.expected);
    text += now_.expected == 0 && now_.seen == 1 ? " person" : " people";
  }
  if (now_.written != 0) text += (text.empty() ? "" : ", ") + Counted(now_.written, "write", "writes");

  const double took = absl::ToDoubleSeconds(at_ - stage_began_);
  const uint64_t read = now_.seen - std::min(stage_seen_, now_.seen);
  const uint64_t wrote = now_.written - std::min(stage_written_, now_.written);
  if (took < 0.5 || (read == 0 && wrote == 0)) return text;
  const double rate = static_cast<double>(read != 0 ? read : wrote) / took;
  text += ", " + (rate >= 10 ? Grouped(static_cast<uint64_t>(std::llround(rate))) + "/s"
                             : Grouped(static_cast<uint64_t>(std::llround(rate * 60))) + "/min");
  if (read != 0 && now_.expected > now_.seen) {
    text += ", " + Seconds(static_cast<double>(now_.expected - now_.seen) / rate) + " left";
  }
  return text;
}

std::string ProgressMeter::Bar(size_t columns) const {
  std::string line = now_.plan ? "plan: " : "sync: ";
  line += Escape(now_.stage, 32);
  if (now_.expected != 0) {
    const uint64_t seen = std::min(now_.seen, now_.expected);
    const size_t filled = static_cast<size_t>(static_cast<double>(seen) / static_cast<double>(now_.expected) *
                                              static_cast<double>(kBarCells));
    line += " [" + std::string(filled, '#') + std::string(kBarCells - filled, '.') + "]";
  }
  const std::string numbers = Numbers();
  if (!numbers.empty()) line += " " + numbers;
  // The last column stays free: writing there wraps on some terminals.
  return CutToColumns(line, columns > 1 ? columns - 1 : columns);
}

std::string ProgressMeter::Line() const {
  const std::string numbers = Numbers();
  return Escape(now_.stage, 32) + (numbers.empty() ? "" : ": " + numbers);
}

bool ProgressMeter::LineDue(absl::Duration since_boot, absl::Duration every) {
  const bool news = now_.stage != last_line_stage_ || now_.run_id != last_line_run_;
  if (!news && since_boot - last_line_ < every) return false;
  last_line_ = since_boot;
  last_line_stage_ = now_.stage;
  last_line_run_ = now_.run_id;
  return true;
}

}  // namespace oktasync::host
