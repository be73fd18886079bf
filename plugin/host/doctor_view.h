// The checks of the plugin's preflight (plugin.h), with what a running daemon adds to them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "status_view.h"

namespace oktasync::host {

struct DoctorView {
  struct Check {
    std::string id;
    std::string title;
    std::string outcome;  // "pass", "fail"; all else is not known
    std::string seen;
    std::string todo;
    std::string because;  // id of the check to mend first
    std::map<std::string, std::string> facts;
  };
  std::vector<Check> checks;

  const Check* Find(std::string_view id) const;
  uint64_t Count(std::string_view outcome) const;
};

// kDataLoss for what is no preflight's document.
absl::StatusOr<DoctorView> ParseDoctor(std::string_view json);
// In the same form, on one line.
std::string ToJson(const DoctorView& view);

// What a daemon of this configuration knows and no check can see: when the whole list was seen last, and that the
// lease's holder is itself. `host_name` is this machine's. `none`: why there is no status, when there is none.
void AddDaemon(const std::optional<StatusView>& status, const std::string& none, const std::string& host_name,
               absl::Time now, DoctorView* view);

}  // namespace oktasync::host
