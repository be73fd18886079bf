// A daemon and those who ask it through its control socket, as processes of their own.
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;
using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__)
constexpr double kStops = 5;  // a sanitized process also looks for leaks before it ends
#else
constexpr double kStops = 1.5;
#endif

// A scene with a daemon whose first sync is done.
class WithDaemon {
 public:
  explicit WithDaemon(int people = 60) : scene(people), socket(scene.Dir() + "/control.sock") { Start(); }

  // Begins a daemon, and returns when its first sync is done.
  void Start() {
    daemon_ = scene.Begin("run", {"--socket", socket});
    scene.Await("the first sync is at its end",
                [](const auto& record) { return record.Requests("auth", "EmitAuditEvent") > 0; });
    const auto give_up = Clock::now() + std::chrono::seconds(60);
    while (Answer({"status"}, -1)["last_run"].is_null()) REQUIRE(Clock::now() < give_up);
  }

  // `oktasync COMMAND … --socket …`, with --json or without.
  harness::Finished Ask(Strings words, int exit_code, bool as_json = true) {
    const Strings line = scene.CommandLine(words.front());
    // Its options come with --config, so a mistake finds no other configuration.
    Strings command = {line[0]};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--config", line[3], "--socket", socket});
    if (as_json) command.push_back("--json");
    harness::Process process(command);
    harness::Finished finished = scene.End(process);
    INFO("oktasync " << json(words).dump() << " says:\n" << finished.out.substr(0, 4000) << finished.err);
    if (exit_code >= 0) CHECK(finished.exit_code == exit_code);
    return finished;
  }
  json Answer(const Strings& words, int exit_code = 0) {
    const harness::Finished finished = Ask(words, exit_code);
    const json answer = json::parse(finished.out, nullptr, false);
    INFO(finished.out << finished.err);
    REQUIRE(answer.is_object());
    return answer;
  }

  harness::Finished Stop(int signal = SIGTERM) {
    daemon_->Signal(signal);
    harness::Finished finished = scene.End(*daemon_);
    daemon_.reset();
    return finished;
  }
  harness::Process& daemon() { return *daemon_; }

  Scene scene;
  const std::string socket;

 private:
  std::unique_ptr<harness::Process> daemon_;
};

// Connected to `path`, or -1.
int Connect(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
  ::close(fd);
  return -1;
}

TEST_CASE("Socket: status, plan, sync, report and explain go through the daemon", "[socket]") {
  WithDaemon with;
  struct stat mode {};
  REQUIRE(::stat(with.socket.c_str(), &mode) == 0);
  CHECK((mode.st_mode & 07777) == 0600);

  json status = with.Answer({"status"});
  CHECK(status["state"] == "running");
  CHECK(status["last_run"]["ok"] == true);
  CHECK(status["daemon"]["pid"] == with.daemon().pid());
  CHECK(status["held"].empty());

  const json hired = with.scene.Okta("hire", {{"login", "hiro@example.com"}});
  const std::string name = hired["user_names"][0];
  const json plan = with.Answer({"plan"});
  CHECK(plan["kind"] == "plan");
  CHECK(plan["writes"].size() == 1);
  CHECK(with.scene.User(name).is_null());
  with.Ask({"plan", "--exit-code"}, 4);

  // The lease is the daemon's; a sync of one's own would find it taken.
  const json report = with.Answer({"sync"});
  CHECK(report["counts"]["created"] == 1);
  CHECK(with.scene.User(name).is_object());
  status = with.Answer({"status"});
  CHECK(status["last_run"]["run_id"] == report["run_id"]);
  CHECK(with.Answer({"report"}) == report);
  CHECK(with.Answer({"report", plan["run_id"].dump()}) == plan);
  CHECK_THAT(with.Ask({"report", "4711"}, 1).err, Contains("4711"));

  const json explained = with.Answer({"explain", name});
  CHECK(explained["okta"]["presence"] == "present");
  CHECK(explained["teleport"]["users"][0]["name"] == name);
  CHECK(explained["decision"] == "nothing");
  CHECK_THAT(with.Ask({"explain", "nobody@example.com"}, 1).err, Contains("nobody is known as"));

  // The same for people.
  CHECK_THAT(with.Ask({"status"}, 0, false).out, Contains("running, process"));
  CHECK_THAT(with.Ask({"report"}, 0, false).out, Contains("1 created"));
  CHECK_THAT(with.Ask({"explain", name}, 0, false).out, Contains("Okta says") && Contains(name));
  CHECK(with.Stop().exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(with.socket));
  CHECK_THAT(with.Ask({"status"}, 1).err, Contains("no daemon answers") && Contains(with.socket));
  with.Ask({"sync"}, 1);
}

TEST_CASE("R14: a mass unassignment is looked at, approved through the socket, and carried out once",
          "[socket]") {
  WithDaemon with;
  const Strings gone = with.scene.Okta("unassign", {{"count", 25}})["ids"];
  with.Ask({"sync"}, 3);
  const json status = with.Answer({"status"}, 3);
  REQUIRE(status["held"].size() == 1);
  CHECK(status["held"][0]["people"] == 25);
  const std::string digest = status["held"][0]["digest"];
  const std::string words = with.Ask({"status"}, 3, false).out;
  CHECK_THAT(words,
             Contains("HELD: 1 set waits for an approval") && Contains(" approve ") && Contains(digest));
  CHECK(with.scene.UserNames().size() == 60);

  // Nobody can be asked here, so nothing happens without --yes.
  const harness::Finished unsure = with.Ask({"approve", digest}, 2, false);
  CHECK_THAT(unsure.err, Contains("--yes"));
  CHECK_THAT(unsure.out, Contains("25 entries, digest " + digest));
  with.Ask({"approve", "0123456789abcdef", "--yes"}, 1);
  with.Ask({"approve", "everything", "--yes"}, 2);
  CHECK(with.scene.UserNames().size() == 60);

  // One of them is back before the admin says yes: approved and still confirmed is what goes.
  with.scene.Okta("assign", {{"ids", {gone[0]}}});
  with.scene.PromiseAll(with.Answer({"report"}));
  const json report = with.Answer({"approve", digest, "--yes"});
  CHECK(report["approvals_used"] == json{digest});
  CHECK(report["counts"]["removed"] == 24);
  CHECK(with.scene.UserNames().size() == 36);
  size_t under_approval = 0;
  for (const json& lock : with.scene.Record().Writes("UpsertLock")) {
    if (lock["after"]["labels"].value("oktasync/approval", "") == digest) ++under_approval;
  }
  CHECK(under_approval == 24);
  CHECK(with.Answer({"status"})["held"].empty());
  CHECK_THAT(with.Ask({"approve", digest, "--yes"}, 1).err, Contains("carried out already"));
}

TEST_CASE("R14: a saved plan is shown, and approved through the socket of a daemon that never showed it",
          "[socket]") {
  WithDaemon with;
  with.scene.Okta("unassign", {{"count", 20}});
  const std::string file = with.scene.Dir() + "/plan.json";
  std::ofstream(file) << with.Ask({"plan"}, 3).out;
  with.Stop();

  const harness::Finished shown = with.Ask({"show", file}, 0, false);
  CHECK_THAT(shown.out, Contains("20 held") && Contains("approve --plan " + file));
  CHECK_THAT(with.Ask({"show", with.scene.Dir() + "/playground.json"}, 2).err, Contains("no report or plan"));
  with.Ask({"approve", "--plan", file, "--yes"}, 1);  // nobody there

  with.Start();
  with.scene.PromiseAll(json::parse(std::ifstream(file)));
  const json report = with.Answer({"approve", "--plan", file, "--yes"});
  CHECK(report["counts"]["removed"] == 20);
  CHECK(with.scene.UserNames().size() == 40);
  // A changed plan is none.
  json changed = json::parse(std::ifstream(file));
  changed["held"][0]["people"].push_back(
      {{"okta_id", with.scene.At(0).id}, {"name", with.scene.At(0).name}, {"what", ""}});
  std::ofstream(file) << changed.dump();
  CHECK_THAT(with.Ask({"approve", "--plan", file, "--yes"}, 1).err, Contains("changed after it was made"));
  CHECK(with.scene.UserNames().size() == 40);
  CHECK(with.Stop().exit_code == 0);
}

TEST_CASE("Socket: a second daemon is refused; the socket of a killed one is replaced", "[socket]") {
  WithDaemon with(10);
  const auto second = with.scene.Begin("run", {"--socket", with.socket});
  const harness::Finished refused = with.scene.End(*second);
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("process " + std::to_string(with.daemon().pid())) && Contains("--socket"));
  const harness::RecordView record = with.scene.Record();
  CHECK(record.entries().empty());  // it connected to nothing
  with.Answer({"status"});

  with.Stop(SIGKILL);
  CHECK(std::filesystem::exists(with.socket));
  with.Ask({"status"}, 1);
  with.scene.Auth("drop_lease");  // the dead one's, which would end by itself in a minute
  with.Start();
  CHECK(with.Answer({"status"})["daemon"]["pid"] == with.daemon().pid());
  CHECK(with.Stop().exit_code == 0);
}

TEST_CASE("Socket: clients that hang or flood delay neither a sync nor the stop", "[socket]") {
  WithDaemon with(10);
  std::vector<int> hanging;
  for (int i = 0; i < 6; ++i) {
    hanging.push_back(Connect(with.socket));
    REQUIRE(hanging.back() >= 0);
    const std::string half = i % 2 == 0 ? "" : "POST /v1/approve HTTP/1.1\r\nContent-Le";
    REQUIRE(::send(hanging.back(), half.data(), half.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(half.size()));
  }
  CHECK(with.Answer({"sync"})["ok"] == true);
  // As many as there is room for in the queue, so that no worker is free when the stop comes.
  for (int i = 0; i < 12; ++i) hanging.push_back(Connect(with.socket));
  const auto sent = Clock::now();
  CHECK(with.Stop().exit_code == 0);
  CHECK(std::chrono::duration<double>(Clock::now() - sent).count() < kStops);
  for (const int fd : hanging) {
    if (fd >= 0) ::close(fd);
  }
}

TEST_CASE("Socket: a daemon that stops ends the questions that wait for it", "[socket]") {
  WithDaemon with(10);
  with.scene.Okta("fault", {{"path", "/users/"}, {"kind", "hang"}, {"seconds", 60}, {"times", -1}});
  const Strings line = with.scene.CommandLine("explain");
  harness::Process explain(
      {line[0], "explain", with.scene.At(2).id, "--config", line[3], "--socket", with.socket, "--json"});
  with.scene.Await("it has read what comes before",
                   [](const auto& record) { return record.Requests("auth", "ListUsers") > 1; });
  const auto sent = Clock::now();
  CHECK(with.Stop().exit_code == 0);
  CHECK(std::chrono::duration<double>(Clock::now() - sent).count() < kStops);
  const harness::Finished ended = with.scene.End(explain);
  CHECK(ended.exit_code == 1);
  CHECK_THAT(ended.err, Contains("no explanation"));
}

TEST_CASE("Socket: Ctrl-C ends the asking, not the daemon's run", "[socket]") {
  WithDaemon with(40);
  with.scene.Okta("hire", {{"login", "hiro@example.com"}});
  with.scene.Auth("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"times", -1}});
  const Strings line = with.scene.CommandLine("sync");
  harness::Process sync({line[0], "sync", "--config", line[3], "--socket", with.socket});
  with.scene.AwaitStruck("CreateUser");
  sync.Signal(SIGINT);
  const harness::Finished interrupted = with.scene.End(sync);
  CHECK(interrupted.exit_code == 130);
  CHECK_THAT(interrupted.err, Contains("the daemon goes on with run"));
  with.scene.Auth("clear_faults");
  with.scene.Await("the daemon ends its run",
                   [](const auto& record) { return record.Requests("auth", "EmitAuditEvent") > 1; });
  CHECK(with.scene.UserNames().size() == 41);
  CHECK(with.Stop().exit_code == 0);
}

TEST_CASE("Socket: the default place follows from the configuration's path", "[socket]") {
  if (::geteuid() != 0) {
    WARN("only root has /run; not tested");
    return;
  }
  Scene scene(10);
  const Strings line = scene.CommandLine("sync");
  harness::Process daemon({line[0], "run", "--config", line[3], "--json"});
  scene.Await("the first sync is at its end",
              [](const auto& record) { return record.Requests("auth", "EmitAuditEvent") > 0; });
  scene.Run("status", 0);
  CHECK(scene.last().report["daemon"]["pid"] == daemon.pid());
  scene.Run("sync", 0);
  CHECK(scene.last().report["run_id"].get<int>() > 1);  // the daemon's
  scene.Run("plan", 0, {"--one-shot"});
  CHECK(scene.last().report["run_id"] == 1);
  scene.Run("sync", 1, {"--one-shot"});  // the lease is the daemon's
  CHECK(scene.last().report["standby"] == true);
  // Another configuration is another daemon's, and nobody's here.
  scene.Configure("/okta/page_size", 50);
  scene.Run("status", 1);
  scene.Run("plan", 0);
  CHECK(scene.last().report["run_id"] == 1);
  daemon.Signal(SIGTERM);
  CHECK(scene.End(daemon).exit_code == 0);
}

TEST_CASE("Socket: a daemon whose configuration file was changed meanwhile says so to who asks for a plan",
          "[socket]") {
  WithDaemon with(10);
  const std::string file = with.scene.CommandLine("plan")[3];
  CHECK_THAT(with.Ask({"plan"}, 0, false).err, !Contains("another configuration"));
  std::ofstream(file, std::ios::app) << "\n# a comment changes nothing\n";
  CHECK_THAT(with.Ask({"plan"}, 0, false).err, !Contains("another configuration"));
  std::ofstream(file, std::ios::app) << "\nguard: {least: 5}\n";
  CHECK_THAT(with.Ask({"plan"}, 0, false).err, Contains("another configuration") && Contains("--one-shot"));
}

}  // namespace
}  // namespace integration
