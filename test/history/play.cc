#include "history/play.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "history/outcome.h"
#include "model/labels.h"

namespace history {

namespace rec = oktasync::reconcile;
using oktasync::LabelOr;

namespace {

constexpr absl::Duration kListingsCaughtUp = absl::Seconds(2);

}  // namespace

Play::Play(const Settings& settings, Tally* tally) : settings_(settings), tally_(tally), world_(settings) {
  for (auto& runner : runners_) runner = std::make_unique<Runner>(world_, ++processes_);
  generations_.resize(static_cast<size_t>(settings.people));
}

void Play::Claim(std::vector<std::string> broken) {
  for (std::string& sentence : broken) broken_.push_back(std::move(sentence));
}

std::vector<std::string> Play::Broken() const {
  std::vector<std::string> all = world_.invariants.broken();
  all.insert(all.end(), broken_.begin(), broken_.end());
  return all;
}

std::string Play::Record(size_t most) const {
  std::string words;
  const size_t size = world_.entries.size();
  for (size_t i = size - std::min(most, size); i < size; ++i) words += Words(world_.entries[i]) + "\n";
  return words;
}

std::string Play::IdOf(int who) const {
  const size_t place = static_cast<size_t>(who) % generations_.size();
  std::string id = "00u" + std::to_string(place);
  if (generations_[place] > 0) id += static_cast<char>('a' + generations_[place] % 26);
  return id;
}

bool Play::Do(const Step& step) {
  bool played = false;
  switch (step.kind) {
    case Kind::kSync:
      played = Sync(step);
      break;
    case Kind::kApprove: {
      const size_t sets = RunnerOf(step.who).ApproveShown();
      if (tally_ != nullptr) tally_->See("sets approved", sets);
      played = sets > 0;
      break;
    }
    case Kind::kPlan:
      played = PlanAndRun(step.who);
      break;
    case Kind::kShuffle:
      played = OtherOrder(step.n);
      break;
    case Kind::kCut:
      played = Cut(step.who, step.n);
      break;
    case Kind::kTwice:
      played = Twice(step.who);
      break;
    case Kind::kRestart:
      RunnerOf(step.who).Restart(++processes_);
      played = true;
      break;
    default:
      played = step.kind <= Kind::kCrowd || step.kind == Kind::kOrder
                   ? OktaEvent(step.kind, step.who, step.what, step.n)
                   : TeleportEvent(step.kind, step.who, step.what, step.n);
      break;
  }
  if (played && tally_ != nullptr) ++tally_->played[static_cast<int>(step.kind)];
  return played;
}

// Counts what the run did, as the record has it, and what its report shows as held.
void Play::Count(const rec::Report& report, size_t from) {
  if (tally_ == nullptr) return;
  ++tally_->runs;
  for (size_t i = from; i < world_.entries.size(); ++i) {
    const Entry& entry = world_.entries[i];
    switch (entry.what) {
      case Entry::What::kCreate:
        tally_->See("users created");
        break;
      case Entry::What::kUpdate:
        tally_->See("users updated");
        if (LabelOr(entry.user_before->labels, oktasync::labels::kSource).empty())
          tally_->See("people taken over");
        break;
      case Entry::What::kDelete:
        tally_->See("users deleted");
        break;
      case Entry::What::kLock: {
        const auto purpose = LabelOr(entry.lock_after->labels, oktasync::labels::kPurpose);
        if (!entry.lock_after->InForce(entry.at)) {
          tally_->See("locks lifted");
        } else {
          tally_->See((std::string(purpose) + " locks").c_str());
          const auto& labels = entry.lock_after->labels;
          if (!LabelOr(labels, oktasync::labels::kHeld).empty()) tally_->See("locks beyond the limit");
          if (!LabelOr(labels, oktasync::labels::kApproval).empty()) tally_->See("locks approved");
        }
        break;
      }
      default:
        break;
    }
  }
  if (report.standby) tally_->See("runs left to another");
  for (const rec::Stage& stage : report.stages) {
    if (stage.name == "sweep") tally_->See("runs without a list");
    if (stage.name == "second walk") tally_->See("second walks");
  }
  for (const rec::HeldSet& set : report.held)
    tally_->SeeHeld(std::string(ToString(set.kind)), set.items.size());
}

bool Play::Sync(const Step& step) {
  const Fault fault{static_cast<Fault::Kind>(step.what % kFaultKinds), step.n};
  Runner& runner = RunnerOf(step.who);
  const size_t from = world_.entries.size();
  runner.meanwhile = [&](const std::string& about) {
    // Half of the time it concerns the one who is looked at.
    const bool him = step.whom % 2 != 0 && about.size() > 3 && about[3] >= '0' && about[3] <= '9';
    const int whom = him ? about[3] - '0' : step.whom;
    if (step.then == Kind::kSync) {
      RunnerOf(step.who + 1).Sync();
    } else if (step.then <= Kind::kCrowd) {
      OktaEvent(step.then, whom, step.into, 0);
    } else if (step.then <= Kind::kRoleBack) {
      TeleportEvent(step.then, step.whom, step.into, step.whom);
    }
  };
  const bool kills = fault.kind == Fault::Kind::kKilledBefore || fault.kind == Fault::Kind::kKilledAfter;
  const rec::Report report = runner.Sync(fault, kills ? ++processes_ : 0);
  runner.meanwhile = nullptr;
  if (tally_ != nullptr && runner.struck()) ++tally_->struck[static_cast<int>(fault.kind)];
  Count(report, from);
  return true;
}

bool Play::PlanAndRun(int who) {
  if (HasTwins(world_)) return false;
  Claim(ComparePlan(StandingOf(who)));
  return true;
}

bool Play::OtherOrder(int n) {
  if (HasTwins(world_) || IsContested(world_)) return false;
  Claim(CompareOrders(StandingOf(0), static_cast<uint32_t>(n) + 1));
  return true;
}

// 11: before or after call `n` of the run that comes next.
bool Play::Cut(int who, int n) {
  if (HasTwins(world_) || IsContested(world_)) return false;
  const Fault fault{n % 2 == 0 ? Fault::Kind::kKilledBefore : Fault::Kind::kKilledAfter, n / 2};
  const End cut = EndOf(StandingOf(who), fault);
  if (!cut.struck) return false;
  Claim(CompareEnds(EndOf(StandingOf(who), {}), cut, fault));
  return true;
}

int Play::CutEverywhere(int who) {
  const End whole = EndOf(StandingOf(who), {});
  int points = 0;
  for (const Fault::Kind kind : {Fault::Kind::kKilledBefore, Fault::Kind::kKilledAfter}) {
    for (int n = 1;; ++n) {
      const Fault fault{kind, n};
      const End cut = EndOf(StandingOf(who), fault);
      if (!cut.struck) break;
      ++points;
      Claim(CompareEnds(whole, cut, fault));
    }
  }
  return points;
}

// 10: right after a whole run another one writes nothing. But for what the guard held in the first: a roster that
// grew by it may let the second do it.
bool Play::Twice(int who) {
  Runner& runner = RunnerOf(who);
  const absl::Duration caught_up =
      world_.teleport.lag == absl::ZeroDuration() ? absl::ZeroDuration() : kListingsCaughtUp;
  world_.teleport.Tick(world_.ServerNow());
  world_.clock.Advance(caught_up);
  const size_t before = world_.entries.size();
  const rec::Report first = runner.Sync();
  Count(first, before);
  if (!first.outcome.ok() || !first.held.empty()) return true;
  for (size_t i = before; i < world_.entries.size(); ++i) {
    const Entry& entry = world_.entries[i];
    // Whoever is taken over keeps his name for that run (R2).
    if (entry.what == Entry::What::kUpdate &&
        LabelOr(entry.user_before->labels, oktasync::labels::kSource).empty()) {
      return true;
    }
  }
  world_.clock.Advance(caught_up);
  const size_t from = world_.entries.size();
  const rec::Report second = runner.Sync();
  Count(second, from);
  const std::string write = FirstWrite(world_.entries, from);
  if (!write.empty()) Claim({"10: the second of two runs writes [" + write + "]"});
  return true;
}

void Play::Settle() {
  world_.ComeToRest();
  for (auto& runner : runners_) runner = nullptr;
  runners_[0] = std::make_unique<Runner>(world_, ++processes_);
  Claim(RunToRest(world_, *runners_[0],
                  [this](const rec::Report& report, size_t from) { Count(report, from); }));
}

std::vector<std::string> Play::All(const History& history, Tally* tally, std::string* record) {
  Play play(SettingsOf(history.settings), tally);
  if (tally != nullptr) ++tally->histories;
  for (const Step& step : history.steps) {
    if (play.Do(step) && tally != nullptr) ++tally->steps;
    if (!play.Broken().empty()) break;
  }
  if (play.Broken().empty()) play.Settle();
  if (record != nullptr) *record = play.Record();
  return play.Broken();
}

}  // namespace history
