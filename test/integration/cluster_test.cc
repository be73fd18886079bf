// What the cluster has to offer: roles, the audit log, a version whose listing loses users.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("R8: while the role is missing creates and updates wait, with the command to run; removals go on",
          "[sync]") {
  Scene scene;
  scene.Sync();
  const json role = {{"name", "okta-requester"}};
  scene.Auth("delete_role", role);
  const Person leaver = scene.At(3);
  const Person edited = scene.At(4);
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Okta("edit", {{"id", edited.id}, {"profile", {{"department", "Metaverse"}}}});
  scene.Okta("hire", {{"login", "hiro@example.com"}});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{"UpsertLock " + leaver.name, "DeleteUser " + leaver.name});
  scene.CheckShutOut(leaver);
  CHECK(scene.last().Count("waiting") == 2);
  CHECK_THAT(scene.Reason("waiting", "hiro@example.com"), Contains("okta-requester"));
  CHECK_THAT(scene.Notices(), Contains("okta-requester") && Contains("tctl create"));

  scene.Auth("put_role", role);
  scene.Sync();
  CHECK_THAT(scene.Writes(), Catch::Matchers::UnorderedEquals(
                                 Strings{"CreateUser hiro@example.com", "UpdateUser " + edited.name}));
}

TEST_CASE("R8: without the preset nobody is imported before the role exists; it may be off", "[sync]") {
  Scene scene(10, {"--without-okta-requester"});
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("waiting") == 10);
  CHECK_THAT(scene.Notices(), Contains("tctl create"));
  scene.Configure("/users/default_role", nullptr);
  scene.Sync();
  CHECK(scene.Writes().size() == 10);
  CHECK(scene.User(scene.At(0).name)["roles"].empty());
}

TEST_CASE("R21: each run is in the audit log with its counts, a failed one with its reason", "[sync]") {
  Scene scene;
  const auto event = [&] {
    json found;
    const harness::RecordView record = scene.Record();
    for (const json& entry : record.entries()) {
      if (entry["kind"] == "audit") found = entry["event"];
    }
    return found;
  };
  scene.Sync();
  CHECK(event()["type"] == "okta.user.sync");
  CHECK(event()["success"] == true);
  CHECK(event()["created"] == 60);
  CHECK(event()["total"] == 60);
  CHECK(event()["app_id"] == scene.Info("app_id"));
  CHECK(event()["org_url"] == scene.Info("okta_url"));

  scene.Okta("unassign", {{"count", 2}});
  scene.Okta("edit", {{"id", scene.At(5).id}, {"profile", {{"department", "Metaverse"}}}});
  scene.Sync();
  CHECK(event()["deleted"] == 2);
  CHECK(event()["modified"] == 1);
  CHECK(event()["created"] == 0);

  scene.Okta("app", {{"status", "INACTIVE"}});
  scene.Sync(1);
  scene.Okta("app", {{"status", "ACTIVE"}});
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "html"}});
  scene.Sync(1);
  CHECK(event()["success"] == false);
  CHECK_THAT(event()["error"].get<std::string>(), Contains("login page or a proxy"));

  // A failure to write it stops nothing.
  scene.Okta("hire", {{"login", "hiro@example.com"}});
  scene.Auth("fault", {{"call", "EmitAuditEvent"}, {"kind", "code"}, {"code", "PERMISSION_DENIED"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser hiro@example.com"});
  CHECK_THAT(scene.Notices(), Contains("audit event"));
}

TEST_CASE("18.0.0: its listing loses users at page borders, and yet a second run writes nothing", "[sync]") {
  Scene scene(1100, {"--version", "18.0.0"});
  scene.Auth("border_bug", {{"on", true}});
  scene.Sync();
  CHECK(scene.Record().Writes("CreateUser").size() == 1100);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  // Nor did it try: the roster had everybody.
  CHECK(scene.Record().Requests("auth", "CreateUser") == 0);
  CHECK(scene.last().Count("unchanged") == 1100);
  CHECK(scene.UserNames().size() == 1100);
}

}  // namespace
}  // namespace integration
