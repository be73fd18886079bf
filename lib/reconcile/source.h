// Where people come from. The one implementation outside of tests is Okta (okta_source.h).
//
// Thread-safe, blocking. See okta/client.h for the meaning of each call and its errors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "okta/client.h"

namespace oktasync::reconcile {

class Source {
 public:
  virtual ~Source() = default;
  virtual absl::StatusOr<okta::Org> ReadOrg(Cancel& cancel) = 0;
  virtual absl::StatusOr<okta::App> ReadApp(Cancel& cancel) = 0;
  virtual std::unique_ptr<okta::AppUserWalk> Walk(Cancel& cancel) = 0;
  virtual absl::StatusOr<okta::UserRead> ReadUser(const std::string& id, Cancel& cancel) = 0;
  virtual absl::StatusOr<okta::AssignmentRead> ReadAssignment(const std::string& id, Cancel& cancel) = 0;
  virtual std::vector<okta::RateWindow> RateWindows() const = 0;
};

}  // namespace oktasync::reconcile
