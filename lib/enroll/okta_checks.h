// What the facts about Okta mean for a sync, and what an Okta admin must do. Pure.
//
// Source: Okta management API 2026.06 (errors E0000006, E0000007, E0000047, the rate headers), RFC 9449 (DPoP).
#pragma once

#include "enroll/check.h"
#include "enroll/okta_facts.h"

namespace oktasync::enroll {

// Our clock further off than this is to be mended, although times are corrected by Okta's answers.
inline constexpr absl::Duration kClockTolerance = absl::Seconds(30);

// Adds the checks of Okta's side, each of them in any case.
void JudgeOkta(const OktaInputs& inputs, const OktaFacts& facts, Sheet& sheet);

}  // namespace oktasync::enroll
