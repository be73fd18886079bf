#include "history/processes/play.h"

#include <poll.h>

#include <algorithm>

#include "harness/record_entry.h"
#include "history/compare.h"
#include "history/outcome.h"
#include "history/processes/mirror.h"

namespace history {
namespace {

using harness::Label;
using harness::Lasts;
using nlohmann::json;

json Held(const json& report) {
  return report.is_object() && report.contains("held") ? report["held"] : json::array();
}

bool StoodBy(const Stage::Ended& ended) {
  return ended.report.is_object() && ended.report.value("standby", false);
}

}  // namespace

ProcessPlay::ProcessPlay(const harness::Programs& programs, const Settings& settings, Tally* tally)
    : stage_(programs, settings), settings_(settings), tally_(tally) {
  promises_.source = stage_.source();
  promises_.adopt = settings.adopt;
  promises_.org_url = stage_.org_url();
  promises_.keeps_foreign = true;
  promises_.roles = {kDefaultRole, kEngineerRole};
}

bool ProcessPlay::Do(const Step& step) {
  bool played = false;
  switch (step.kind) {
    case Kind::kSync:
      played = Sync(step);
      break;
    case Kind::kApprove:
      played = ApproveShown();
      break;
    case Kind::kPlan:
      played = PlanAndRun();
      break;
    case Kind::kTwice:
      played = Twice();
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

void ProcessPlay::LookAt(uint64_t from, const Stage::Ended& ended) {
  const Json held = Held(ended.report);
  if (ended.report.is_object()) shown_.assign(held.begin(), held.end());
  const harness::RecordView record = stage_.Since(from);
  if (tally_ == nullptr) return;
  ++tally_->runs;
  for (const Json& write : record.Writes()) {
    const std::string call = write["call"];
    if (call == "CreateUser") tally_->See("users created");
    if (call == "DeleteUser") tally_->See("users deleted");
    if (call == "UpdateUser") {
      tally_->See("users updated");
      if (Label(write["before"], "oktasync/source").empty()) tally_->See("people taken over");
    }
    if (call != "UpsertLock") continue;
    const Json& lock = write["after"];
    if (!Lasts(lock, write["at"])) {
      tally_->See("locks lifted");
    } else {
      tally_->See((Label(lock, "oktasync/purpose") + " locks").c_str());
      if (!Label(lock, "oktasync/held").empty()) tally_->See("locks beyond the limit");
      if (!Label(lock, "oktasync/approval").empty()) tally_->See("locks approved");
    }
  }
  if (StoodBy(ended)) tally_->See("runs left to another");
  for (const Json& set : held) tally_->SeeHeld(set["kind"], set["people"].size());
}

bool ProcessPlay::Sync(const Step& step) {
  const Ordered ordered = Order(step);
  const uint64_t from = stage_.RecordEnd();
  bool struck = false;
  if (ordered.two) {
    auto [one, two] = stage_.RunTwo();
    if (StoodBy(two)) std::swap(one, two);
    LookAt(stage_.RecordEnd(), two);
    LookAt(from, one);  // whoever wrote
    struck = true;
  } else {
    const Stage::Ended ended = stage_.RunWith(ordered.blow);
    LookAt(from, ended);
    struck = ended.struck;
    // The dead one's lease ends by itself after its term; here at once.
    if (ended.Killed()) stage_.Auth("drop_lease");
  }
  struck = EndFaults(ordered) || struck || ordered.happened || !ordered.hidden.empty();
  if (tally_ != nullptr && !ordered.none && struck) ++tally_->struck[step.what % kFaultKinds];
  return true;
}

Stage::Ended ProcessPlay::Approve(const Json& set) {
  std::vector<Json> sets = {set};
  Stage::Ended ended;
  // What is held once that is let through is approved with it.
  for (int more = 0; more < 4; ++more) {
    std::vector<std::string> words;
    for (const Json& approved : sets)
      words.insert(words.end(), {"--approve", approved["digest"].get<std::string>()});
    const uint64_t from = stage_.RecordEnd();
    ended = stage_.Run(words);
    LookAt(from, ended);
    const Json held = Held(ended.report);
    const Json used = ended.report.is_object() ? ended.report.value("approvals_used", Json::array()) : Json();
    const auto is_used = [&](const Json& one) {
      return std::find(used.begin(), used.end(), one["digest"]) != used.end();
    };
    for (const Json& approved : sets) {
      if (is_used(approved)) promises_.Approve(approved, {from, stage_.RecordEnd()});
    }
    if (tally_ != nullptr) tally_->See("sets approved", used.size());
    if (held.empty() || is_used(set)) break;
    sets.push_back(held.front());
  }
  return ended;
}

bool ProcessPlay::ApproveShown() {
  const std::vector<Json> sets = shown_;
  for (const Json& set : sets) Approve(set);
  return !sets.empty();
}

// 12: a plan names exactly the writes that a run on the same snapshot makes, in order for each Okta id. At rest: a fault
// may have struck the call that gave a lease back, and then the run would be left to nobody until that ends.
bool ProcessPlay::PlanAndRun() {
  const World world = Mirror(stage_, settings_);
  if (HasTwins(world)) return false;
  stage_.Auth("lag", {{"seconds", 0}});
  stage_.Auth("drop_lease");
  const uint64_t from = stage_.RecordEnd();
  const Stage::Ended plan = stage_.Plan();
  if (!stage_.Since(from).Writes().empty()) broken_.push_back("12: a plan wrote");
  const uint64_t planned = stage_.RecordEnd();
  const Stage::Ended run = stage_.Run();
  LookAt(planned, run);
  if (!plan.report.is_object() || !run.report.is_object()) return true;
  const auto says = harness::PlannedById(plan.report);
  const auto does = stage_.Since(planned).WritesById();
  if (says != does) {
    broken_.push_back("12: the plan names " + Json(says).dump() + " and the run (exit " +
                      std::to_string(run.exit_code) + ") did " + Json(does).dump() + "\n" +
                      run.report.dump().substr(0, 3000));
  }
  return true;
}

// 10: right after a whole run another one writes nothing, unless the first held something or took somebody over.
bool ProcessPlay::Twice() {
  const uint64_t from = stage_.RecordEnd();
  const Stage::Ended first = stage_.Run();
  LookAt(from, first);
  if (first.exit_code != 0 || !Held(first.report).empty()) return true;
  for (const Json& write : stage_.Since(from).Writes()) {
    if (write["call"] == "UpdateUser" && Label(write["before"], "oktasync/source").empty()) return true;
  }
  ::poll(nullptr, 0, 1100);  // listings may lag by a second
  const uint64_t between = stage_.RecordEnd();
  const Stage::Ended second = stage_.Run();
  LookAt(between, second);
  const std::vector<Json> writes = stage_.Since(between).Writes();
  if (!writes.empty()) broken_.push_back("10: the second of two runs writes " + writes.front().dump());
  return true;
}

void ProcessPlay::Settle() {
  stage_.Okta("clear_faults");
  stage_.Auth("clear_faults");
  stage_.Auth("drop_lease");
  stage_.Auth("lag", {{"seconds", 0}});
  stage_.Try("okta", "restore_attribute", {{"name", "department"}, {"from", "both"}});
  for (const auto& [place, id] : ids_) stage_.Try("okta", "unhide", {{"id", id}});
  for (const char* role : {kDefaultRole, kEngineerRole}) stage_.Auth("put_role", {{"name", role}});
  constexpr int kMostRounds = 8;
  for (int round = 0;; ++round) {
    const uint64_t from = stage_.RecordEnd();
    const Stage::Ended ended = stage_.Run();
    LookAt(from, ended);
    if (ended.exit_code == 1 || !ended.report.is_object()) {
      broken_.push_back("8: a run without any fault failed: " + ended.report.dump().substr(0, 2000));
      return;
    }
    const bool wrote = !stage_.Since(from).Writes().empty();
    const bool approved = ApproveShown();
    if (!wrote && !approved) break;
    if (round == kMostRounds) {
      broken_.push_back("8: after " + std::to_string(kMostRounds) +
                        " runs with all approvals there is still something to do");
      return;
    }
  }
  for (const std::string& sentence : NotAsItShould(Mirror(stage_, settings_)))
    broken_.push_back("8: " + sentence);
}

std::vector<std::string> ProcessPlay::Broken() const {
  harness::Promises promises = promises_;
  // The larger of the settings' number and a tenth of all who were ever there: no history takes 24 hours.
  promises.LimitRemovals(std::max<size_t>(settings_.guard_least, (generations_.size() + 9) / 10));
  std::vector<std::string> all = harness::BrokenInvariants(stage_.Since(0).entries(), promises);
  all.insert(all.end(), stage_.odd().begin(), stage_.odd().end());
  all.insert(all.end(), broken_.begin(), broken_.end());
  return all;
}

std::string ProcessPlay::Record(size_t most) const {
  std::vector<std::string> lines;
  const harness::RecordView record = stage_.Since(0);
  for (Json entry : record.entries()) {
    if (entry["kind"] != "write" && entry["kind"] != "event" && entry["kind"] != "kill") continue;
    for (const char* side : {"before", "after"}) {
      if (entry.contains(side) && entry[side].is_object()) entry[side].erase("traits");
    }
    lines.push_back(entry.dump());
  }
  std::string words;
  for (size_t i = lines.size() - std::min(most, lines.size()); i < lines.size(); ++i)
    words += lines[i] + "\n";
  return words;
}

std::vector<std::string> ProcessPlay::All(const harness::Programs& programs, const History& history,
                                          Tally* tally, std::string* record) {
  ProcessPlay play(programs, SettingsOf(history.settings), tally);
  if (tally != nullptr) ++tally->histories;
  for (const Step& step : history.steps) {
    if (play.Do(step) && tally != nullptr) ++tally->steps;
  }
  play.Settle();
  if (record != nullptr) *record = play.Record();
  return play.Broken();
}

}  // namespace history
