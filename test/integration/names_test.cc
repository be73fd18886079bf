// Names: what Teleport cannot take, whose name it is, names that come back, names that change.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("R5: a name that Teleport cannot take is reported for that person, the others go on", "[sync]") {
  Scene scene(10);
  scene.Sync();
  const std::string longest(250, 'a');
  for (const std::string& name :
       {std::string("miles.o'brien@example.com"), std::string("bot-smith"), std::string("wo lf@example.com"),
        std::string("a/b@example.com"), std::string("jürgen@example.com"), longest + "@example.com"}) {
    scene.Okta("hire", {{"user_name", name}});
  }
  scene.Okta("hire", {{"login", "good@example.com"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser good@example.com"});
  CHECK(scene.last().Count("bad_name") == 6);
  const std::string reason = scene.Reason("bad_name", "miles.o'brien@example.com");
  CHECK_THAT(reason, Contains("'''") || Contains("character"));
  CHECK_THAT(reason, Contains("Change the user name of the assignment in Okta"));
  CHECK_THAT(scene.Reason("bad_name", "bot-smith"), Contains("reserved"));
}

TEST_CASE("R5: outside of the allowed domains nobody is created, and who is there stays", "[sync]") {
  Scene scene(10);
  scene.Sync();
  scene.Configure("/users/allowed_domains", json{"example.org"});
  scene.Okta("hire", {{"login", "in@example.org"}});
  scene.Okta("hire", {{"login", "out@example.com"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser in@example.org"});
  CHECK_THAT(scene.Reason("bad_name", "out@example.com"), Contains("users.allowed_domains"));
  CHECK(scene.UserNames().size() == 11);
}

TEST_CASE("R6: a name held by an admin's local user, or by a login, is left alone and explained", "[sync]") {
  Scene scene(10);
  const Person local = scene.At(2);
  const Person login = scene.At(3);
  scene.Auth("put_user", {{"name", local.name}, {"roles", {"editor"}}, {"traits", {{"logins", {"root"}}}}});
  scene.Auth(
      "put_user",
      {{"name", login.name}, {"roles", {"access"}}, {"connector", {{"type", "saml"}, {"id", "okta"}}}});
  const json before = {scene.User(local.name), scene.User(login.name)};
  scene.Sync();
  CHECK(scene.Writes().size() == 8);
  CHECK(json{scene.User(local.name), scene.User(login.name)} == before);
  CHECK_THAT(scene.Reason("conflict", local.name), Contains("did not make") && Contains("tctl users rm"));
  CHECK_THAT(scene.Reason("conflict", login.name), Contains("a login through our SSO connector"));

  scene.Auth("delete_user", {{"name", local.name}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser " + local.name});
}

TEST_CASE("R6: of two claimants the one who has the name keeps it, and case makes no difference", "[sync]") {
  Scene scene(10);
  scene.Sync();
  const Person ada = scene.At(4);
  std::string upper = ada.name;
  upper[0] = static_cast<char>(upper[0] - 'a' + 'A');
  REQUIRE(upper != ada.name);
  const json before = scene.User(ada.name);
  scene.Okta("hire", {{"login", "second@example.com"}, {"user_name", ada.name}});
  scene.Okta("hire", {{"login", "third@example.com"}, {"user_name", upper}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.User(ada.name) == before);
  CHECK_THAT(scene.Reason("conflict", ada.name), Contains(ada.id) && Contains("a present user of this app"));
  CHECK_THAT(scene.Reason("conflict", upper), Contains(ada.id));

  // Of two newcomers one gets the name, and the other hears who it was.
  const json first = scene.Okta("hire", {{"login", "a@example.com"}, {"user_name", "wanted@example.com"}});
  scene.Okta("hire", {{"login", "b@example.com"}, {"user_name", "wanted@example.com"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser wanted@example.com"});
  CHECK_THAT(scene.Reason("conflict", "wanted@example.com"), Contains(first["ids"][0].get<std::string>()));
}

TEST_CASE("R17: a leaver's name is in quarantine for somebody else, not for himself", "[sync]") {
  Scene scene(10);
  scene.Sync();
  const Person ada = scene.At(4);
  const json heir = scene.Okta("hire", {{"login", "heir@example.com"}, {"assign", false}});
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Okta("assign", {{"id", heir["ids"][0]}});
  scene.Okta("rename", {{"id", heir["ids"][0]}, {"user_name", ada.name}});
  // In the very run that removes him, and in later ones, which ask whether an admin lets the name pass.
  scene.Sync();
  scene.CheckShutOut(ada);
  CHECK_THAT(scene.Reason("quarantined", ada.name), Contains(ada.id));
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.Held("quarantine").size() == 1);
  CHECK_THAT(scene.Reason("quarantined", ada.name), Contains(ada.id) && Contains("locked until 20"));

  scene.Okta("rename", {{"id", heir["ids"][0]}, {"user_name", "heir@example.com"}});
  scene.Okta("assign", {{"id", ada.id}});
  scene.Sync();
  CHECK(scene.LockOn(ada.name).is_null());
  CHECK(scene.User(ada.name)["labels"]["teleport.internal/okta-user-id"] == ada.id);
  CHECK(scene.User("heir@example.com").is_object());
}

}  // namespace
}  // namespace integration
