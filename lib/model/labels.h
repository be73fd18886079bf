// The labels that mark what is ours (rules R1, R8, R10).
#pragma once

#include <string_view>

namespace oktasync::labels {

// Teleport's own. Only a caller with the system role Okta may set or touch origin "okta".
inline constexpr std::string_view kOrigin = "teleport.dev/origin";
inline constexpr std::string_view kOriginOkta = "okta";
inline constexpr std::string_view kOrg = "okta/org";                               // the org's canonical URL
inline constexpr std::string_view kOktaUserId = "teleport.internal/okta-user-id";  // on users
// On SAML connectors, by Teleport Enterprise: the Okta app through which they log in.
inline constexpr std::string_view kOktaAppId = "teleport.internal/okta-app-id";

// Ours, on users and locks.
inline constexpr std::string_view kSource = "oktasync/source";  // SourceId::Label()

// Ours, on users: what we gave, so that what we no longer give is taken away and nothing else is.
inline constexpr std::string_view kRoles = "oktasync/roles";    // comma separated, sorted
inline constexpr std::string_view kTraits = "oktasync/traits";  // comma separated trait keys without "okta/"

// Ours, on users: the marks of approvals under which something was taken away; see held.h.
inline constexpr std::string_view kTaken = "oktasync/taken";

// Ours, on locks.
inline constexpr std::string_view kLockOktaUserId = "oktasync/okta-user-id";
inline constexpr std::string_view kPurpose = "oktasync/purpose";  // LockPurpose
inline constexpr std::string_view kHeld = "oktasync/held";  // "true": locked, deletion waits for approval
inline constexpr std::string_view kApproval = "oktasync/approval";  // digest of the set that was approved
inline constexpr std::string_view kPlanned = "oktasync/planned";    // of its plan, Unix milliseconds

}  // namespace oktasync::labels
