// A plan or report that was saved with --json.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "report_view.h"

namespace oktasync::host {

// The whole file, at most 1 GiB; "-" is standard input. The message names the file.
absl::StatusOr<std::string> ReadDocument(const std::string& file);

struct SavedPlan {
  ReportView view;
  std::string for_approval;  // JSON with what an approval looks at, without the people and writes of the plan
};
// `limit` as for ParseReport.
absl::StatusOr<SavedPlan> ReadPlan(const std::string& file, uint64_t limit);

// The set of `plan` that `digest` names; with "" its only one. kNotFound, kInvalidArgument with the digests
// that there are.
absl::StatusOr<ReportView::Held> ChooseHeld(const ReportView& plan, const std::string& digest);

}  // namespace oktasync::host
