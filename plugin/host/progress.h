// Progress of a run, from the instance's status: a bar on a terminal, a line now and then elsewhere.
//
// ProgressMeter keeps what a rate needs; one thread uses it. Time comes in as an argument.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "status_view.h"

namespace oktasync::host {

class ProgressMeter {
 public:
  // `since_boot` tells how time passes, not what time it is.
  void Update(const StatusView::Progress& progress, absl::Duration since_boot);

  // One line of at most `columns`: stage, bar, count, rate, what is left.
  std::string Bar(size_t columns) const;
  // The same without the bar, for a log.
  std::string Line() const;
  // Whether a line is due: a new stage, or `every` has passed since the last one. Never within the first
  // `quiet` of a run, for what is over so soon needs no lines.
  bool LineDue(absl::Duration since_boot, absl::Duration every, absl::Duration quiet);

 private:
  std::string Numbers() const;

  StatusView::Progress now_;
  absl::Duration at_;
  absl::Duration run_began_;
  absl::Duration stage_began_;
  uint64_t stage_seen_ = 0;  // when the stage began
  uint64_t stage_written_ = 0;
  absl::Duration last_line_ = -absl::InfiniteDuration();
  std::string last_line_stage_;
  uint64_t last_line_run_ = 0;
};

}  // namespace oktasync::host
