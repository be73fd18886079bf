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

// A plan asks nobody whether a name is taken since the listing, so what it names is exact once listings show
// the last writes.
constexpr absl::Duration kListingsCaughtUp = absl::Seconds(2);

// Two users whose names differ in case only: R6 makes none, but a listing that lags may hide the first.
bool HasTwins(const World& world) {
  std::map<std::string, int> names;
  for (const auto& [name, user] : world.teleport.users.Fresh()) {
    if (++names[oktasync::FoldCase(name)] > 1) return true;
  }
  return false;
}

std::string InWords(const std::map<std::string, std::string>& writes) {
  std::string all;
  for (const auto& [id, list] : writes) all += "    " + id + ": " + list + "\n";
  return all;
}

}  // namespace

std::string FirstWrite(const std::vector<Entry>& record, size_t from) {
  const auto write = std::find_if(record.begin() + static_cast<ptrdiff_t>(from), record.end(),
                                  [](const Entry& entry) { return IsWrite(entry); });
  return write == record.end() ? std::string() : Words(*write);
}

std::string WritesById(const std::vector<Entry>& record) {
  std::map<std::string, std::string> writes;
  for (const Entry& entry : record) {
    if (!IsWrite(entry)) continue;
    const auto id = entry.what == Entry::What::kLock
                        ? LabelOr(entry.lock_after->labels, oktasync::labels::kLockOktaUserId)
                    : entry.what == Entry::What::kDelete
                        ? LabelOr(entry.user_before->labels, oktasync::labels::kOktaUserId)
                        : LabelOr(entry.user_after->labels, oktasync::labels::kOktaUserId);
    writes[std::string(id)] += CallOf(entry) + " " + entry.name + "; ";
  }
  return InWords(writes);
}

std::string WritesById(const std::vector<rec::PlannedWrite>& plan) {
  std::map<std::string, std::string> writes;
  for (const rec::PlannedWrite& write : plan) writes[write.okta_id] += write.call + " " + write.name + "; ";
  return InWords(writes);
}

Play::Play(const Settings& settings, Tally* tally) : settings_(settings), tally_(tally), world_(settings) {
  for (auto& runner : runners_) runner = std::make_unique<Runner>(world_, ++processes_);
  generations_.resize(static_cast<size_t>(settings.people));
}

void Play::Claim(bool holds, const std::string& sentence) {
  if (!holds) broken_.push_back(sentence);
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
      played = ComparePlan(step.who);
      break;
    case Kind::kShuffle:
      played = CompareOrders(step.n);
      break;
    case Kind::kTwice:
      played = Twice(step.who);
      break;
    case Kind::kRestart:
      RunnerOf(step.who).Restart(++processes_);
      played = true;
      break;
    default:
      played = step.kind <= Kind::kAttribute || step.kind == Kind::kOrder
                   ? OktaEvent(step.kind, step.who, step.what, step.n)
                   : TeleportEvent(step.kind, step.who, step.what, step.n);
      break;
  }
  if (played && tally_ != nullptr) ++tally_->played[static_cast<int>(step.kind)];
  return played;
}

// Counts what the run did, as the record has it, and what its report shows as held.
void Play::Look(const rec::Report& report, size_t from) {
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
  }
  for (const rec::HeldSet& set : report.held) {
    switch (set.kind) {
      case rec::HeldKind::kRemovals:
        tally_->See("removals held", set.items.size());
        break;
      case rec::HeldKind::kHandover:
        tally_->See("handovers held");
        break;
      case rec::HeldKind::kQuarantine:
        tally_->See("names in quarantine held");
        break;
      default:
        tally_->See("traits or roles held");
        break;
    }
  }
}

bool Play::Sync(const Step& step) {
  const Fault fault{static_cast<Fault::Kind>(step.what % kFaultKinds), step.n};
  Runner& runner = RunnerOf(step.who);
  const size_t from = world_.entries.size();
  runner.meanwhile = [&] {
    if (step.then == Kind::kSync) {
      RunnerOf(step.who + 1).Sync();
    } else if (step.then <= Kind::kAttribute) {
      OktaEvent(step.then, step.whom, step.into, 0);
    } else if (step.then <= Kind::kRoleBack) {
      TeleportEvent(step.then, step.whom, step.into, 0);
    }
  };
  const bool kills = fault.kind == Fault::Kind::kKilledBefore || fault.kind == Fault::Kind::kKilledAfter;
  const rec::Report report = runner.Sync(fault, kills ? ++processes_ : 0);
  runner.meanwhile = nullptr;
  if (tally_ != nullptr && runner.struck()) ++tally_->struck[static_cast<int>(fault.kind)];
  Look(report, from);
  return true;
}

// 12: a plan names exactly the writes that a run on the same snapshot makes, in order per Okta id.
bool Play::ComparePlan(int who) {
  if (HasTwins(world_)) return false;
  const auto try_on = [&](World& copy, bool plan) {
    copy.entries.clear();
    copy.teleport.leases.clear();
    copy.teleport.Tick(copy.ServerNow());
    copy.clock.Advance(kListingsCaughtUp);
    Runner runner(copy, ++processes_);
    Runner::Memory memory = RunnerOf(who).memory();
    memory.number = processes_;
    memory.approvals.clear();  // a plan is made without
    runner.set_memory(std::move(memory));
    const rec::Report report = plan ? runner.Plan() : runner.Sync();
    for (const std::string& sentence : copy.invariants.broken()) Claim(false, sentence);
    return plan ? WritesById(report.writes) : WritesById(copy.entries);
  };
  World plan_world = world_;
  World sync_world = world_;
  const std::string planned = try_on(plan_world, true);
  const std::string done = try_on(sync_world, false);
  Claim(planned == done, "12: the plan names\n" + planned + "  and the run did\n" + done);
  return true;
}

// 12: neither the order of the rows nor the size of a page changes what is decided, but for newcomers who
// claim one name.
bool Play::CompareOrders(int n) {
  if (HasTwins(world_)) return false;
  std::map<std::string, int> claims;
  for (const auto& [id, person] : world_.okta.people) {
    if (WhatSays(person) == Says::kPresent && ++claims[oktasync::FoldCase(person.user_name)] > 1) return false;
  }
  const auto try_on = [&](World copy, uint32_t order, size_t page_size) {
    copy.okta.order = order;
    copy.settings.page_size = page_size;
    copy.teleport.leases.clear();
    copy.teleport.Tick(copy.ServerNow());
    copy.clock.Advance(kListingsCaughtUp);
    Runner runner(copy, ++processes_);
    const rec::Report report = runner.Sync();
    std::vector<std::string> held;
    for (const rec::HeldSet& set : report.held) held.push_back(set.digest);
    std::sort(held.begin(), held.end());
    std::string key = OutcomeKey(copy);
    for (const std::string& digest : held) key += "held " + digest + "\n";
    return key;
  };
  const std::string one = try_on(world_, 0, 2);
  const std::string other = try_on(world_, static_cast<uint32_t>(n) + 1, 7);
  Claim(one == other, "12: with the rows in another order a run does something else:\n" + one + "---\n" + other);
  return true;
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
  Look(first, before);
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
  Look(second, from);
  const std::string write = FirstWrite(world_.entries, from);
  Claim(write.empty(), "10: the second of two runs writes [" + write + "]");
  return true;
}

void Play::Settle() {
  for (auto& [id, person] : world_.okta.people) {
    if (person.hidden) OktaEvent(Kind::kHideRow, id[3] - '0', 0, 0);
  }
  world_.okta.hidden_attributes.clear();
  TeleportEvent(Kind::kRoleBack, 0, 0, 0);
  world_.teleport.lag = absl::ZeroDuration();
  world_.clock.Advance(settings_.lease_term + absl::Minutes(1));
  for (auto& runner : runners_) runner = nullptr;
  runners_[0] = std::make_unique<Runner>(world_, ++processes_);
  // A swap takes two runs, one behind a leaver whose name is wanted three.
  constexpr int kMostRuns = 8;
  for (int i = 0;; ++i) {
    // Plans are told apart by their second.
    world_.clock.Advance(absl::Seconds(2));
    const size_t from = world_.entries.size();
    const rec::Report report = runners_[0]->Sync();
    Look(report, from);
    if (!Broken().empty()) return;
    if (!report.outcome.ok()) {
      return Claim(false, "8: a run without any fault failed: " + oktasync::Describe(report.outcome));
    }
    const bool wrote = !FirstWrite(world_.entries, from).empty();
    const size_t approved = runners_[0]->ApproveShown();
    if (!wrote && approved == 0) break;
    if (i == kMostRuns) {
      return Claim(false, "8: after " + std::to_string(kMostRuns) +
                              " runs with all approvals there is still something to do");
    }
  }
  for (const std::string& sentence : NotAsItShould(world_)) Claim(false, "8: " + sentence);
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
