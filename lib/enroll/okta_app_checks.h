// Judges the SAML app and what the service app may see of it: the app, the admin role, the resource set, the groups that
// rules name, the rate window. Pure; safe on any thread.
//
// Used by okta_checks.cc. Source: Okta management API 2026.06 (errors E0000006, E0000007, E0000047, the rate headers).
#pragma once

#include <string>
#include <vector>

#include "enroll/check.h"
#include "enroll/okta_facts.h"

namespace oktasync::enroll {

// Whether one of the scopes gives the right to read that `wanted` (okta.users.read) gives.
bool HoldsScope(const std::vector<std::string>& granted, const std::string& wanted);

// kOktaToken and all before it must be on the sheet.
void JudgeOktaApp(const OktaInputs& inputs, const OktaFacts& facts, Sheet& sheet);

}  // namespace oktasync::enroll
