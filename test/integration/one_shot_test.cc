// Approvals, explanations and the cleanup without a daemon.
#include <catch2/catch.hpp>
#include <fstream>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

// Of the last run, which has one set.
std::string Digest(const Scene& scene) {
  REQUIRE(scene.last().report.is_object());
  REQUIRE(scene.last().report["held"].size() == 1);
  return scene.last().report["held"][0]["digest"];
}

// A file with what `oktasync plan` or `oktasync cleanup` holds now.
std::string Save(Scene& scene, const std::string& command) {
  scene.Run(command, 3);
  std::string file = scene.Dir() + "/" + command + ".json";
  std::ofstream(file) << scene.last().process.out;
  return file;
}

TEST_CASE("R14: sync --approve plans anew, and carries out the set of that digest and no other", "[socket]") {
  Scene scene;
  scene.Sync();
  scene.Okta("unassign", {{"count", 25}});
  scene.Sync(3);
  const std::string digest = Digest(scene);
  scene.Run("sync", 1, {"--approve", "0123456789abcdef"});
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.last().process.err, Contains("nothing was approved") && Contains(digest));
  scene.Run("sync", 2, {"--approve", "all"});

  // Somebody more leaves: what was looked at is not what is there.
  const Strings more = scene.Okta("unassign", {{"count", 1}})["ids"];
  scene.Run("sync", 1, {"--approve", digest});
  CHECK(scene.Writes() == Strings{});
  scene.Okta("assign", {{"ids", more}});

  scene.Run("sync", 0, {"--approve", digest});
  CHECK(scene.last().report["approvals_used"] == json{digest});
  CHECK(scene.Record().Writes("DeleteUser").size() == 25);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE(
    "R14, R17: a rename into quarantine that also exceeds the limit takes two approvals, given together",
    "[socket]") {
  Scene scene(8);
  scene.Configure("/guard", {{"least", 1}});
  scene.Sync();
  const Person leaver = scene.At(0);
  scene.Okta("deactivate", {{"id", leaver.id}});
  scene.Sync();
  const Person heir = scene.At(0);
  scene.Okta("rename", {{"id", heir.id}, {"user_name", leaver.name}});
  scene.Sync(3);
  REQUIRE(scene.Held("quarantine").size() == 1);
  const std::string quarantine = scene.Held("quarantine")[0]["digest"];

  // By itself it lets nothing through; what it waits for is shown, and how to give both.
  scene.Run("sync", 3, {"--approve", quarantine});
  CHECK(scene.Writes() == Strings{});
  REQUIRE(scene.Held("removals").size() == 1);
  const std::string removals = scene.Held("removals")[0]["digest"];
  CHECK_THAT(scene.last().process.err, Contains("has let nothing through yet"));
  harness::Process words({harness::ProgramsIn(harness::OwnFolder()).oktasync, "sync", "--config",
                          scene.Dir() + "/config-1.json", "--approve", quarantine});
  CHECK_THAT(scene.End(words).out, Contains("sync --approve " + quarantine + " --approve " + removals));

  scene.Run("sync", 0, {"--approve", quarantine, "--approve", removals});
  CHECK(scene.HolderOf(leaver.name) == heir.id);
  CHECK(scene.User(heir.name).is_null());
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  scene.Run("sync", 1, {"--approve", quarantine, "--approve", removals});
}

TEST_CASE("R14: sync --plan carries out a saved plan, as far as it still holds", "[socket]") {
  Scene scene;
  scene.Sync();
  const Strings gone = scene.Okta("unassign", {{"count", 25}})["ids"];
  const std::string file = Save(scene, "plan");
  scene.Okta("assign", {{"ids", Strings(gone.begin(), gone.begin() + 3)}});
  scene.Run("sync", 2, {"--plan", file, "--approve", "0123456789abcdef"});
  CHECK_THAT(scene.last().process.err, Contains(file) && Contains("shows no held set"));
  scene.Run("sync", 0, {"--plan", file});
  CHECK(scene.Record().Writes("DeleteUser").size() == 22);
  scene.Run("sync", 2, {"--plan", scene.Dir() + "/none.json"});
}

TEST_CASE(
    "R14: a saved plan removes nobody a second time, in another process, whatever the auth server's clock "
    "says",
    "[socket]") {
  Scene scene;
  scene.Auth("clock_offset", {{"seconds", GENERATE(0, -600)}});
  scene.Sync();
  const Strings gone = scene.Okta("unassign", {{"count", 25}})["ids"];
  const std::string file = Save(scene, "plan");
  scene.Run("sync", 0, {"--plan", file});
  CHECK(scene.Record().Writes("DeleteUser").size() == 25);
  scene.Okta("assign", {{"ids", gone}});
  scene.Sync();
  // Nobody of the plan is gone: it lets nothing through.
  scene.Run("sync", 1, {"--plan", file});
  CHECK_THAT(scene.last().process.err, Contains("has let nothing through"));
  scene.Okta("unassign", {{"ids", gone}});
  scene.Run("sync", 3, {"--plan", file});
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Notices(), Contains("carried out already for 25 people who have come back since"));
  scene.Run("sync", 0, {"--plan", Save(scene, "plan")});
  CHECK(scene.Record().Writes("DeleteUser").size() == 25);
}

TEST_CASE("R14: a cleanup that is approved to a sync is refused with what to run", "[socket]") {
  Scene scene(12);
  scene.Sync();
  const std::string file = Save(scene, "cleanup");
  scene.Run("sync", 1, {"--plan", file});
  CHECK_THAT(scene.last().process.err, Contains("oktasync cleanup --approve"));
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R14: a plan of another app is refused before anything is read", "[socket]") {
  Scene scene;
  scene.Sync();
  scene.Okta("unassign", {{"count", 25}});
  const std::string file = Save(scene, "plan");
  scene.Configure("/okta/app_id", "0oaSomeOtherApp00000");
  scene.Run("sync", 1, {"--plan", file});
  CHECK(scene.Record().entries().empty());
  CHECK_THAT(scene.last().process.err, Contains("for another org or app") && Contains(scene.Source()) &&
                                           Contains("0oaSomeOtherApp00000"));
}

TEST_CASE("Explain: without a daemon it reads both sides and writes nothing", "[socket]") {
  Scene scene(20);
  scene.Sync();
  const Person ada = scene.At(3);
  scene.Run("explain", 0, {ada.id});
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.Record().Requests("auth", "AcquireSemaphore") == 0);
  CHECK(scene.last().report["teleport"]["users"][0]["name"] == ada.name);
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Run("explain", 0, {ada.name});
  CHECK(scene.last().report["decision"] == "remove");
  scene.Sync();
  scene.Run("explain", 0, {ada.name});
  CHECK(scene.last().report["teleport"]["users"].empty());
  CHECK(scene.last().report["teleport"]["locks"][0]["in_force"] == true);
  scene.Run("explain", 1, {"nobody@example.com"});
  CHECK_THAT(scene.last().process.err, Contains("nobody@example.com"));
}

TEST_CASE("Cleanup: all users of ours are locked and deleted after a plan and its approval, others stay",
          "[socket]") {
  Scene scene(30);
  scene.Sync();
  const size_t others = scene.UserNames().size() - 30;
  // Whoever left and returned has left a lock behind that keeps nobody out.
  const Person returned = scene.At(7);
  scene.Okta("unassign", {{"id", returned.id}});
  scene.Sync();
  scene.Okta("assign", {{"id", returned.id}});
  scene.Sync();
  scene.Run("cleanup", 3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().report["held"][0]["kind"] == "cleanup");
  CHECK(scene.last().report["held"][0]["people"].size() == 31);
  CHECK_THAT(scene.last().report["held"][0]["reason"].get<std::string>(),
             Contains("all 30 users of this source") && Contains("1 lock that keeps nobody out any more"));
  CHECK_FALSE(scene.last().report["held"][0]["warning"].get<std::string>().empty());
  const std::string digest = Digest(scene);

  // The digest is of what was shown: not another one, and not through a sync.
  scene.Run("cleanup", 1, {"--approve", "0123456789abcdef"});
  CHECK(scene.Writes() == Strings{});
  scene.Run("sync", 1, {"--approve", digest});
  CHECK(scene.Writes() == Strings{});
  scene.Okta("hire", {{"login", "hiro@example.com"}});
  scene.Sync();
  scene.Run("cleanup", 1, {"--approve", digest});  // one user more than was looked at
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.UserNames().size() == others + 31);

  scene.Run("cleanup", 3);
  scene.Run("cleanup", 0, {"--approve", Digest(scene)});
  CHECK(scene.Record().Writes("UpsertLock").size() == 31);
  CHECK(scene.Record().Writes("DeleteUser").size() == 31);
  REQUIRE(scene.Record().Writes("DeleteLock").size() == 1);
  CHECK(scene.Record().Writes("DeleteLock")[0]["before"]["target"]["user"] == returned.name);
  CHECK(scene.UserNames().size() == others);
  CHECK_THAT(scene.Notices(), Contains("31 locks of ours"));
  CHECK(scene.Record().Requests("okta", "/users?") == 0);  // Okta's people are not asked for
  scene.Run("cleanup", 0);
  CHECK(scene.last().report["held"].empty());
}

TEST_CASE("Cleanup: a set of another kind is not let through by it", "[socket]") {
  Scene scene;
  scene.Sync();
  scene.Okta("unassign", {{"count", 25}});
  scene.Sync(3);
  const std::string removals = Digest(scene);
  scene.Run("cleanup", 1, {"--approve", removals});
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("Cleanup: refused while a daemon is at work with the configuration", "[socket]") {
  Scene scene(10);
  const std::string socket = scene.Dir() + "/control.sock";
  const auto daemon = scene.Begin("run", {"--socket", socket});
  scene.Await("the first sync is at its end",
              [](const auto& record) { return record.Requests("auth", "EmitAuditEvent") > 0; });
  scene.Run("cleanup", 1, {"--socket", socket});
  CHECK_THAT(scene.last().process.err, Contains("Stop it first"));
  CHECK(scene.Record().Requests("auth", "ListUsers") == 0);
  daemon->Signal(15);
  CHECK(scene.End(*daemon).exit_code == 0);
}

}  // namespace
}  // namespace integration
