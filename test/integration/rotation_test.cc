// The cluster's host CA is rotated, and certificates come to their end, while the product is at work.
#include <signal.h>
#include <catch2/catch.hpp>

#include "integration/member.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

const char* const kPhases[] = {"init", "update_clients", "update_servers", "standby"};

void Rotate(const Scene& scene, const std::string& phase) { scene.Auth("rotate", {{"phase", phase}}); }

TEST_CASE("Rotation: a whole one while `oktasync run` is at work, and no run fails", "[join]") {
  Scene scene(20);
  const std::string file = UseIdentityFile(scene);
  JoinDirectly(scene);
  const std::string before = ReadFile(file);
  const std::string socket = scene.Dir() + "/rotation.sock";
  auto daemon = scene.Begin("run", {"--socket", socket});
  const auto sync = [&] { scene.Run("sync", 0, {"--socket", socket}); };
  scene.Await("the first run",
              [](const harness::RecordView& record) { return record.Writes("CreateUser").size() == 20; });
  sync();
  for (const char* phase : kPhases) {
    INFO(phase);
    Rotate(scene, phase);
    scene.Okta("edit",
               {{"id", scene.At(1).id}, {"profile", {{"department", std::string("Phase ") + phase}}}});
    sync();
    CHECK(scene.last().Count("updated") == 1);
  }
  sync();
  daemon->Signal(SIGTERM);
  CHECK(scene.End(*daemon).exit_code == 0);
  CHECK(ReadFile(file) != before);
  CHECK_THAT(ReadFile(file), Contains(scene.Auth("host_ca")["pem"].get<std::string>()));
  CHECK(Asked(scene, "RegisterUsingToken") == 1);
  // A restart goes by the file.
  scene.Sync();
  CHECK(Asked(scene, "RegisterUsingToken") == 1);
}

TEST_CASE("Rotation: the phase changes in the middle of a run, which goes on", "[join]") {
  Scene scene(20);
  UseIdentityFile(scene);
  JoinDirectly(scene);
  Rotate(scene, "init");
  scene.Sync();
  Rotate(scene, "update_clients");
  const auto during = [&](const char* phase, const char* call) {
    scene.Auth("fault",
               {{"call", call}, {"kind", "control"}, {"command", "rotate"}, {"args", {{"phase", phase}}}});
    scene.Sync();
    scene.AwaitStruck(call);
    scene.Auth("clear_faults");
  };
  during("update_servers", "ListUsers");
  during("standby", "ListUsers");
  scene.Sync();
  CHECK(scene.UserNames().size() == 20);
}

TEST_CASE("Rotation: one that was missed entirely is said, with the command to join again", "[join]") {
  Scene scene(10);
  const std::string file = UseIdentityFile(scene);
  JoinDirectly(scene);
  scene.Sync();
  for (const char* phase : kPhases) Rotate(scene, phase);
  scene.Sync(1);
  CHECK(scene.Writes() == Strings{});
  CHECK_THAT(scene.Error(), Contains("host CA was rotated") && Contains("join again") &&
                                Contains("oktasync join --force") && Contains(file));
  scene.Run("join", 0,
            {"--token-file", TokenFile(scene), "--force", "--ca-pin",
             scene.Auth("host_ca")["pins"][0].get<std::string>()});
  scene.Sync();
}

TEST_CASE("Rotation: a renewal that is refused is a warning while the old identity works", "[join]") {
  Scene scene(10);
  const std::string file = UseIdentityFile(scene);
  JoinDirectly(scene);
  const std::string before = ReadFile(file);
  Rotate(scene, "init");
  scene.Auth("fault", {{"call", "GenerateHostCerts"},
                       {"kind", "code"},
                       {"code", "PERMISSION_DENIED"},
                       {"message", "not today"},
                       {"times", -1}});
  scene.Sync();
  CHECK_THAT(scene.last().process.err, Contains("could not be renewed") && Contains("not today") &&
                                           Contains("tried again at the next run"));
  // In the report as well: nobody reads logs until the day on which the old identity is refused.
  CHECK_THAT(scene.Notices(), Contains("could not be") && Contains("not today") && Contains("join again") &&
                                  Contains("being rotated"));
  CHECK(ReadFile(file) == before);
  scene.Auth("clear_faults");
  scene.Sync();
  CHECK_THAT(scene.Notices(), !Contains("renewed"));
  CHECK(ReadFile(file) != before);
}

TEST_CASE("Rotation: a new certificate that is not valid by our clock is not used", "[join]") {
  Scene scene(10);
  const std::string file = UseIdentityFile(scene);
  JoinDirectly(scene);
  const std::string before = ReadFile(file);
  Rotate(scene, "init");
  // Issued for a time that is not ours.
  scene.Auth("clock_offset", {{"seconds", 100000}});
  scene.Run("plan", 0);
  CHECK_THAT(scene.last().process.err,
             Contains("could not be renewed") && Contains("by this machine's clock"));
  CHECK(ReadFile(file) == before);
}

TEST_CASE("Renewal: a certificate near its end is renewed before it ends", "[join]") {
  Scene scene(10);
  const std::string file = UseIdentityFile(scene);
  // Certificates begin a minute back, so more than a third of this one's life is over.
  scene.Auth("certificate_life", {{"seconds", 100}});
  JoinDirectly(scene);
  const std::string before = ReadFile(file);
  scene.Auth("certificate_life", {{"seconds", 86400.0 * 3650}});
  scene.Sync();
  CHECK(ReadFile(file) != before);
  CHECK(Asked(scene, "GenerateHostCerts") == 1);
  scene.Sync();
  CHECK(Asked(scene, "GenerateHostCerts") == 1);
  CHECK(Asked(scene, "RegisterUsingToken") == 1);
}

}  // namespace
}  // namespace integration
