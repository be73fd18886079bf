// R8: roles by attribute and by Okta group; roles that could administer the cluster.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::UnorderedEquals;

Strings RolesOf(const Scene& scene, const std::string& name) { return scene.User(name)["roles"]; }

TEST_CASE("R8: a role comes and goes with an attribute, another with a group; one of an admin's stays",
          "[rules]") {
  Scene scene(12);
  for (const char* role : {"legal", "sre"}) scene.Auth("put_role", {{"name", role}});
  const Person ada = scene.At(1);
  const Person bob = scene.At(2);
  const std::string group = scene.Okta("add_group", {{"name", "SRE"}, {"id", bob.id}})["id"];
  scene.Configure("/users/roles_by_attribute", {{"department=Legal", "legal"}});
  scene.Configure("/users/roles_by_group", {{"SRE", "sre"}});
  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read", "okta.users.read", "okta.groups.read"}}});
  scene.Okta("edit", {{"id", ada.id}, {"profile", {{"department", "Legal"}}}});
  scene.Promises().roles = {"okta-requester", "legal", "sre"};
  scene.Sync();
  CHECK_THAT(RolesOf(scene, ada.name), UnorderedEquals(Strings{"okta-requester", "legal"}));
  CHECK_THAT(RolesOf(scene, bob.name), UnorderedEquals(Strings{"okta-requester", "sre"}));
  CHECK(scene.User(bob.name)["labels"]["oktasync/roles"] == "okta-requester,sre");

  json user = scene.User(ada.name);
  user["roles"].push_back("access");
  scene.Auth("put_user", AsStored(user));
  scene.Okta("edit", {{"id", ada.id}, {"profile", {{"department", "Sales"}}}});
  scene.Okta("leave_group", {{"group", group}, {"id", bob.id}});
  scene.Sync();
  CHECK_THAT(RolesOf(scene, ada.name), UnorderedEquals(Strings{"okta-requester", "access"}));
  CHECK(RolesOf(scene, bob.name) == Strings{"okta-requester"});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R8: while the group cannot be read nobody's roles change, and leavers go", "[rules]") {
  Scene scene(12);
  scene.Auth("put_role", {{"name", "sre"}});
  const Person bob = scene.At(2);
  scene.Okta("add_group", {{"name", "SRE"}, {"id", bob.id}});
  scene.Configure("/users/roles_by_group", {{"SRE", "sre"}});
  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read", "okta.users.read", "okta.groups.read"}}});
  scene.Sync();
  REQUIRE_THAT(RolesOf(scene, bob.name), UnorderedEquals(Strings{"okta-requester", "sre"}));
  const Person leaver = scene.At(5);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Okta("hire", {{"login", "newcomer@example.com"}});
  scene.Okta("fault", {{"path", "/api/v1/groups"}, {"kind", "status"}, {"status", 403}, {"times", -1}});
  scene.Sync(3);
  scene.CheckShutOut(leaver);
  CHECK(scene.Writes().size() == 2);
  CHECK_THAT(scene.Reason("waiting", "newcomer@example.com"), Contains("roup"));
  CHECK_THAT(RolesOf(scene, bob.name), UnorderedEquals(Strings{"okta-requester", "sre"}));
}

TEST_CASE("R8: a role rule by group whose scope is not granted is said plainly, and leavers go", "[rules]") {
  Scene scene(12);
  scene.Sync();
  scene.Configure("/users/roles_by_group", {{"SRE", "okta-requester"}});
  scene.Okta("grant_scopes", {{"scopes", {"okta.apps.read", "okta.users.read"}}});
  const Person leaver = scene.At(5);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Okta("hire", {{"login", "newcomer@example.com"}});
  scene.Sync(3);
  scene.CheckShutOut(leaver);
  CHECK(scene.Writes().size() == 2);
  CHECK_THAT(scene.Reason("waiting", "newcomer@example.com"), Contains("roup"));
  CHECK_THAT(scene.Notices(), Contains("okta.groups.read") && Contains("grant"));
}

TEST_CASE("R8: a role that could administer the cluster is refused in words, removals go on", "[rules]") {
  Scene scene(12);
  scene.Sync();
  scene.Auth("put_role",
             {{"name", "boss"},
              {"rules", json::array({{{"resources", {"role", "user"}}, {"verbs", {"create", "update"}}}})}});
  scene.Configure("/users/roles_by_attribute", {{"department=Legal", "boss"}});
  const Person ada = scene.At(1);
  const Person leaver = scene.At(2);
  scene.Okta("edit", {{"id", ada.id}, {"profile", {{"department", "Legal"}}}});
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Sync(3);
  scene.CheckShutOut(leaver);
  CHECK(scene.Writes().size() == 2);
  CHECK_THAT(scene.Notices(), Contains("boss") && Contains("could administer the cluster") &&
                                  Contains("users.allow_powerful_roles"));
  CHECK_THAT(scene.Reason("waiting", ada.name), Contains("boss"));
  CHECK(RolesOf(scene, ada.name) == Strings{"okta-requester"});

  scene.Configure("/users/allow_powerful_roles", {"boss"});
  scene.Sync();
  CHECK_THAT(RolesOf(scene, ada.name), UnorderedEquals(Strings{"okta-requester", "boss"}));
}

}  // namespace
}  // namespace integration
