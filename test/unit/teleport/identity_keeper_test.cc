// teleport/identity_keeper.h: the identity outlives a rotation and its own expiry.
#include "teleport/identity_keeper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/status.h"
#include "teleport/host_key.h"
#include "teleport/identity_file.h"
#include "teleport/join.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

class MovedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now() + ahead; }
  absl::Duration SinceBoot() const override { return SystemClock().SinceBoot(); }
  absl::Duration ahead;
};

// A host that has joined, and looks before it calls, as a run does.
class Host {
 public:
  explicit Host(World& world, const std::string& name = "identity.pem") : world_(world), name_(name) {
    JoinOptions join;
    join.address = world.address();
    join.ca_pins = {world.ca_pin()};
    join.token = Secret(world.Control("put_token")["token"].get<std::string>());
    const auto identity = Join(join, SystemClock(), cancel_);
    REQUIRE(identity.ok());
    std::filesystem::create_directories(std::filesystem::path(file()).parent_path());
    Put(*identity);
    Start();
  }

  void Put(const Identity& identity) const {
    REQUIRE(WriteIdentityFile(dir_.Path("made"), identity).ok());
    std::filesystem::rename(dir_.Path("made"), file());
  }

  // As after a restart: nothing but the file.
  void Start() {
    client_.reset();
    keeper_ = std::make_unique<IdentityKeeper>(file(), clock, NullLog());
    ClientOptions options = world_.Options();
    options.identity = [this] { return keeper_->Current(); };
    options.identity_advice = JoinAgainAdvice(file());
    options.max_tries = 2;
    client_ = world_.NewClient(std::move(options));
  }

  absl::Status Run() {
    keeper_->Look(*client_, cancel_);
    return client_->ListUsers([](const UserRecord&) { return absl::OkStatus(); }, cancel_);
  }

  std::string file() const { return dir_.Path(name_); }
  Identity OfFile() const { return *ReadIdentityFile(file()); }
  IdentityKeeper& keeper() { return *keeper_; }

  MovedClock clock;

 private:
  World& world_;
  const std::string name_;
  TempDir dir_;
  Cancel cancel_;
  std::unique_ptr<IdentityKeeper> keeper_;
  std::unique_ptr<Client> client_;
};

void Rotate(World& world, const std::string& phase) { world.Control("rotate", {{"phase", phase}}); }

TEST_CASE("identity keeper: while all is calm a run asks for the CA alone") {
  World world;
  Host host(world);
  const Identity before = host.OfFile();
  for (int i = 0; i < 3; ++i) REQUIRE(host.Run().ok());
  CHECK(world.Requests("GetClusterCACert") == 1 + 3);  // one to join
  CHECK(world.Requests("GenerateHostCerts") == 0);
  CHECK(host.OfFile().generation == before.generation);
}

TEST_CASE(
    "identity keeper: a run in each phase gets through a rotation, with the same host id and new keys") {
  World world;
  Host host(world);
  const Identity before = host.OfFile();
  for (const char* phase : {"init", "update_clients", "update_servers", "standby"}) {
    INFO(phase);
    Rotate(world, phase);
    CHECK(host.Run().ok());
    CHECK(host.Run().ok());
  }
  const Identity after = host.OfFile();
  CHECK(Inspect(after)->host_id == Inspect(before)->host_id);
  CHECK(after.key_pem.Reveal() != before.key_pem.Reveal());
  CHECK(after.ca_pem == world.Control("host_ca")["pem"]);
  CHECK(world.Requests("RegisterUsingToken") == 1);
  const int renewed = world.Requests("GenerateHostCerts");
  REQUIRE(host.Run().ok());
  CHECK(world.Requests("GenerateHostCerts") == renewed);  // calm again
  host.Start();
  CHECK(host.Run().ok());
}

TEST_CASE("identity keeper: one look between init and standby is enough, whenever it is") {
  // Of the phases a host that is seldom awake sees only one.
  const auto only = GENERATE(as<std::string>(), "update_clients", "update_servers");
  World world;
  Host host(world);
  for (const char* phase : {"init", "update_clients", "update_servers", "standby"}) {
    Rotate(world, phase);
    // At update_servers alone the server's certificate is of a CA that nobody told us of.
    if (only == phase && only == "update_clients") REQUIRE(host.Run().ok());
    if (only == "update_servers" && std::string(phase) == "init") REQUIRE(host.Run().ok());
    if (only == "update_servers" && only == phase) REQUIRE(host.Run().ok());
  }
  CHECK(host.Run().ok());
}

TEST_CASE("identity keeper: a rollback is followed as well") {
  World world;
  Host host(world);
  for (const char* phase : {"init", "update_clients", "rollback", "standby"}) {
    INFO(phase);
    Rotate(world, phase);
    CHECK(host.Run().ok());
  }
  CHECK(host.Run().ok());
}

TEST_CASE("identity keeper: a rotation that was missed is said with the command to join again") {
  World world;
  Host host(world);
  for (const char* phase : {"init", "update_clients", "update_servers", "standby"}) Rotate(world, phase);
  const Identity before = host.OfFile();
  const absl::Status status = host.Run();
  CHECK(status.code() == absl::StatusCode::kUnauthenticated);
  CHECK(Lacks(status, {"not from the cluster's CA", "join again", "tctl tokens add --type=okta",
                       "oktasync join --force", host.file()}) == "");
  CHECK(host.OfFile().generation == before.generation);
  CHECK(world.Requests("GenerateHostCerts") == 0);
}

TEST_CASE("identity keeper: a certificate that nears its end is renewed in time") {
  World world;
  Host host(world);  // ten years
  host.clock.ahead = absl::Hours(24 * 365 * 6);
  REQUIRE(host.Run().ok());
  CHECK(world.Requests("GenerateHostCerts") == 0);
  world.Control("clock_offset", {{"seconds", 24.0 * 3600 * 365 * 7}});
  host.clock.ahead = absl::Hours(24 * 365 * 7);
  const auto until = Inspect(host.OfFile())->not_after;
  const absl::StatusOr<std::string> why =
      WhyRenew(host.OfFile(), *Inspect(host.OfFile()), host.OfFile().ca_pem, host.clock.Now());
  REQUIRE(why.ok());
  CHECK(why->find(TimeInWords(until)) != std::string::npos);
}

TEST_CASE("identity keeper: when it is time") {
  World world;
  const Identity identity = world.Read("identity");
  IdentityFacts facts = *Inspect(identity);
  const absl::Time now = absl::Now();
  const auto due = [&](absl::Duration life, absl::Duration left) {
    facts.not_before = now + left - life;
    facts.not_after = now + left;
    return *WhyRenew(identity, facts, identity.ca_pem, now) != "";
  };
  constexpr absl::Duration kDay = absl::Hours(24);
  CHECK_FALSE(due(3650 * kDay, 1300 * kDay));
  CHECK(due(3650 * kDay, 1200 * kDay));
  CHECK(due(60 * kDay, 29 * kDay));
  CHECK_FALSE(due(60 * kDay, 31 * kDay));
  CHECK_FALSE(due(kDay, 0.9 * kDay));  // fresh, although it lives for a day alone
  CHECK(due(kDay, 0.6 * kDay));
  CHECK_FALSE(WhyRenew(identity, facts, "nothing", now).ok());
}

TEST_CASE("identity keeper: a renewal that is refused changes nothing, and the old identity works on") {
  World world;
  Host host(world);
  Rotate(world, "init");
  world.Control("fault", {{"call", "GenerateHostCerts"}, {"kind", "code"}, {"code", "PERMISSION_DENIED"}});
  const Identity before = host.OfFile();
  CHECK(host.keeper().Trouble().empty());
  CHECK(host.Run().ok());
  CHECK(host.OfFile().generation == before.generation);
  // Until somebody mends it every report and the status say so: when the rotation ends, nobody gets in.
  const std::string trouble = host.keeper().Trouble();
  for (const std::string& words :
       {std::string("is being rotated"), std::string("could not be"), std::string("GenerateHostCerts"),
        std::string("join again"), host.file()}) {
    CHECK_THAT(trouble, Catch::Contains(words));
  }
  CHECK(host.Run().ok());  // and the next run tries again
  CHECK(host.keeper().Trouble().empty());
  CHECK(host.OfFile().generation != before.generation);
}

TEST_CASE(
    "identity keeper: what cannot be written is used all the same, until somebody puts a new file there") {
  World world;
  // A file can be read under the longest name that there may be, and none can be made that is called a bit longer.
  Host host(world, std::string(255, 'i'));
  const Identity before = host.OfFile();
  for (const char* phase : {"init", "update_clients", "update_servers", "standby"}) {
    INFO(phase);
    Rotate(world, phase);
    CHECK(host.Run().ok());
  }
  CHECK(host.OfFile().generation == before.generation);
  CHECK_THAT(host.keeper().Trouble(), Catch::Contains("could not be kept") && Catch::Contains("join again"));
  const auto current = host.keeper().Current();
  REQUIRE(current.ok());
  CHECK(current->ca_pem == world.Control("host_ca")["pem"]);
  CHECK(host.Run().ok());
  // The old one goes bad as well: what serves is still the renewed one, and that is what is said.
  std::filesystem::resize_file(host.file(), 300);
  CHECK(host.keeper().Current()->generation == current->generation);
  CHECK(host.Run().ok());
  CHECK_THAT(host.keeper().Trouble(), Catch::Contains("our renewed identity is used") &&
                                          Catch::Contains("cannot be used either") &&
                                          Catch::Contains("join again"));
  // Joined again by hand.
  JoinOptions join;
  join.address = world.address();
  join.ca_pins = {world.Control("host_ca")["pins"][0].get<std::string>()};
  join.token = Secret(world.Control("put_token")["token"].get<std::string>());
  Cancel cancel;
  host.Put(*Join(join, SystemClock(), cancel));
  CHECK(host.keeper().Current()->generation == host.OfFile().generation);
  CHECK(host.Run().ok());
  CHECK(host.keeper().Trouble().empty());
}

TEST_CASE(
    "bad day: the file that could not be read at the renewal is mended: the renewed identity serves on") {
  World world;
  Host host(world, std::string(255, 'i'));
  CHECK(host.Run().ok());
  REQUIRE(::chmod(host.file().c_str(), 0644) == 0);
  Rotate(world, "init");
  CHECK(host.Run().ok());
  // A second renewal that is refused hides nothing of the first.
  world.Control("fault", {{"call", "GenerateHostCerts"}, {"kind", "code"}, {"code", "PERMISSION_DENIED"}});
  Rotate(world, "update_clients");
  CHECK(host.Run().ok());
  CHECK_THAT(host.keeper().Trouble(),
             Catch::Contains("our renewed identity is used") && Catch::Contains("chmod 600") &&
                 Catch::Contains("Besides, the identity in use is due to be renewed") &&
                 Catch::Contains("GenerateHostCerts"));
  CHECK(host.Run().ok());
  for (const char* phase : {"update_servers", "standby"}) {
    INFO(phase);
    Rotate(world, phase);
    CHECK(host.Run().ok());
  }
  const uint64_t renewed = host.keeper().Current()->generation;

  // What it said is done; or what was there at the beginning is put back.
  if (GENERATE(true, false)) {
    REQUIRE(::chmod(host.file().c_str(), 0600) == 0);
  } else {
    host.Put(world.Read("identity"));
  }
  world.Control("cut_connections");
  CHECK(host.Run().ok());
  CHECK(host.keeper().Current()->generation == renewed);
  CHECK_THAT(host.keeper().Trouble(), Catch::Contains("could not be kept"));
}

TEST_CASE(
    "bad day: the identity's file is cut or gone while the host runs: the identity that it held serves") {
  World world;
  Host host(world);
  CHECK(host.Run().ok());
  const Identity before = host.OfFile();
  if (GENERATE(true, false)) {
    std::filesystem::resize_file(host.file(), 300);
  } else {
    std::filesystem::remove(host.file());
  }
  world.Control("cut_connections");
  CHECK(host.Run().ok());
  CHECK_THAT(host.keeper().Trouble(), Catch::Contains("file cannot be used") &&
                                          Catch::Contains(host.file()) && Catch::Contains("join again"));
  // A renewal is what mends it; so does putting it back.
  SECTION("renewed") {
    Rotate(world, "init");
    CHECK(host.Run().ok());
    CHECK(host.OfFile().generation != before.generation);
  }
  SECTION("put back") { host.Put(before); }
  CHECK(host.Run().ok());
  CHECK(host.keeper().Trouble() == "");
}

TEST_CASE("identity keeper: what could not be kept is, as soon as its folder lets it") {
  World world;
  Host host(world, "folder/199");
  const Identity before = host.OfFile();
  const std::filesystem::path folder = std::filesystem::path(host.file()).parent_path();
  const std::filesystem::path away = folder.string() + ".away";
  // In /proc the file can be read, under the number of its descriptor, and none can be made, by root neither.
  const int fd = ::open(host.file().c_str(), O_RDONLY);
  REQUIRE(::dup2(fd, 199) == 199);
  std::filesystem::rename(folder, away);
  std::filesystem::create_symlink("/proc/self/fd", folder);
  CHECK(Lacks(MakeRoomForIdentityFile(host.file()), {host.file(), "cannot be written", "folder"}) == "");
  Rotate(world, "init");
  CHECK(host.Run().ok());
  CHECK(host.OfFile().generation == before.generation);
  CHECK_THAT(host.keeper().Trouble(), Catch::Contains("could not be kept") && Catch::Contains("join again"));

  std::filesystem::remove(folder);
  std::filesystem::rename(away, folder);
  ::close(199);
  ::close(fd);
  CHECK(MakeRoomForIdentityFile(host.file()).ok());
  CHECK(CanWriteIdentityFile(host.file()).ok());
  CHECK(host.Run().ok());
  CHECK(host.OfFile().generation == host.keeper().Current()->generation);
  CHECK(host.OfFile().generation != before.generation);
  CHECK(host.keeper().Trouble().empty());
  host.Start();
  CHECK(host.Run().ok());
}

}  // namespace
}  // namespace oktasync::teleport
