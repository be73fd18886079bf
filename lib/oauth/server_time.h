// What an answer's Date header teaches about our clock.
#pragma once

#include "absl/time/time.h"
#include "base/clock.h"
#include "http/message.h"

namespace oktasync::oauth {

// Corrects `clock` by the answer's Date, if it has one; true when it did. `exchange` is the time from the
// request to the end of the body: the Date of an answer whose body took long is old by so much, and a
// difference that this alone explains teaches nothing.
bool LearnServerTime(CorrectedClock& clock, const http::Response& response, absl::Duration exchange);

}  // namespace oktasync::oauth
