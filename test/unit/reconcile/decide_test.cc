// What one row of Okta's list asks for (rules R2, R6, R15, R17, R18).
#include "reconcile/decide.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "model/labels.h"

namespace oktasync::reconcile {
namespace {

using Action = Decision::Action;

AppUser Row(std::string_view id, std::string_view name, UserStatus status = UserStatus::kActive) {
  AppUser row;
  row.id = id;
  row.user_name = name;
  row.assignment = AssignmentStatus::kActive;
  row.assignment_text = "ACTIVE";
  row.status = status;
  row.status_text = ToString(status);
  return row;
}

DesiredUser Desired(const std::string& id, const std::string& name) {
  DesiredUser desired;
  desired.okta_id = id;
  desired.name = name;
  return desired;
}

struct Scene {
  Roster roster;
  LockBook locks;
  DecideOptions options;
  NameClaims claims;

  Decision Decide(const std::string& id, const std::string& name, UserStatus status = UserStatus::kActive) {
    return DecideRow(Row(id, name, status), Desired(id, name), roster, locks, options, claims);
  }
};

TEST_CASE("R6: of two newcomers that claim one name, even in another case, the first has it") {
  Scene scene;
  scene.roster.Seal();
  CHECK(scene.Decide("00u1", "ada").action == Action::kCreate);
  const Decision later = scene.Decide("00u2", "ADA");
  CHECK(later.action == Action::kReport);
  CHECK(later.outcome == Outcome::kConflict);
  CHECK(later.reason.find("00u1") != std::string::npos);
}

TEST_CASE("R6: a newcomer whose name a user of ours holds waits for the whole walk") {
  Scene scene;
  scene.roster.AddOurs("00u1", "ada", {});
  scene.roster.Seal();
  CHECK(scene.Decide("00u2", "Ada").action == Action::kMoves);
}

TEST_CASE("R18: a change of name, of case alone too, waits for the whole walk") {
  Scene scene;
  scene.roster.AddOurs("00u1", "ada", {});
  scene.roster.Seal();
  for (const char* name : {"ada.l", "Ada"}) CHECK(scene.Decide("00u1", name).action == Action::kMoves);
}

TEST_CASE("R2: an unlabelled user of the org is reported, and taken over by id or name only when told to") {
  Scene scene;
  scene.roster.AddUnlabelled("00u1", "ada.old");
  scene.roster.AddUnlabelled("", "bob");
  scene.roster.Seal();
  for (const auto& [id, name] : {std::pair{"00u1", "ada"}, std::pair{"00u2", "bob"}}) {
    const Decision left = scene.Decide(id, name);
    CHECK(left.outcome == Outcome::kConflict);
    CHECK(left.reason.find("users.adopt") != std::string::npos);
  }
  scene.options.adopt = true;
  CHECK(scene.Decide("00u1", "ada").action == Action::kAdopt);
  CHECK(scene.Decide("00u1", "ada").name == "ada.old");
  CHECK(scene.Decide("00u2", "bob").name == "bob");
  // Another case of the name is not the exact name.
  CHECK(scene.Decide("00u3", "BOB").outcome == Outcome::kConflict);
}

TEST_CASE("R15: a suspended user is locked only when the policy says so, and a newcomer is not created") {
  Scene scene;
  scene.roster.AddOurs("00u1", "ada", {});
  scene.roster.Seal();
  CHECK(scene.Decide("00u1", "ada", UserStatus::kSuspended).action == Action::kNothing);
  scene.options.lock_suspended = true;
  CHECK(scene.Decide("00u1", "ada", UserStatus::kSuspended).action == Action::kSuspend);
  CHECK(scene.Decide("00u2", "bob", UserStatus::kSuspended).outcome == Outcome::kNotice);
}

TEST_CASE("R3: a row of unknown status decides nothing and is reported") {
  Scene scene;
  scene.roster.AddOurs("00u1", "ada", {});
  scene.roster.Seal();
  const Decision decision = scene.Decide("00u1", "ada", UserStatus::kUnknown);
  CHECK(decision.action == Action::kReport);
  CHECK(decision.outcome == Outcome::kNotice);
}

}  // namespace
}  // namespace oktasync::reconcile
