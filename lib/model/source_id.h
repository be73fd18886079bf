// The pair that everything of ours is marked with: which org, which app.
#pragma once

#include <string>

namespace oktasync {

struct SourceId {
  std::string org_id;  // 00o…, from /.well-known/okta-organization
  std::string app_id;  // 0oa…

  // Value of the label oktasync/source.
  std::string Label() const { return org_id + "/" + app_id; }
  // Name of the lease: a semaphore's name takes no slash.
  std::string LeaseName() const { return org_id + "." + app_id; }

  friend bool operator==(const SourceId&, const SourceId&) = default;
};

}  // namespace oktasync
