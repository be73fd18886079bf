#include "history/draw.h"

#include <cstdlib>

namespace history {
namespace {

using Kind = Step::Kind;

class Draw {
 public:
  explicit Draw(const rc::Random& random) : random_(random) {}
  int Below(int bound) { return static_cast<int>(random_.next() % static_cast<uint64_t>(bound)); }
  bool Percent(int percent) { return Below(100) < percent; }

 private:
  rc::Random random_;
};

struct Weight {
  Kind kind;
  int weight;
};
// Of a hundred steps about a third are runs; the rest happens to people, names, and time.
constexpr Weight kWeights[] = {
    {Kind::kJoin, 16},       {Kind::kUnassign, 5},    {Kind::kDeactivate, 4},  {Kind::kDelete, 2},
    {Kind::kInactive, 2},    {Kind::kRename, 9},      {Kind::kCase, 2},        {Kind::kSwap, 4},
    {Kind::kChain, 3},       {Kind::kSuspend, 3},     {Kind::kUnsuspend, 4},   {Kind::kStatus, 2},
    {Kind::kEdit, 3},        {Kind::kHideRow, 2},     {Kind::kAttribute, 2},   {Kind::kCrowd, 0},
    {Kind::kForeignUser, 2}, {Kind::kForeignGone, 3}, {Kind::kForeignLock, 1}, {Kind::kAdminGives, 2},
    {Kind::kRoleGone, 1},    {Kind::kRoleBack, 2},    {Kind::kMinutes, 6},     {Kind::kHours, 4},
    {Kind::kLag, 1},         {Kind::kOrder, 1},       {Kind::kSync, 26},       {Kind::kApprove, 7},
    {Kind::kPlan, 2},        {Kind::kShuffle, 1},     {Kind::kCut, 1},         {Kind::kTwice, 2},
    {Kind::kRestart, 1}};
static_assert(std::size(kWeights) == kStepKinds);

Kind DrawKind(Draw& draw) {
  static const int total = [] {
    int sum = 0;
    for (const Weight& weight : kWeights) sum += weight.weight;
    return sum;
  }();
  int left = draw.Below(total);
  for (const Weight& weight : kWeights) {
    if (left < weight.weight) return weight.kind;
    left -= weight.weight;
  }
  return Kind::kSync;
}

Step DrawStep(Draw& draw) {
  Step step;
  step.kind = DrawKind(draw);
  step.who = draw.Below(8);
  // People mostly have the name that is theirs, else every step would be a conflict.
  step.what = draw.Percent(40) ? step.who : draw.Below(kNames);
  step.n = draw.Below(60);
  if (step.kind == Kind::kSwap || step.kind == Kind::kChain) step.what = draw.Below(8), step.n %= 10;
  if (step.kind == Kind::kApprove || step.kind == Kind::kRestart || step.kind == Kind::kSync) {
    step.who = draw.Percent(88) ? 0 : 1;
  }
  if (step.kind == Kind::kCut) step.n = draw.Below(160);  // before or after one of the calls of a run
  if (step.kind == Kind::kSync) {
    // What happens between a read and the write that rests on it finds the most.
    constexpr int kMeanwhile = static_cast<int>(Fault::Kind::kMeanwhile);
    step.what = draw.Percent(40) ? 0 : draw.Percent(20) ? kMeanwhile : draw.Below(kFaultKinds);
    const auto fault = static_cast<Fault::Kind>(step.what);
    const bool counts_few = fault == Fault::Kind::kPageFails || fault == Fault::Kind::kAppInactive ||
                            fault == Fault::Kind::kAppImplicit || fault == Fault::Kind::kAppForbidden ||
                            fault == Fault::Kind::kWriteFails || fault == Fault::Kind::kWriteRefused ||
                            fault == Fault::Kind::kAnswerLost || fault == Fault::Kind::kDudLock;
    step.n = counts_few ? draw.Below(4) : draw.Below(40);
    if (fault == Fault::Kind::kMeanwhile || fault == Fault::Kind::kSlowMeanwhile) {
      constexpr Kind kPeople[] = {Kind::kUnassign, Kind::kDeactivate, Kind::kInactive, Kind::kRename,
                                  Kind::kRename,   Kind::kSwap,       Kind::kSuspend,  Kind::kUnsuspend,
                                  Kind::kStatus,   Kind::kJoin};
      step.then = draw.Percent(20)   ? Kind::kSync
                  : draw.Percent(60) ? kPeople[draw.Below(static_cast<int>(std::size(kPeople)))]
                                     : DrawKind(draw);
      step.whom = draw.Below(8);
      step.into = draw.Below(kNames);
    }
  }
  return step;
}

rc::Seq<Step> Smaller(const Step& step) {
  std::vector<Step> smaller;
  const auto add = [&](int Step::*field, int value) {
    if (value < 0 || value >= step.*field) return;
    Step one = step;
    one.*field = value;
    smaller.push_back(one);
  };
  for (int value : {0, 1, step.who - 1}) add(&Step::who, value);
  for (int value : {0, step.what - 1}) add(&Step::what, value);
  for (int value : {0, step.n / 2, step.n - 1}) add(&Step::n, value);
  add(&Step::whom, 0);
  add(&Step::into, 0);
  return rc::seq::fromContainer(smaller);
}

// A value and how it shrinks: fewer steps, then smaller ones.
rc::Shrinkable<std::vector<Step>> Shrinkable(std::vector<Step> steps) {
  return rc::shrinkable::shrinkRecur(std::move(steps), [](const std::vector<Step>& from) {
    return rc::seq::concat(rc::shrink::removeChunks(from),
                           rc::shrink::eachElement(from, [](const Step& step) { return Smaller(step); }));
  });
}

rc::Gen<std::vector<Step>> Steps() {
  return rc::Gen<std::vector<Step>>([](const rc::Random& random, int size) {
    Draw draw(random);
    std::vector<Step> steps(static_cast<size_t>(1 + draw.Below(size)));
    for (Step& step : steps) step = DrawStep(draw);
    // Most begin with people who are in Teleport already: it is they who have something to lose.
    if (draw.Percent(70)) {
      std::vector<Step> hired;
      for (int who = 0; who < 8; ++who) hired.push_back({Kind::kJoin, who, who, 0});
      hired.push_back({Kind::kSync, 0, 0, 0});
      steps.insert(steps.begin(), hired.begin(), hired.end());
    }
    // A few have a crowd in them, for what goes by numbers: the guard's share, and the second walk.
    if (draw.Percent(4)) {
      steps.insert(steps.begin(), {Kind::kCrowd, 0, 0, 0});
      const std::vector<Step> leave = {
          {Kind::kSync},
          {Kind::kCrowd, 0, draw.Below(3), 0},
          {Kind::kSync},
          {Kind::kApprove},
          {Kind::kSync, 0, draw.Below(4) == 0 ? draw.Below(kFaultKinds) : 0, draw.Below(90)}};
      steps.insert(steps.begin() + 1 + draw.Below(static_cast<int>(steps.size())), leave.begin(),
                   leave.end());
    }
    return Shrinkable(std::move(steps));
  });
}

}  // namespace

rc::Gen<History> Histories(int longest) {
  return rc::Gen<History>([longest](const rc::Random& random, int) {
    const int settings = Draw(random).Below(kSettings);
    return rc::shrinkable::map(Steps()(random, longest), [settings](std::vector<Step> steps) {
      return History{settings, std::move(steps)};
    });
  });
}

std::string NumberOf(const std::string& sentence) { return sentence.substr(0, sentence.find(':') + 1); }

History Shrink(rc::Shrinkable<History> history, const Judge& judge, int most_tries) {
  History smallest = history.value();
  const std::vector<std::string> first = judge(smallest);
  if (first.empty()) return smallest;  // it breaks one time and not the next
  const std::string number = NumberOf(first.front());
  for (int tries = 0; tries < most_tries;) {
    auto smaller = history.shrinks();
    bool found = false;
    for (auto next = smaller.next(); next && tries < most_tries; next = smaller.next()) {
      ++tries;
      const History candidate = next->value();
      const std::vector<std::string> broken = judge(candidate);
      if (broken.empty() || NumberOf(broken.front()) != number) continue;
      smallest = candidate;
      history = *next;
      found = true;
      break;
    }
    if (!found) break;
  }
  return smallest;
}

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace history
