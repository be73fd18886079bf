#include "history/compare.h"

#include <algorithm>
#include <map>

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

std::string InWords(const std::map<std::string, std::string>& writes) {
  std::string all;
  for (const auto& [id, list] : writes) all += "    " + id + ": " + list + "\n";
  return all;
}

// A copy in which another process can take the lease at once, and whose listings show all that was written.
World CopyAtRest(const World& world) {
  World copy = world;
  copy.entries.clear();
  copy.teleport.leases.clear();
  copy.teleport.Tick(copy.ServerNow());
  copy.clock.Advance(kListingsCaughtUp);
  return copy;
}

void Append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
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

bool HasTwins(const World& world) {
  std::map<std::string, int> names;
  for (const auto& [name, user] : world.teleport.users.Fresh()) {
    if (++names[oktasync::FoldCase(name)] > 1) return true;
  }
  return false;
}

bool IsContested(const World& world) {
  std::map<std::string, int> claims;
  for (const auto& [id, person] : world.okta.people) {
    if (WhatSays(person) == Says::kPresent && ++claims[oktasync::FoldCase(person.user_name)] > 1) return true;
  }
  return false;
}

std::vector<std::string> ComparePlan(const Standing& standing) {
  std::vector<std::string> wrong;
  const auto try_on = [&](World copy, bool plan) {
    copy.settings.keep_entries = true;
    Runner runner(copy, ++standing.processes);
    Runner::Memory memory = standing.memory;
    memory.number = standing.processes;
    memory.approvals.clear();  // a plan is made without
    runner.set_memory(std::move(memory));
    const rec::Report report = plan ? runner.Plan() : runner.Sync();
    Append(wrong, copy.invariants.broken());
    return plan ? WritesById(report.writes) : WritesById(copy.entries);
  };
  const World rest = CopyAtRest(standing.world);
  const std::string planned = try_on(rest, true);
  const std::string done = try_on(rest, false);
  if (planned != done) wrong.push_back("12: the plan names\n" + planned + "  and the run did\n" + done);
  return wrong;
}

std::vector<std::string> CompareOrders(const Standing& standing, uint32_t order) {
  std::vector<std::string> wrong;
  const auto try_on = [&](World copy, uint32_t its_order, size_t page_size) {
    copy.okta.order = its_order;
    copy.settings.page_size = page_size;
    Runner runner(copy, ++standing.processes);
    const rec::Report report = runner.Sync();
    Append(wrong, copy.invariants.broken());
    std::vector<std::string> held;
    for (const rec::HeldSet& set : report.held) held.push_back(set.digest);
    std::sort(held.begin(), held.end());
    std::string key = OutcomeKey(copy);
    for (const std::string& digest : held) key += "held " + digest + "\n";
    return key;
  };
  const World rest = CopyAtRest(standing.world);
  const std::string one = try_on(rest, 0, 2);
  const std::string other = try_on(rest, order, 7);
  if (one != other) {
    wrong.push_back("12: with the rows in another order a run does something else:\n" + one + "---\n" +
                    other);
  }
  return wrong;
}

std::vector<std::string> RunToRest(World& world, Runner& runner, const Look& look) {
  // A swap takes two runs, one behind a leaver whose name is wanted three.
  constexpr int kMostRuns = 8;
  for (int i = 0;; ++i) {
    // Plans are told apart by their second.
    world.clock.Advance(absl::Seconds(2));
    const size_t from = world.entries.size();
    const rec::Report report = runner.Sync();
    if (look) look(report, from);
    if (!world.invariants.broken().empty()) return world.invariants.broken();
    if (!report.outcome.ok()) {
      return {"8: a run without any fault failed: " + oktasync::Describe(report.outcome)};
    }
    const bool wrote = !FirstWrite(world.entries, from).empty();
    const size_t approved = runner.ApproveShown();
    if (!wrote && approved == 0) break;
    if (i == kMostRuns) {
      return {"8: after " + std::to_string(kMostRuns) +
              " runs with all approvals there is still something to do"};
    }
  }
  std::vector<std::string> wrong;
  for (const std::string& sentence : NotAsItShould(world)) wrong.push_back("8: " + sentence);
  return wrong;
}

End EndOf(const Standing& standing, const Fault& cut) {
  End end;
  World copy = CopyAtRest(standing.world);
  copy.settings.keep_entries = true;
  copy.ShowAllRows();  // else another run would see another Okta
  const absl::Duration begun = copy.clock.SinceBoot();
  {
    Runner runner(copy, ++standing.processes);
    runner.set_memory(standing.memory);
    runner.Sync(cut, ++standing.processes);
    end.struck = runner.struck();
    end.calls = runner.calls();
  }
  copy.ComeToRest();
  Runner successor(copy, ++standing.processes);
  end.broken = RunToRest(copy, successor);
  // What runs out by itself has run out in all ends alike.
  const absl::Duration all_over = begun + 2 * copy.settings.lease_term + absl::Minutes(20);
  copy.clock.Advance(std::max(all_over - copy.clock.SinceBoot(), absl::ZeroDuration()));
  end.outcome = EndKey(copy);
  return end;
}

std::vector<std::string> CompareEnds(const End& whole, const End& cut, const Fault& fault) {
  const std::string where = std::string(ToString(fault.kind)) + " " + std::to_string(fault.n);
  std::vector<std::string> wrong;
  for (const std::string& sentence : whole.broken) wrong.push_back(sentence);
  for (const std::string& sentence : cut.broken)
    wrong.push_back(sentence + " (after a run that was " + where + ")");
  if (wrong.empty() && whole.outcome != cut.outcome) {
    wrong.push_back("11: a run " + where + " ends otherwise than a whole one:\n" + cut.outcome +
                    "--- the whole one:\n" + whole.outcome);
  }
  return wrong;
}

}  // namespace history
