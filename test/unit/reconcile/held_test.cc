// Held sets, and what approves them (rule R14).
#include "reconcile/held.h"

#include <catch2/catch.hpp>

#include "base/json.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace oktasync::reconcile {
namespace {

using nlohmann::json;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

HeldSet Two() {
  HeldSet set;
  set.items = {{"00u1", "ada", ""}, {"00u2", "bob", "bob.new"}};
  set.digest = HeldDigest("00oorg/0oaapp", set.kind, set.items);
  return set;
}

json PlanWith(std::vector<HeldSet> sets) {
  json plan = {{"org", {{"id", "00oorg"}}},
               {"app_id", "0oaapp"},
               {"ended", "2026-09-21T14:13:20Z"},
               {"held", json::array()}};
  for (const HeldSet& set : sets) plan["held"].push_back(ToJson(set));
  return plan;
}

std::string Refusal(const json& plan, std::string_view digest = "") {
  return Message(ApprovalFromPlan(DumpJson(plan), digest).status());
}

TEST_CASE("R14: a held set's digest is of the set, not of its order, and of source and kind") {
  const HeldItem a{"00u1", "a", ""};
  const HeldItem b{"00u2", "b", ""};
  const auto digest = [](const std::string& source, std::vector<HeldItem> items,
                         HeldKind kind = HeldKind::kRemovals) { return HeldDigest(source, kind, items); };
  CHECK(digest("s", {a, b}) == digest("s", {b, a}));
  CHECK(digest("s", {a, b}) != digest("s", {a}));
  CHECK(digest("s", {a}) != digest("t", {a}));
  CHECK(digest("s", {a}) != digest("s", {a}, HeldKind::kHandover));
  CHECK(digest("s", {a}) != digest("s", {{"00u1", "a", "new"}}));
  CHECK(digest("s", {}).empty());
  CHECK(digest("s", {a}).size() == 16);
}

TEST_CASE("R14: a saved plan approves its set, and nobody else") {
  const auto approval = ApprovalFromPlan(DumpJson(PlanWith({Two()})), "");
  REQUIRE(approval.ok());
  CHECK(approval->source == "00oorg/0oaapp");
  CHECK(approval->planned == absl::FromUnixSeconds(1'790'000'000));
  CHECK(approval->kind == HeldKind::kRemovals);
  CHECK(approval->Covers({"00u1", "ada", ""}));
  CHECK(approval->Covers({"00u2", "bob", "bob.new"}));
  CHECK_FALSE(approval->Covers({"00u2", "bob", "other"}));
  CHECK_FALSE(approval->Covers({"00u3", "eve", ""}));
}

TEST_CASE("R14: a plan that was changed, is for nothing, or holds several sets is refused in words") {
  json changed = PlanWith({Two()});
  changed["held"][0]["people"].push_back({{"okta_id", "00u3"}, {"name", "eve"}, {"what", ""}});
  CHECK(Refusal(changed).find("was changed") != std::string::npos);
  json other_app = PlanWith({Two()});
  other_app["app_id"] = "0oaother";
  CHECK(Refusal(other_app).find("was changed") != std::string::npos);
  CHECK(Refusal(PlanWith({})).find("nothing is held") != std::string::npos);
  CHECK(Refusal(PlanWith({Two(), Two()})).find("name one by its digest") != std::string::npos);
  CHECK(Refusal(PlanWith({Two()}), "feedfeedfeedfeed").find("no held set") != std::string::npos);
  CHECK(Refusal(json::array()).find("no list \"held\"") != std::string::npos);
  json undated = PlanWith({Two()});
  undated.erase("ended");
  CHECK(Refusal(undated).find("when it was made") != std::string::npos);
  CHECK_FALSE(ApprovalFromPlan("{", "").ok());
  for (const json& bad :
       {json("text"), json({{"kind", "removals"}, {"people", {1}}}), json({{"kind", "x"}})}) {
    json plan = PlanWith({});
    plan["held"].push_back(bad);
    CHECK_FALSE(ApprovalFromPlan(DumpJson(plan), "").ok());
  }
}

TEST_CASE("R14: an approval holds for 24 hours from its plan, and none comes from the future") {
  const Approval approval = ApprovalOf(Two(), "s", kNow);
  CHECK(CheckAge(approval, kNow).ok());
  CHECK(CheckAge(approval, kNow + absl::Hours(24) - absl::Seconds(1)).ok());
  CHECK_FALSE(CheckAge(approval, kNow + absl::Hours(24)).ok());
  CHECK_FALSE(CheckAge(approval, kNow - absl::Hours(1)).ok());
}

TEST_CASE("R14: a label remembers under which approvals something was taken, as long as they could be used") {
  HeldSet set = Two();
  set.digest = "aaaaaaaaaaaaaaaa";
  const auto mark = [&](absl::Duration later) { return ApprovalOf(set, "s", kNow + later).mark(); };
  const ApprovalMark first = mark(absl::ZeroDuration());
  const std::string once = RememberApproval("", first, kNow + absl::Minutes(1));
  CHECK(once == "aaaaaaaaaaaaaaaa@1790000000000");
  CHECK(RemembersApproval(once, first));
  // Of the same set, but of another plan, whichever was first: no clocks are compared.
  CHECK_FALSE(RemembersApproval(once, mark(absl::Hours(1))));
  CHECK_FALSE(RemembersApproval(once, mark(-absl::Hours(1))));

  set.digest = "bbbbbbbbbbbbbbbb";
  CHECK_FALSE(RemembersApproval(once, mark(absl::ZeroDuration())));
  const std::string twice = RememberApproval(once, mark(absl::Hours(2)), kNow + absl::Hours(2));
  CHECK(twice == once + ",bbbbbbbbbbbbbbbb@1790007200000");
  CHECK(RememberApproval(twice, first, kNow + absl::Hours(3)) ==
        "bbbbbbbbbbbbbbbb@1790007200000,aaaaaaaaaaaaaaaa@1790000000000");
  set.digest = "cccccccccccccccc";
  CHECK(RememberApproval(twice, mark(absl::Hours(25)), kNow + absl::Hours(25)) ==
        "bbbbbbbbbbbbbbbb@1790007200000,cccccccccccccccc@1790090000000");
  // Whatever else stands there remembers nothing.
  for (const char* odd : {"", ",", "@", "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa@", "aaaaaaaaaaaaaaaa@soon"})
    CHECK_FALSE(RemembersApproval(odd, first));
}

}  // namespace
}  // namespace oktasync::reconcile
