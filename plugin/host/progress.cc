#include "progress.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kMostCells = 24;
constexpr size_t kLeastCells = 8;

}  // namespace

void ProgressMeter::Update(const StatusView::Progress& progress, absl::Duration since_boot) {
  if (progress.run_id != now_.run_id) run_began_ = since_boot;
  if (progress.run_id != now_.run_id || progress.stage != now_.stage) {
    stage_began_ = since_boot;
    stage_seen_ = progress.run_id == now_.run_id ? progress.seen : 0;
    stage_written_ = progress.run_id == now_.run_id ? progress.written : 0;
  }
  now_ = progress;
  // The roster is no forecast for an import that goes beyond it.
  if (now_.seen > now_.expected) now_.expected = 0;
  at_ = since_boot;
}

std::string ProgressMeter::Numbers() const {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (now_.seen != 0 || now_.expected != 0) {
    std::string people = Grouped(now_.seen);
    if (now_.expected != 0) people += " of about " + Grouped(now_.expected);
    add(people + (now_.expected == 0 && now_.seen == 1 ? " person" : " people"));
  }
  double measured = -1;
  const double took = absl::ToDoubleSeconds(at_ - stage_began_);
  const uint64_t read = now_.seen - std::min(stage_seen_, now_.seen);
  const uint64_t wrote = now_.written - std::min(stage_written_, now_.written);
  if (took >= 0.5 && (read != 0 || wrote != 0)) {
    const double rate = static_cast<double>(read != 0 ? read : wrote) / took;
    add(rate >= 10 ? Grouped(static_cast<uint64_t>(std::llround(rate))) + "/s"
                   : Grouped(static_cast<uint64_t>(std::llround(rate * 60))) + "/min");
    if (read != 0 && now_.expected > now_.seen) {
      measured = static_cast<double>(now_.expected - now_.seen) / rate;
    }
  }
  // What was measured so far knows nothing of a rate window that runs empty, or that lets us go on.
  const double left = std::max(measured, now_.expected > now_.seen ? now_.left_seconds : -1);
  if (left > 0 && now_.seen != 0) {
    add((left > measured ? "at least " : "") + Seconds(left) + " left" +
        (left > measured ? " by Okta's rate limit" : ""));
  }
  // The bucket may be pacing us by fractions of a second; that is the rate above.
  if (now_.rate_wait_seconds >= 1) add("waits " + Seconds(now_.rate_wait_seconds) + " for Okta's rate limit");
  if (now_.written != 0) add(Counted(now_.written, "write", "writes"));
  return text;
}

std::string ProgressMeter::Bar(size_t columns) const {
  // The last column stays free: writing there wraps on some terminals.
  const size_t room = columns > 1 ? columns - 1 : columns;
  std::string line = now_.plan ? "plan: " : "sync: ";
  line += Escape(now_.stage, 32);
  const std::string numbers = Numbers();
  // The numbers say more than the bar, so it takes what they leave.
  const size_t taken = line.size() + numbers.size() + 4;
  const size_t cells = std::min(kMostCells, room > taken ? room - taken : 0);
  if (now_.expected != 0 && cells >= kLeastCells) {
    const double share = static_cast<double>(now_.seen) / static_cast<double>(now_.expected);
    const size_t filled = static_cast<size_t>(share * static_cast<double>(cells));
    line += " [" + std::string(filled, '#') + std::string(cells - filled, '.') + "]";
  }
  if (!numbers.empty()) line += " " + numbers;
  return CutToColumns(line, room);
}

std::string ProgressMeter::Line() const {
  const std::string numbers = Numbers();
  return Escape(now_.stage, 32) + (numbers.empty() ? "" : ": " + numbers);
}

bool ProgressMeter::LineDue(absl::Duration since_boot, absl::Duration every, absl::Duration quiet) {
  if (since_boot - run_began_ < quiet) return false;
  const bool news = now_.stage != last_line_stage_ || now_.run_id != last_line_run_;
  if (!news && since_boot - last_line_ < every) return false;
  last_line_ = since_boot;
  last_line_stage_ = now_.stage;
  last_line_run_ = now_.run_id;
  return true;
}

}  // namespace oktasync::host
