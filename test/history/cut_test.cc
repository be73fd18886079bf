// Days on which every run is killed before and after each of its calls: invariant 11.
#include <catch2/catch.hpp>
#include <iostream>

#include "history/play.h"

namespace history {
namespace {

using enum Step::Kind;

// Plays the day; every run of it is first killed everywhere, in worlds of their own. Returns the kill points.
int Points(int settings, const std::vector<Step>& day) {
  Play play(SettingsOf(settings), nullptr);
  int points = 0;
  for (const Step& step : day) {
    if (step.kind == kSync) points += play.CutEverywhere(step.who);
    CAPTURE(Words(step));
    CHECK(play.Do(step));
    const std::vector<std::string> broken = play.Broken();
    if (!broken.empty()) {
      FAIL_CHECK(broken.front());
      break;
    }
  }
  std::cout << "a day under the settings " << settings << ", killed at " << points << " points\n";
  return points;
}

constexpr int kRoomyGuard = 8;
constexpr int kLockSuspended = 1;
constexpr int kAdopt = 2;

const std::vector<Step> kHired = {{kJoin, 0, 0}, {kJoin, 1, 1}, {kJoin, 2, 2}, {kJoin, 3, 3},
                                  {kJoin, 4, 4}, {kJoin, 5, 5}, {kJoin, 6, 6}, {kJoin, 7, 7}};

std::vector<Step> After(std::vector<Step> morning, const std::vector<Step>& rest) {
  morning.insert(morning.end(), rest.begin(), rest.end());
  return morning;
}

TEST_CASE("11: killed anywhere on a day of joins, leaves, renames and returns, all ends alike") {
  CHECK(Points(kRoomyGuard | kLockSuspended, After(kHired, {{kSync, 0},
                                                            {kUnassign, 0},
                                                            {kDeactivate, 1},
                                                            {kInactive, 2, 0},
                                                            {kRename, 3, 8},
                                                            {kCase, 4},
                                                            {kSuspend, 5},
                                                            {kEdit, 6, 1},
                                                            {kSync, 0},
                                                            {kJoin, 0, 0},
                                                            {kJoin, 1, 9},
                                                            {kUnsuspend, 5},
                                                            {kRename, 3, 3},
                                                            {kSync, 0},
                                                            {kSync, 0}})) > 200);
}

TEST_CASE("11: killed anywhere on a day of swaps, chains and reused names, all ends alike") {
  CHECK(Points(kRoomyGuard, After(kHired, {{kSync, 0},
                                           {kSwap, 0, 1},
                                           {kChain, 2, 3, 8},
                                           {kUnassign, 4},
                                           {kRename, 5, 4},
                                           {kSync, 0},
                                           {kApprove, 0},
                                           {kSync, 0},
                                           {kApprove, 0},
                                           {kSync, 0}})) > 200);
}

TEST_CASE("11: killed anywhere while the guard holds and an admin approves, all ends alike") {
  CHECK(Points(kLockSuspended, After(kHired, {{kSync, 0},
                                              {kDeactivate, 0},
                                              {kUnassign, 1},
                                              {kUnassign, 2},
                                              {kDeactivate, 3},
                                              {kRename, 4, 8},
                                              {kSync, 0},
                                              {kApprove, 0},
                                              {kSync, 0},
                                              {kSync, 0}})) > 200);
}

TEST_CASE("11: killed anywhere while others hold names, and while people are taken over, all ends alike") {
  CHECK(Points(kRoomyGuard | kAdopt, After(kHired, {{kForeignUser, 0, 0, 3},
                                                    {kForeignUser, 1, 1, 0},
                                                    {kForeignUser, 2, 8, 3},
                                                    {kForeignLock, 3, 3, 2},
                                                    {kSync, 0},
                                                    {kForeignGone, 0, 1},
                                                    {kUnassign, 3},
                                                    {kRoleGone, 0, 1},
                                                    {kSync, 0},
                                                    {kRoleBack, 0},
                                                    {kAttribute, 0},
                                                    {kSync, 0}})) > 150);
}

}  // namespace
}  // namespace history
