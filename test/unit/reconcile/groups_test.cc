// reconcile/groups.h: the members of the groups that role rules name (R8).
#include "reconcile/groups.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

using Texts = std::vector<std::string>;

struct Scene {
  Scene() {
    okta.groups["00g1"] = {"engineers", {"00u1", "00u2"}};
    okta.groups["00g2"] = {"ops", {"00u2"}};
    okta.groups["00g3"] = {"nobody", {}};
  }
  FakeClock clock;
  FakeOkta okta{clock};
  Cancel cancel;
};

TEST_CASE("R8: each group is read, and its members are known by the rule's spelling") {
  Scene scene;
  const auto members = ReadGroups(scene.okta, {"engineers", "00g2", "nobody"}, scene.cancel);
  REQUIRE(members.ok());
  CHECK((*members)->Has("engineers", "00u1"));
  CHECK((*members)->Has("engineers", "00u2"));
  CHECK((*members)->Has("00g2", "00u2"));
  CHECK_FALSE((*members)->Has("00g2", "00u1"));
  CHECK_FALSE((*members)->Has("ops", "00u2"));
  CHECK_FALSE((*members)->Has("00g1", "00u1"));
  CHECK((*members)->size() == 3);
}

TEST_CASE("R8: a group that rules name twice, by name and by id, is listed once a run") {
  Scene scene;
  const auto members = ReadGroups(scene.okta, {"00g1", "engineers", "engineers", "ops"}, scene.cancel);
  REQUIRE(members.ok());
  CHECK((*members)->Has("00g1", "00u1"));
  CHECK((*members)->Has("engineers", "00u1"));
  CHECK(std::count(scene.okta.group_calls.begin(), scene.okta.group_calls.end(), "list 00g1") == 1);
  CHECK(std::count(scene.okta.group_calls.begin(), scene.okta.group_calls.end(), "list 00g2") == 1);
}

TEST_CASE("R8: without group rules Okta is not asked for groups") {
  Scene scene;
  scene.okta.groups_error = MakeStatus(absl::StatusCode::kPermissionDenied, "no scope");
  const auto members = ReadGroups(scene.okta, {}, scene.cancel);
  REQUIRE(members.ok());
  REQUIRE(*members != nullptr);
  CHECK((*members)->size() == 0);
  CHECK(scene.okta.group_calls.empty());
}

TEST_CASE("R8: a group that cannot be found or read is an error that names it") {
  Scene scene;
  const auto missing = ReadGroups(scene.okta, {"engineers", "Typo"}, scene.cancel).status();
  CHECK(missing.code() == absl::StatusCode::kNotFound);
  CHECK_THAT(Message(missing), Catch::StartsWith("reading the Okta group Typo, which a role rule names: "));
  // Told before anything has been listed.
  CHECK(scene.okta.group_calls == Texts{"find engineers", "find Typo"});

  scene.okta.list_error = MakeStatus(absl::StatusCode::kDataLoss, "page 2");
  const auto broken = ReadGroups(scene.okta, {"ops"}, scene.cancel).status();
  CHECK(broken.code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(Message(broken), Catch::Contains("group ops") && Catch::Contains("page 2"));
}

}  // namespace
}  // namespace oktasync::reconcile
