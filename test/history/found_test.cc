// Histories that once broke an invariant, as RapidCheck shrank them. Each is kept after its cure.
#include <catch2/catch.hpp>

#include "history/play.h"

namespace history {
namespace {

using enum Step::Kind;

constexpr int Is(Fault::Kind kind) { return static_cast<int>(kind); }
constexpr int kWell = Is(Fault::Kind::kNone);

// What the history breaks, "" for nothing. With the last lines of the record.
std::string Broken(int settings, std::vector<Step> steps) {
  std::string record;
  const std::vector<std::string> broken = Play::All({settings, std::move(steps)}, nullptr, &record);
  return broken.empty() ? std::string() : broken.front() + "\n" + record;
}

TEST_CASE("12: a plan names the writes of a rename in their order") {
  CHECK(Broken(125, {{kJoin, 2, 0, 0}, {kTwice, 0, 0, 0}, {kRename, 2, 1, 0}, {kPlan, 0, 0, 0}}) == "");
}

TEST_CASE("12: a plan names a lift as a lift when Teleport's clock is ahead") {
  CHECK(Broken(31, {{kJoin, 0, 0, 0},
                    {kJoin, 1, 1, 0},
                    {kSync, 0, kWell, 0},
                    {kSwap, 1, 0, 0},
                    {kSync, 0, kWell, 0},
                    {kDeactivate, 0, 0, 0},
                    {kPlan, 0, 0, 0}}) == "");
}

TEST_CASE("12: a plan shows both updates of somebody who loses a role and an attribute") {
  CHECK(Broken(53, {{kJoin, 0, 0, 0},
                    {kSync, 0, kWell, 0},
                    {kAttribute, 0, 0, 0},
                    {kRoleGone, 0, 1, 0},
                    {kPlan, 0, 0, 0}}) == "");
}

TEST_CASE("12: the locks of somebody with two names are planned in the order of the run") {
  for (int i = 0; i < 8; ++i) {  // the run begins with anybody
    CHECK(Broken(118, {{kJoin, 0, 0, 0},
                       {kJoin, 2, 1, 0},
                       {kSuspend, 5, 0, 0},
                       {kSync, 0, kWell, 0},
                       {kSwap, 5, 0, 0},
                       {kSync, 0, Is(Fault::Kind::kWriteFails), 2},
                       {kDeactivate, 0, 0, 0},
                       {kPlan, 0, 15, 0}}) == "");
  }
}

TEST_CASE("8: a role that is gone from Teleport can be taken from whom Okta no longer gives it") {
  CHECK(Broken(89, {{kJoin, 0, 0, 0},
                    {kSync, 0, kWell, 0},
                    {kEdit, 0, 19, 0},
                    {kRoleGone, 0, 5, 0},
                    {kPlan, 0, 0, 0}}) == "");
}

TEST_CASE("8: a chain that ends in a name in quarantine needs two approvals, and they meet") {
  CHECK(Broken(118, {{kJoin, 1, 7, 0},
                     {kJoin, 2, 0, 0},
                     {kJoin, 0, 1, 0},
                     {kSync, 0, kWell, 0},
                     {kRename, 0, 0, 0},
                     {kUnassign, 1, 0, 0},
                     {kRename, 2, 17, 0}}) == "");
}

TEST_CASE("8: the approvals of a name in quarantine and of what the guard holds meet") {
  CHECK(Broken(118, {{kJoin, 1, 7, 0},
                     {kJoin, 2, 1, 0},
                     {kJoin, 0, 2, 0},
                     {kSync, 1, kWell, 0},
                     {kRename, 0, 0, 0},
                     {kTwice, 1, 0, 0},
                     {kCase, 0, 0, 0},
                     {kUnassign, 1, 0, 0},
                     {kRename, 2, 17, 0}}) == "");
}

TEST_CASE("8: who has a name is not kept waiting by a lock on another spelling of it") {
  CHECK(Broken(9, {{kJoin, 1, 0, 0},
                   {kJoin, 2, 2, 0},
                   {kJoin, 3, 3, 0},
                   {kJoin, 4, 4, 0},
                   {kJoin, 5, 0, 0},
                   {kSync, 0, kWell, 0},
                   {kSwap, 1, 2, 0},
                   {kDeactivate, 1, 0, 0},
                   {kSwap, 3, 5, 0},
                   {kDeactivate, 4, 0, 0},
                   {kSync, 0, Is(Fault::Kind::kMeanwhile), 1, kJoin, 1, 12},
                   {kRename, 3, 14, 0}}) == "");
}

TEST_CASE("8: a suspended person is locked again when the first lock does not work") {
  CHECK(Broken(21, {{kJoin, 5, 0, 0},
                    {kSync, 0, kWell, 0},
                    {kSuspend, 5, 0, 0},
                    {kSync, 0, Is(Fault::Kind::kDudLock), 1}}) == "");
}

TEST_CASE("7: a handover of somebody under a suspension's lock counts for the guard") {
  CHECK(Broken(51, {{kJoin, 1, 0, 0},
                    {kJoin, 4, 1, 0},
                    {kJoin, 5, 2, 0},
                    {kJoin, 6, 3, 0},
                    {kSync, 0, kWell, 0},
                    {kSuspend, 1, 0, 0},
                    {kSync, 0, kWell, 0},
                    {kUnsuspend, 1, 0, 0},
                    {kDeactivate, 6, 0, 0},
                    {kSwap, 4, 1, 0},
                    {kDeactivate, 5, 0, 0}}) == "");
}

TEST_CASE("6: a lock that was lifted a moment ago is no unfinished removal") {
  CHECK(Broken(8, {{kJoin, 1, 1, 0},
                   {kJoin, 0, 0, 0},
                   {kSync, 0, kWell, 0},
                   {kDeactivate, 1, 0, 0},
                   {kLag, 0, 0, 0},
                   {kTwice, 0, 0, 0},
                   {kJoin, 1, 1, 0},
                   {kSync, 0, Is(Fault::Kind::kKilledAfter), 11},
                   {kMinutes, 0, 0, 0},
                   {kSync, 0, kWell, 0},
                   {kUnassign, 1, 0, 0},
                   {kSync, 0, kWell, 0}}) == "");
}

TEST_CASE("3: a lock beyond the guard's limit cites no read that has grown old") {
  CHECK(Broken(193, {{kJoin, 0, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kDeactivate, 0, 0, 0},
                     {kSync, 0, Is(Fault::Kind::kSlowMeanwhile), 10, kSync, 0, 0}}) == "");
}

TEST_CASE("3: a deletion under a lock of an earlier run cites no read that has grown old") {
  CHECK(Broken(168, {{kJoin, 7, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kDeactivate, 7, 0, 0},
                     {kJoin, 7, 1, 0},
                     {kSync, 0, Is(Fault::Kind::kStop), 16},
                     {kSync, 0, Is(Fault::Kind::kSlowMeanwhile), 14, kForeignLock, 0, 0}}) == "");
}

TEST_CASE("3: nor does it when the lock of a suspension has to be ended first, slowly") {
  CHECK(Broken(221, {{kJoin, 1, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kSuspend, 1, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kUnassign, 1, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kApprove, 0, 0, 0},
                     {kJoin, 0, 11, 0},
                     {kSync, 0, Is(Fault::Kind::kWriteFails), 3},
                     {kSync, 0, Is(Fault::Kind::kSlowMeanwhile), 21, kDeactivate, 0, 0}}) == "");
}

TEST_CASE("10: an approved handover that waits for a role is locked as a whole meanwhile") {
  CHECK(Broken(1, {{kJoin, 1, 0, 0},
                   {kJoin, 4, 1, 0},
                   {kJoin, 5, 2, 0},
                   {kSync, 0, kWell, 0},
                   {kRoleGone, 0, 13, 0},
                   {kSwap, 4, 1, 0},
                   {kCase, 5, 0, 0},
                   {kSync, 0, Is(Fault::Kind::kTeleportRead), 15},
                   {kApprove, 0, 0, 0},
                   {kTwice, 0, 0, 0}}) == "");
}

TEST_CASE("9: who comes back and gets another name meanwhile is not made under a name in quarantine") {
  CHECK(Broken(243, {{kJoin, 0, 0, 0},
                     {kJoin, 1, 6, 0},
                     {kSync, 0, kWell, 0},
                     {kJoin, 5, 5, 0},
                     {kDeactivate, 0, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kUnassign, 2, 0, 0},
                     {kTwice, 0, 0, 0},
                     {kHours, 0, 0, 0},
                     {kJoin, 0, 0, 0},
                     {kSync, 0, Is(Fault::Kind::kMeanwhile), 12, kRename, 0, 15}}) == "");
}

TEST_CASE("8: the name that a handover cut short has vacated goes to whom an admin lets have it") {
  CHECK(Broken(145, {{kJoin, 0, 0, 0},
                     {kJoin, 4, 1, 0},
                     {kJoin, 5, 2, 0},
                     {kJoin, 6, 1, 0},
                     {kSync, 0, kWell, 0},
                     {kSwap, 5, 4, 0},
                     {kSync, 0, kWell, 0},
                     {kApprove, 0, 0, 0},
                     {kSync, 0, Is(Fault::Kind::kSlow), 22},
                     {kChain, 6, 0, 9},
                     {kSuspend, 6, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kRename, 4, 19, 0}}) == "");
}

TEST_CASE("4: whoever is suspended between the listing and the single read stays locked") {
  for (int call = 1; call < 24; ++call) {
    CHECK(Broken(8, {{kJoin, 0, 0, 0},
                     {kJoin, 1, 1, 0},
                     {kJoin, 2, 2, 0},
                     {kSync, 0, kWell, 0},
                     {kUnassign, 1, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kJoin, 1, 1, 0},
                     {kSync, 0, Is(Fault::Kind::kMeanwhile), call, kSuspend, 1, 0}}) == "");
  }
}

TEST_CASE("5: whom both walks skip while many are deactivated is kept") {
  CHECK(Broken(226, {{kCrowd, 0, 0, 0},
                     {kJoin, 0, 0, 0},
                     {kJoin, 1, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kCrowd, 0, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kApprove, 0, 0, 0},
                     {kSync, 0, Is(Fault::Kind::kRowMissing), 0}}) == "");
}

TEST_CASE("5: an approval removes nobody whom the listing hides and a single read shows") {
  CHECK(Broken(252, {{kCrowd, 0, 0, 0},
                     {kJoin, 1, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kHideRow, 1, 0, 0},
                     {kCrowd, 0, 0, 0},
                     {kSync, 0, kWell, 0},
                     {kApprove, 0, 0, 0},
                     {kTwice, 0, 0, 0}}) == "");
}

// Listings lag, and show the user of the old name who was deleted a moment ago.
TEST_CASE("5: a name that is taken back at once is not deleted on a listing that lags") {
  Settings settings = SettingsOf(117);
  Play play(settings, nullptr);
  for (const Step& step :
       {Step{kLag, 0, 0, 0}, Step{kJoin, 0, 3, 0}, Step{kSync, 0, kWell, 0}, Step{kHours, 0, 0, 0},
        Step{kRename, 0, 0, 0}, Step{kSync, 0, kWell, 0}, Step{kRename, 0, 3, 0}, Step{kSync, 0, kWell, 0}}) {
    play.Do(step);
  }
  CHECK(play.Broken().empty());
  CHECK(play.world().teleport.users.Find(NameOf(3)) != nullptr);
}

}  // namespace
}  // namespace history
