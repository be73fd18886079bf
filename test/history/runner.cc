#include "history/runner.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "history/adapters.h"
#include "model/source_id.h"
#include "reconcile/run.h"

namespace history {

namespace rec = oktasync::reconcile;

const char* ToString(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::kNone:
      return "no fault";
    case Fault::Kind::kPageFails:
      return "a page fails";
    case Fault::Kind::kEmptyList:
      return "empty list";
    case Fault::Kind::kRowMissing:
      return "a row is skipped";
    case Fault::Kind::kRowTwice:
      return "a row comes twice";
    case Fault::Kind::kReadFails:
      return "a single read fails";
    case Fault::Kind::kReadForbidden:
      return "a single read is refused";
    case Fault::Kind::kAppInactive:
      return "app inactive";
    case Fault::Kind::kAppImplicit:
      return "app assigns implicitly";
    case Fault::Kind::kAppForbidden:
      return "app refused";
    case Fault::Kind::kTeleportRead:
      return "a read of Teleport fails";
    case Fault::Kind::kWriteFails:
      return "a write fails";
    case Fault::Kind::kWriteRefused:
      return "a write is refused for now";
    case Fault::Kind::kAnswerLost:
      return "an answer is lost";
    case Fault::Kind::kLoginBetween:
      return "a login writes between";
    case Fault::Kind::kDudLock:
      return "a lock never in force";
    case Fault::Kind::kSlow:
      return "a slow call";
    case Fault::Kind::kStop:
      return "told to stop";
    case Fault::Kind::kKilledBefore:
      return "killed before a call";
    case Fault::Kind::kKilledAfter:
      return "killed after a call";
    case Fault::Kind::kMeanwhile:
      return "something happens meanwhile";
    case Fault::Kind::kSlowMeanwhile:
      return "something happens in a slow call";
  }
  return "?";
}

Runner::Runner(World& world, int number)
    : world_(world),
      options_([&] {
        rec::Options options = OptionsFor(world.settings);
        options.locks.sleep = [&world](const oktasync::Cancel& cancel, absl::Duration by) {
          world.clock.Advance(by);
          return !cancel.requested();
        };
        return options;
      }()),
      corrected_(world.clock) {
  gate_ = std::make_unique<Gate>(world_, [this](const std::string& about) {
    if (meanwhile) meanwhile(about);
  });
  source_ = std::make_unique<Source>(*gate_);
  target_ = std::make_unique<Target>(*gate_);
  Start(number);
}

Runner::~Runner() = default;

void Runner::Start(int number) {
  memory_ = {};
  memory_.number = number;
  memory_.whole_walk_at = world_.clock.SinceBoot();
  lease_ = std::make_unique<rec::LeaseSlot>();
  gate_->Begin(number, 0, {}, nullptr);
  Entry entry;
  entry.what = Entry::What::kStart;
  entry.process = number;
  world_.Note(std::move(entry));
}

rec::Report Runner::Execute(rec::RunKind kind) {
  Entry begin;
  begin.what = Entry::What::kBegin;
  begin.process = memory_.number;
  begin.run = gate_->run();
  begin.plan = kind == rec::RunKind::kPlan;
  begin.lags = world_.teleport.lag > absl::ZeroDuration();
  world_.Note(std::move(begin));

  rec::RunInput input;
  input.org_id = memory_.org_id;
  input.overdue = world_.clock.SinceBoot() - memory_.whole_walk_at > options_.alarm_after;
  if (kind == rec::RunKind::kSync) {
    std::erase_if(memory_.approvals, [&](const rec::Approval& approval) {
      return !rec::CheckAge(approval, corrected_.Now()).ok();
    });
    input.approvals = memory_.approvals;
  }
  oktasync::Cancel cancel;
  gate_->set_cancel(&cancel);
  rec::RunProgress progress;
  rec::Report report;
  {
    rec::Run run(kind, options_, *source_, *target_, corrected_, oktasync::NullLog(), cancel, progress,
                 *lease_, std::move(input));
    report = run.Execute();
  }
  gate_->set_cancel(nullptr);
  struck_ = gate_->struck();
  calls_ = gate_->calls();

  Entry end;
  end.what = Entry::What::kEnd;
  end.process = memory_.number;
  end.run = gate_->run();
  end.good = kind == rec::RunKind::kSync && report.outcome.ok() && !gate_->killed();
  world_.Note(std::move(end));
  return report;
}

rec::Report Runner::Sync(const Fault& fault, int successor) {
  gate_->Begin(memory_.number, ++world_.runs, fault, nullptr);
  rec::Report report = Execute(rec::RunKind::kSync);
  if (gate_->killed()) {
    Start(successor);
    return report;
  }
  // What LoopImpl::OneRun does.
  if (memory_.org_id.empty() && report.outcome.ok()) memory_.org_id = report.org_id;
  if (report.walk_whole) memory_.whole_walk_at = world_.clock.SinceBoot();
  const auto key = [](const rec::Approval& approval) {
    return approval.digest + "/" + std::to_string(absl::ToUnixSeconds(approval.planned));
  };
  for (const rec::Approval& approval : memory_.approvals) {
    const auto& over = report.approvals_over;
    if (std::find(over.begin(), over.end(), approval.digest) != over.end())
      memory_.spent.insert(key(approval));
  }
  std::erase_if(memory_.approvals,
                [&](const rec::Approval& approval) { return memory_.spent.contains(key(approval)); });
  if (world_.settings.frozen) memory_.spent.clear();
  if (!report.standby) {
    memory_.shown = report.held;
    memory_.shown_at = report.ended;
    memory_.source = oktasync::SourceId{report.org_id, report.app_id}.Label();
  }
  return report;
}

rec::Report Runner::Plan() {
  gate_->Begin(memory_.number, ++world_.runs, {}, nullptr);
  return Execute(rec::RunKind::kPlan);
}

size_t Runner::ApproveShown() {
  size_t count = 0;
  for (const rec::HeldSet& set : memory_.shown) {
    rec::Approval approval = rec::ApprovalOf(set, memory_.source, memory_.shown_at);
    if (!rec::CheckAge(approval, corrected_.Now()).ok()) continue;
    const std::string key = approval.digest + "/" + std::to_string(absl::ToUnixSeconds(approval.planned));
    if (memory_.spent.contains(key)) continue;
    std::erase_if(memory_.approvals, [&](const auto& known) { return known.digest == approval.digest; });
    memory_.approvals.push_back(std::move(approval));
    ++count;
    Entry entry;
    entry.what = Entry::What::kApproval;
    entry.process = memory_.number;
    entry.approval = std::make_shared<const rec::HeldSet>(set);
    entry.began_boot = world_.clock.SinceBoot() - (corrected_.Now() - memory_.shown_at);
    world_.Note(std::move(entry));
  }
  return count;
}

void Runner::GiveBackLease() {
  oktasync::Cancel never;
  gate_->Begin(memory_.number, 0, {}, nullptr);
  lease_->Release(never);
}

void Runner::Restart(int number) {
  GiveBackLease();
  Start(number);
}

std::string Runner::StateKey() const {
  std::string key = memory_.org_id + "|";
  for (const rec::Approval& approval : memory_.approvals) key += approval.digest + ",";
  key += "|";
  for (const std::string& spent : memory_.spent) key += spent + ",";
  key += "|";
  for (const rec::HeldSet& set : memory_.shown) key += set.digest + ",";
  return key;
}

}  // namespace history
