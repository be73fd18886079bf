// One row of Okta's list of an app's users, with the Okta user that `expand=user` embeds.
//
// Source: GET /api/v1/apps/{appId}/users, Okta management API 2026.06.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace oktasync {

// Status of the Okta user (`_embedded.user.status`). kUnknown: a word that we do not know.
enum class UserStatus : uint8_t {
  kUnknown,
  kStaged,
  kProvisioned,
  kActive,
  kRecovery,
  kPasswordExpired,
  kLockedOut,
  kSuspended,
  kDeprovisioned,
};

// Status of the assignment to the app (`status` of the app user).
enum class AssignmentStatus : uint8_t {
  kUnknown,
  kActive,
  kProvisioned,
  kStaged,
  kPending,
  kApproved,
  kImplicit,
  kInactive,
  kRevoked,
  kDeprovisioned,
  kSuspended,
};

// Okta's spelling both ways; the text of kUnknown is "unknown".
UserStatus ParseUserStatus(std::string_view text);
AssignmentStatus ParseAssignmentStatus(std::string_view text);
std::string_view ToString(UserStatus status);
std::string_view ToString(AssignmentStatus status);

// What rule R3 makes of the two statuses.
enum class Presence : uint8_t { kPresent, kSuspended, kGone, kUnknown };
Presence PresenceOf(UserStatus user, AssignmentStatus assignment);
std::string_view ToString(Presence presence);

// A profile is a flat list of attributes; each has a run of values. null has none, an array has several.
using Scalar = std::variant<bool, int64_t, uint64_t, double, std::string_view>;

struct Attribute {
  std::string_view name;
  uint32_t first = 0;  // index of its first value in Profile::values
  uint32_t count = 0;
  uint32_t skipped = 0;  // objects and nested arrays, which have no trait form
};

struct Profile {
  std::vector<Attribute> attributes;
  std::vector<Scalar> values;

  void Clear() {
    attributes.clear();
    values.clear();
  }
};

// All text is borrowed from the page or answer that it was decoded from and lives no longer than that.
struct AppUser {
  std::string_view id;         // Okta user id, 00u…
  std::string_view user_name;  // credentials.userName: the name in the app; "" when it has none
  AssignmentStatus assignment = AssignmentStatus::kUnknown;
  std::string_view assignment_text;  // as Okta spelled it
  UserStatus status = UserStatus::kUnknown;
  std::string_view status_text;
  Profile app_profile;   // of the app user
  Profile user_profile;  // of the Okta user

  Presence presence() const { return PresenceOf(status, assignment); }
};

}  // namespace oktasync
