// R2: users of this org that Teleport Enterprise's own sync made.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

// As Enterprise leaves them: with the Okta id and the org, without a source.
void PutEnterpriseUser(const Scene& scene, const std::string& name, const std::string& okta_id,
                       const std::string& org_url) {
  json labels = {{"teleport.dev/origin", "okta"}, {"okta/org", org_url}};
  if (!okta_id.empty()) labels["teleport.internal/okta-user-id"] = okta_id;
  scene.Auth("put_user", {{"name", name},
                          {"labels", labels},
                          {"roles", {"okta-requester", "access"}},
                          {"traits", {{"okta/firstName", {"Old"}}, {"logins", {"root"}}}}});
}

TEST_CASE("R2: with users.adopt the users of Enterprise's sync become ours, each shown by the plan",
          "[rules]") {
  Scene scene(12);
  const Person by_id = scene.At(1);
  const Person by_name = scene.At(2);
  const Person other_org = scene.At(3);
  PutEnterpriseUser(scene, by_id.name, by_id.id, scene.Info("okta_url"));
  PutEnterpriseUser(scene, by_name.name, "", scene.Info("okta_url"));
  PutEnterpriseUser(scene, other_org.name, other_org.id, "https://other.okta.com");
  const json foreign = scene.User(other_org.name);

  scene.Sync();
  CHECK(scene.Record().Writes("CreateUser").size() == 9);
  CHECK(scene.Writes().size() == 9);
  CHECK_THAT(scene.Notices(), Contains("users.adopt"));
  for (const Person& person : {by_id, by_name, other_org}) CHECK(scene.Reason("conflict", person.name) != "");

  scene.Configure("/users/adopt", true);
  scene.Promises().adopt = true;
  scene.Run("plan", 0);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().report["writes"].size() == 2);
  scene.Sync();
  CHECK_THAT(scene.Writes(), Catch::Matchers::UnorderedEquals(
                                 Strings{"UpdateUser " + by_id.name, "UpdateUser " + by_name.name}));
  CHECK(scene.last().Count("adopted") == 2);
  for (const Person& person : {by_id, by_name}) {
    const json user = scene.User(person.name);
    CHECK(user["labels"]["oktasync/source"] == scene.Source());
    CHECK(user["labels"]["teleport.internal/okta-user-id"] == person.id);
    CHECK_THAT(user["roles"].get<Strings>(), Catch::Matchers::VectorContains(std::string("access")));
    CHECK(user["traits"]["logins"] == json{"root"});
    CHECK(user["traits"]["okta/firstName"] != json{"Old"});
  }
  CHECK(scene.User(other_org.name) == foreign);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});

  // From now on they are ours to remove.
  scene.Okta("unassign", {{"id", by_name.id}});
  scene.Sync();
  scene.CheckShutOut(by_name);
}

}  // namespace
}  // namespace integration
