#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/app_user.h"

namespace oktasync {
namespace {

// The words of Okta, in the order of the table below.
const std::vector<std::pair<std::string, UserStatus>> kUsers = {
    {"STAGED", UserStatus::kStaged},
    {"PROVISIONED", UserStatus::kProvisioned},
    {"ACTIVE", UserStatus::kActive},
    {"RECOVERY", UserStatus::kRecovery},
    {"PASSWORD_EXPIRED", UserStatus::kPasswordExpired},
    {"LOCKED_OUT", UserStatus::kLockedOut},
    {"SUSPENDED", UserStatus::kSuspended},
    {"DEPROVISIONED", UserStatus::kDeprovisioned},
    {"SOMETHING_NEW", UserStatus::kUnknown},
};
const std::vector<std::pair<std::string, AssignmentStatus>> kAssignments = {
    {"ACTIVE", AssignmentStatus::kActive},
    {"PROVISIONED", AssignmentStatus::kProvisioned},
    {"STAGED", AssignmentStatus::kStaged},
    {"PENDING", AssignmentStatus::kPending},
    {"APPROVED", AssignmentStatus::kApproved},
    {"IMPLICIT", AssignmentStatus::kImplicit},
    {"INACTIVE", AssignmentStatus::kInactive},
    {"REVOKED", AssignmentStatus::kRevoked},
    {"DEPROVISIONED", AssignmentStatus::kDeprovisioned},
    {"SUSPENDED", AssignmentStatus::kSuspended},
    {"SOMETHING_NEW", AssignmentStatus::kUnknown},
};

// R3 written out: a row for each user status, a column for each assignment status. p present, s suspended,
// g gone, u unknown.
//                                   ACTIVE PROVISIONED STAGED PENDING APPROVED IMPLICIT INACTIVE REVOKED
//                                   DEPROVISIONED SUSPENDED new
constexpr std::array<std::string_view, 9> kTable = {
    "ppppppgggsu",  // STAGED
    "ppppppgggsu",  // PROVISIONED
    "ppppppgggsu",  // ACTIVE
    "ppppppgggsu",  // RECOVERY
    "ppppppgggsu",  // PASSWORD_EXPIRED
    "ppppppgggsu",  // LOCKED_OUT
    "ssssssgggsu",  // SUSPENDED
    "ggggggggggg",  // DEPROVISIONED
    "uuuuuuuuuuu",  // a word that we do not know
};

TEST_CASE("R3: the whole closed table") {
  REQUIRE(kTable.size() == kUsers.size());
  for (size_t row = 0; row < kUsers.size(); ++row) {
    REQUIRE(kTable[row].size() == kAssignments.size());
    for (size_t column = 0; column < kAssignments.size(); ++column) {
      INFO(kUsers[row].first << " x " << kAssignments[column].first);
      const Presence presence = PresenceOf(kUsers[row].second, kAssignments[column].second);
      CHECK(ToString(presence).front() == kTable[row][column]);

      AppUser user;
      user.status = ParseUserStatus(kUsers[row].first);
      user.assignment = ParseAssignmentStatus(kAssignments[column].first);
      CHECK(user.presence() == presence);
    }
  }
}

TEST_CASE("R3: every status word of both sides is read and spelled as Okta does") {
  for (const auto& [word, status] : kUsers) {
    INFO(word);
    CHECK(ParseUserStatus(word) == status);
    CHECK(ToString(status) == (status == UserStatus::kUnknown ? "unknown" : word));
  }
  for (const auto& [word, status] : kAssignments) {
    INFO(word);
    CHECK(ParseAssignmentStatus(word) == status);
    CHECK(ToString(status) == (status == AssignmentStatus::kUnknown ? "unknown" : word));
  }
}

TEST_CASE("R3: a word that is only nearly one of the table is unknown") {
  for (const char* word : {"", "active", "Active", "ACTIVE ", " ACTIVE", "ACTIV", "ACTIVEX", "unknown",
                           "DELETED", "deprovisioned", "INACTIVE\n"}) {
    INFO(word);
    CHECK(ParseUserStatus(word) == UserStatus::kUnknown);
    CHECK(ParseAssignmentStatus(word) == AssignmentStatus::kUnknown);
  }
  // Words of one side mean nothing on the other.
  CHECK(ParseUserStatus("REVOKED") == UserStatus::kUnknown);
  CHECK(ParseAssignmentStatus("LOCKED_OUT") == AssignmentStatus::kUnknown);
}

TEST_CASE("R3: a user about whom nothing was read is unknown, never present and never gone") {
  CHECK(AppUser{}.presence() == Presence::kUnknown);
}

TEST_CASE("a profile is cleared whole") {
  Profile profile;
  profile.attributes.push_back({"a", 0, 1, 0});
  profile.values.emplace_back(true);
  profile.Clear();
  CHECK(profile.attributes.empty());
  CHECK(profile.values.empty());
}

}  // namespace
}  // namespace oktasync
