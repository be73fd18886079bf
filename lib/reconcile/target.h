// Where people go. teleport/client.h is the interface. Implementations: Teleport, the same under a lease
// (lease.h), and the plan's, which writes down what it is told and does nothing (plan_target.h).
#pragma once

#include "teleport/client.h"

namespace oktasync::reconcile {

using Target = teleport::Client;

// The kind of the semaphore that is our lease (R20).
inline constexpr char kLeaseKind[] = "oktasync";

}  // namespace oktasync::reconcile
