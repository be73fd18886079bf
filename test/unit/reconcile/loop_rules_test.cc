// The loop: approvals (R14), one runner (R20), the alarm (R23), explain.
#include <catch2/catch.hpp>

#include "base/json.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "reconcile/loop.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

template <typename Done>
bool Eventually(Done done) {
  Cancel never;
  for (int i = 0; i < 1000; ++i) {
    if (done()) return true;
    never.SleepFor(absl::Milliseconds(10));
  }
  return false;
}

class Running {
 public:
  explicit Running(World& world) : world_(world) {
    loop = MakeLoop({}, world.options, world.okta, world.teleport, world.corrected, NullLog());
    if (!loop->Start().ok() || !Eventually([&] { return loop->status().progress.run_id == 0 && Ran(); })) {
      throw std::logic_error("the loop did not begin");
    }
  }
  std::shared_ptr<const Report> Finish(uint64_t run_id) {
    if (!Eventually([&] { return loop->ReportOf(run_id).ok(); })) throw std::logic_error("no report");
    return *loop->ReportOf(run_id);
  }
  std::shared_ptr<const Report> Sync() { return Finish(*loop->Request(RunKind::kSync)); }

  std::unique_ptr<Loop> loop;

 private:
  bool Ran() { return loop->status().runs > 0 || !loop->status().standby.empty(); }
  World& world_;
};

void Unassign(World& world, const std::vector<std::string>& ids, size_t count) {
  for (size_t i = 0; i < count; ++i) world.okta.people[ids[i]].assignment = "";
}

TEST_CASE("R14: a digest that this process has shown is approved, once, and within 24 hours") {
  Settled world(60);
  Unassign(world, world.ids, 25);
  Running running(world);
  const auto shown = running.Sync();
  REQUIRE(shown->held.size() == 1);
  const std::string digest = shown->held[0].digest;
  CHECK(running.loop->status().held.at(0).digest == digest);
  CHECK(running.loop->Approve("feedfeedfeedfeed", "").status().code() == absl::StatusCode::kNotFound);

  SECTION("approved") {
    const auto run_id = running.loop->Approve(digest, "");
    REQUIRE(run_id.ok());
    CHECK(running.Finish(*run_id)->counts.at("removed") == 25);
    CHECK(running.loop->status().held.empty());
    const absl::Status again = running.loop->Approve(digest, "").status();
    CHECK(again.code() == absl::StatusCode::kFailedPrecondition);
    CHECK(Message(again).find("holds once") != std::string::npos);
  }
  SECTION("too late") {
    world.clock.Advance(absl::Hours(25));
    CHECK(running.loop->Approve(digest, "").status().code() != absl::StatusCode::kOk);
  }
  SECTION("by the saved plan, in another process") {
    const std::string plan = DumpJson(ToJson(*shown));
    running.loop->Stop();
    Running other(world);
    const auto run_id = other.loop->Approve("", plan);
    REQUIRE(run_id.ok());
    CHECK(other.Finish(*run_id)->counts.at("removed") == 25);
    CHECK_FALSE(other.loop->Approve("", plan).ok());
  }
  SECTION("a plan of another app or org is refused, and not looked at by every run that follows") {
    nlohmann::json plan = ToJson(*shown);
    const auto foreign = [&](const std::string& org, const std::string& app) {
      plan["org"]["id"] = org;
      plan["app_id"] = app;
      plan["held"][0]["digest"] = HeldDigest(org + "/" + app, shown->held[0].kind, shown->held[0].items);
      return DumpJson(plan);
    };
    const std::string org = shown->org_id;
    for (const std::string& text : {foreign(org, "0oaAnother"), foreign("00oAnother", shown->app_id)}) {
      const absl::Status refused = running.loop->Approve("", text).status();
      CHECK(refused.code() == absl::StatusCode::kFailedPrecondition);
      CHECK(Message(refused).find("for another org or app") != std::string::npos);
    }
    // Before the first run the org is not known: that run says so, and the next one has forgotten it.
    running.loop->Stop();
    world.okta.fail_page = 0;
    Running other(world);
    const auto run_id = other.loop->Approve("", foreign("00oAnother", shown->app_id));
    REQUIRE(run_id.ok());
    world.okta.fail_page = -1;
    const auto notices = other.Finish(*run_id)->notices.size() + other.Sync()->notices.size();
    CHECK(notices >= 1);
    CHECK(other.Sync()->notices.empty());
    CHECK(HeldCount(*other.Sync()) == 25);
  }
  SECTION("nothing of it survives a restart") {
    running.loop->Stop();
    Running other(world);
    CHECK(HeldCount(*other.Sync()) == 25);
  }
  SECTION("a stopped loop approves nothing") {
    running.loop->Stop();
    CHECK(running.loop->Approve(digest, "").status().code() == absl::StatusCode::kFailedPrecondition);
  }
}

// Approves the set that is held, to a run that breaks off: Okta's second page goes on failing.
void ApproveInVain(World& world, Running& running) {
  const std::string digest = running.Sync()->held.at(0).digest;
  world.okta.fail_page = 1;
  CHECK_FALSE(running.Finish(*running.loop->Approve(digest, ""))->outcome.ok());
}

TEST_CASE("R14: an approval outlives a run that broke off, and not one that came to its end") {
  Settled world(60);
  Unassign(world, world.ids, 25);
  Running running(world);
  ApproveInVain(world, running);
  world.okta.fail_page = -1;
  CHECK(running.Sync()->counts.at("removed") == 25);
}

TEST_CASE("R14: an approval that was given in time is not carried out a day later") {
  Settled world(60);
  Unassign(world, world.ids, 25);
  Running running(world);
  ApproveInVain(world, running);
  world.clock.Advance(absl::Hours(24));
  world.okta.fail_page = -1;
  running.Sync();
  CHECK(HeldCount(*running.Sync()) == 25);
}

TEST_CASE("R14: a sync does not take an approved cleanup, nor a cleanup what a sync holds") {
  Settled world(60);
  Unassign(world, world.ids, 25);
  const std::string of_sync = DumpJson(ToJson(world.Sync()));
  world.options.cleanup = true;
  const std::string of_cleanup = DumpJson(ToJson(world.Sync()));
  world.options.cleanup = false;
  {
    Running running(world);
    const absl::Status refused = running.loop->Approve("", of_cleanup).status();
    CHECK(refused.code() == absl::StatusCode::kFailedPrecondition);
    CHECK(Message(refused).find("oktasync cleanup --approve") != std::string::npos);
  }
  world.options.cleanup = true;
  Running running(world);
  CHECK(running.loop->Approve("", of_sync).status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(running.loop->Approve("", of_cleanup).ok());
}

TEST_CASE("R20: a second runner stands by without a word in Teleport's audit log, and takes over") {
  Settled world(3);
  world.teleport.lease_holder = "another";
  world.teleport.events.clear();
  Running running(world);
  CHECK(running.loop->status().standby.find("another oktasync holds the lease") != std::string::npos);
  CHECK(running.loop->status().runs == 0);
  // It looks again within a quarter of the lease's term.
  CHECK(running.loop->status().next_run - world.clock.Now() <= world.options.lease.term / 4);
  // Whoever asks for a run is told.
  const auto report = running.Sync();
  CHECK(report->standby);
  CHECK(report->outcome.code() == absl::StatusCode::kUnavailable);
  CHECK(world.teleport.events.empty());
  CHECK(running.loop->status().alarm.empty());

  world.teleport.lease_expires = world.clock.Now();
  CHECK(running.Sync()->outcome.ok());
  CHECK(running.loop->status().standby.empty());
}

TEST_CASE("R20: the lease is kept between runs and given back in the end") {
  Settled world(3);
  {
    Running running(world);
    CHECK_FALSE(world.teleport.lease_holder.empty());
    const std::string holder = world.teleport.lease_holder;
    running.Sync();
    CHECK(world.teleport.lease_holder == holder);
  }
  CHECK(world.teleport.lease_holder.empty());
}

TEST_CASE("R23: without a whole walk for too long status raises the alarm, and it goes with the next one") {
  Settled world(12);
  Running running(world);
  world.okta.fail_page = 0;
  world.okta.people[world.ids[0]].status = "DEPROVISIONED";
  CHECK_FALSE(running.Sync()->outcome.ok());
  CHECK(running.loop->status().alarm.empty());
  CHECK(world.Names().size() == 12);
  world.clock.Advance(absl::Hours(2) + absl::Minutes(1));
  running.Sync();
  running.Sync();
  CHECK(running.loop->status().alarm.find("may still have access") != std::string::npos);
  CHECK(world.Names().size() == 11);
  world.okta.fail_page = -1;
  running.Sync();
  CHECK(running.loop->status().alarm.empty());
}

TEST_CASE("explain: what both sides say of a person, which rule decides, and what would be done") {
  Settled world(12);
  Running running(world);
  const auto explain = [&](const std::string& who) {
    const auto text = running.loop->Explain(who);
    REQUIRE(text.ok());
    return *ParseJson(*text);
  };
  const auto same = explain(world.ids[0]);
  CHECK(same["decision"] == "nothing");
  CHECK(same["okta"]["presence"] == "present");
  CHECK(same["teleport"]["users"][0]["name"] == "u000@example.com");

  world.okta.people[world.ids[1]].assignment = "";
  const auto leaver = explain("u001@example.com");
  CHECK(leaver["okta"]["id"] == world.ids[1]);
  CHECK(leaver["decision"] == "remove");
  CHECK(leaver["rule"] == "R13");

  world.okta.people[world.ids[2]].user_name = "new@example.com";
  CHECK(explain(world.ids[2])["rule"] == "R18");

  world.okta.people[world.ids[3]].status = "SUSPENDED";
  CHECK(explain(world.ids[3])["rule"] == "R15");
  const absl::Status nobody = running.loop->Explain("00uNobodyIsKnownHere").status();
  CHECK(nobody.code() == absl::StatusCode::kNotFound);

  const auto newcomer = world.Hire(1)[0];
  CHECK(explain(newcomer)["decision"] == "create");

  UserRecord admin;
  admin.name = "admin";
  world.teleport.users["admin"] = admin;
  CHECK(explain("admin")["rule"] == "R1");

  running.Sync();
  const auto gone = explain("u001@example.com");
  CHECK(gone["okta"]["id"] == world.ids[1]);
  CHECK(gone["teleport"]["locks"][0]["purpose"] == "leave");
  CHECK(gone["teleport"]["locks"][0]["in_force"] == true);
  world.TakeWrites();
  explain(world.ids[0]);
  CHECK(world.TakeWrites().empty());
}

TEST_CASE("explain: whoever the last sync held is told so, with the set") {
  Settled world(60);
  Unassign(world, world.ids, 25);
  Running running(world);
  const std::string digest = running.Sync()->held.at(0).digest;
  CHECK(running.loop->Explain(world.ids[7])->find(digest) != std::string::npos);
  CHECK(running.loop->Explain(world.ids[40])->find(digest) == std::string::npos);
}

}  // namespace
}  // namespace oktasync::reconcile
