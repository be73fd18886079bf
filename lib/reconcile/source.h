// Where people come from. okta/client.h is the interface; tests bring their own.
#pragma once

#include "okta/client.h"

namespace oktasync::reconcile {

using Source = okta::Client;

}  // namespace oktasync::reconcile
