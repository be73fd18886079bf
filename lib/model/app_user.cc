#include "model/app_user.h"

#include <array>
#include <utility>

namespace oktasync {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kUserStatuses = {
    std::pair{"STAGED"sv, UserStatus::kStaged},
    std::pair{"PROVISIONED"sv, UserStatus::kProvisioned},
    std::pair{"ACTIVE"sv, UserStatus::kActive},
    std::pair{"RECOVERY"sv, UserStatus::kRecovery},
    std::pair{"PASSWORD_EXPIRED"sv, UserStatus::kPasswordExpired},
    std::pair{"LOCKED_OUT"sv, UserStatus::kLockedOut},
    std::pair{"SUSPENDED"sv, UserStatus::kSuspended},
    std::pair{"DEPROVISIONED"sv, UserStatus::kDeprovisioned},
};

constexpr std::array kAssignmentStatuses = {
    std::pair{"ACTIVE"sv, AssignmentStatus::kActive},
    std::pair{"PROVISIONED"sv, AssignmentStatus::kProvisioned},
    std::pair{"STAGED"sv, AssignmentStatus::kStaged},
    std::pair{"PENDING"sv, AssignmentStatus::kPending},
    std::pair{"APPROVED"sv, AssignmentStatus::kApproved},
    std::pair{"IMPLICIT"sv, AssignmentStatus::kImplicit},
    std::pair{"INACTIVE"sv, AssignmentStatus::kInactive},
    std::pair{"REVOKED"sv, AssignmentStatus::kRevoked},
    std::pair{"DEPROVISIONED"sv, AssignmentStatus::kDeprovisioned},
    std::pair{"SUSPENDED"sv, AssignmentStatus::kSuspended},
};

template <typename Table>
auto Find(const Table& table, std::string_view text) {
  for (const auto& [word, value] : table) {
    if (word == text) return value;
  }
  return typename Table::value_type::second_type{};
}

template <typename Table, typename Value>
std::string_view Spell(const Table& table, Value value) {
  for (const auto& [word, known] : table) {
    if (known == value) return word;
  }
  return "unknown";
}

bool Assigned(AssignmentStatus status) {
  switch (status) {
    case AssignmentStatus::kActive:
    case AssignmentStatus::kProvisioned:
    case AssignmentStatus::kStaged:
    case AssignmentStatus::kPending:
    case AssignmentStatus::kApproved:
    case AssignmentStatus::kImplicit:
      return true;
    default:
      return false;
  }
}

bool Unassigned(AssignmentStatus status) {
  return status == AssignmentStatus::kInactive || status == AssignmentStatus::kRevoked ||
         status == AssignmentStatus::kDeprovisioned;
}

}  // namespace

UserStatus ParseUserStatus(std::string_view text) { return Find(kUserStatuses, text); }
AssignmentStatus ParseAssignmentStatus(std::string_view text) { return Find(kAssignmentStatuses, text); }
std::string_view ToString(UserStatus status) { return Spell(kUserStatuses, status); }
std::string_view ToString(AssignmentStatus status) { return Spell(kAssignmentStatuses, status); }

std::string_view ToString(Presence presence) {
  switch (presence) {
    case Presence::kPresent:
      return "present";
    case Presence::kSuspended:
      return "suspended";
    case Presence::kGone:
      return "gone";
    case Presence::kUnknown:
      return "unknown";
  }
  return "unknown";
}

// R3, one closed table. The order matters: a deactivated user is gone whatever his assignment says, and a
// word that we do not know on either side decides nothing.
Presence PresenceOf(UserStatus user, AssignmentStatus assignment) {
  if (user == UserStatus::kDeprovisioned) return Presence::kGone;
  if (user == UserStatus::kUnknown || assignment == AssignmentStatus::kUnknown) return Presence::kUnknown;
  if (Unassigned(assignment)) return Presence::kGone;
  if (user == UserStatus::kSuspended || assignment == AssignmentStatus::kSuspended)
    return Presence::kSuspended;
  return Assigned(assignment) ? Presence::kPresent : Presence::kUnknown;
}

}  // namespace oktasync
