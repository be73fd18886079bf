// The checks before a sync, in order: Okta's side, then Teleport's. Reads only; nothing is written anywhere, but
// for the access tokens that Okta gives.
//
// Used by config/preflight.h. Blocks; safe on any thread. Ends within a second of Cancel::Request.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "enroll/check.h"
#include "enroll/okta_facts.h"
#include "enroll/teleport_facts.h"

namespace oktasync::enroll {

struct Inputs {
  OktaInputs okta;
  TeleportInputs teleport;
  absl::Duration step = absl::Seconds(15);  // for each single read
};

// kCancelled when it was stopped; everything else that goes wrong is a check. What the rooms log on the way goes to
// `log` as debugging lines, for the checks say it better.
absl::StatusOr<std::vector<Check>> Preflight(const Inputs& inputs, const Clock& clock, LogSink& log,
                                             Cancel& cancel);

}  // namespace oktasync::enroll
