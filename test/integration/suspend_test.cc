// R15: what a suspension in Okta does, by either policy.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

TEST_CASE("R15: by the policy lock a suspension shuts out until it ends, and nobody is deleted", "[rules]") {
  Scene scene(30);
  scene.Sync();
  const Person ada = scene.At(4);
  scene.Okta("suspend", {{"id", ada.id}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});  // the policy of the seed: ignore

  scene.Configure("/users/suspended", "lock");
  scene.Sync();
  CHECK(scene.Writes() == Strings{"UpsertLock " + ada.name});
  const json lock = scene.LockOn(ada.name);
  REQUIRE(lock.is_object());
  CHECK(lock["expires"].is_null());
  CHECK(lock["labels"]["oktasync/purpose"] == "suspend");
  scene.Sync();
  CHECK(scene.Writes() == Strings{});

  scene.Okta("unsuspend", {{"id", ada.id}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"UpsertLock " + ada.name});
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.User(ada.name).is_object());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R12, R15: suspensions do not count against the guard, and a suspended leaver is removed",
          "[rules]") {
  Scene scene(30);
  scene.Configure("/users/suspended", "lock");
  scene.Sync();
  const Person ada = scene.At(0);
  scene.Okta("suspend", {{"id", ada.id}});
  for (int i = 0; i < 20; ++i)
    scene.Okta("suspend", {{"id", scene.At(0).id}});  // the first of those not suspended
  scene.Sync();
  CHECK(scene.Record().Writes("UpsertLock").size() == 21);
  CHECK(scene.Writes().size() == 21);
  // The lock without end gives way to one that outlives every certificate.
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Sync();
  CHECK(scene.User(ada.name).is_null());
  const json lock = scene.LockOn(ada.name);
  REQUIRE(lock.is_object());
  CHECK(lock["expires"].is_number());
  CHECK(lock["labels"]["oktasync/purpose"] == "leave");
  const json locks = scene.Auth("locks")["locks"];
  for (const json& other : locks) {
    if (other["target"]["user"] == ada.name) CHECK_FALSE(other["expires"].is_null());
  }
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

}  // namespace
}  // namespace integration
