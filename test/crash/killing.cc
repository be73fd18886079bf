#include "crash/killing.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "harness/invariants.h"
#include "harness/record_entry.h"
#include "harness/record_view.h"

namespace crash {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

// Approvals that are given again, one after another: as many as there can be sets.
constexpr int kMostRecoveries = 8;

Strings Digests(const json& report) {
  Strings digests;
  if (!report.is_object()) return digests;
  for (const json& set : report.at("held")) digests.push_back(set["digest"]);
  std::sort(digests.begin(), digests.end());
  return digests;
}

// "CreateUser ada@example.com" → "CreateUser"; "GET /api/v1/apps/0oa…/users" → "GET /api/v1/apps/*/users".
std::string CallOf(const std::string& request) {
  const size_t space = request.find(' ');
  if (request.rfind("GET ", 0) != 0 && request.rfind("POST ", 0) != 0) return request.substr(0, space);
  std::string out;
  for (size_t at = 0; at < request.size();) {
    const size_t slash = std::min(request.find('/', at), request.size());
    const std::string part = request.substr(at, slash - at);
    const bool id = part.size() == 20 && part[0] == '0';  // Okta's ids
    out += id ? "*" : part;
    if (slash < request.size()) out += '/';
    at = slash + 1;
  }
  return out;
}

std::string Difference(const json& wanted, const json& found) {
  std::string text;
  for (const char* what : {"users", "locks"}) {
    for (const auto& [key, value] : wanted[what].items()) {
      const bool there = found[what].contains(key);
      if (!there) text += std::string(what) + " lacks " + key + "; ";
      if (there && found[what][key] != value) {
        text += std::string(what) + " of " + key + ": " + json::diff(value, found[what][key]).dump() + "; ";
      }
    }
    for (const auto& [key, value] : found[what].items()) {
      if (!wanted[what].contains(key)) text += std::string(what) + " has " + key + " besides; ";
    }
  }
  return text;
}

class Day {
 public:
  Day(Yard& yard, const Share& share) : yard_(yard), share_(share) {
    promises_.source = yard.Source();
    promises_.keeps_foreign = true;
    promises_.roles = {"okta-requester"};
  }

  void Play(const Step& step) {
    step_ = &step;
    yard_.Configure(step.guard_least, step.suspended);
    const uint64_t began = yard_.RecordEnd();
    promises_.LimitRemovals(static_cast<size_t>(step.guard_least), began);
    step.events(yard_.world());
    Append(&history_, yard_.RecordSince(began));
    yard_.Save("before");
    known_ = {yard_.World().dump()};

    const bool plain = step.command == "sync" && step.approves.empty() && step.exit_code != 1;
    const json plan = plain ? yard_.Run({"plan"}).report : json();
    command_ = {step.command};
    if (!step.approves.empty()) command_ = {"sync", "--approve", DigestOf(step.approves)};
    const uint64_t run_began = yard_.RecordEnd();
    const Ended run = yard_.Run(command_);
    if (run.exit_code != step.exit_code || (!Daemon() && !run.report.is_object())) {
      throw std::runtime_error("undisturbed, the step \"" + step.title + "\" ended with " +
                               std::to_string(run.exit_code) + ": " + run.err);
    }
    for (const std::string& secret : run.secrets) throw std::runtime_error("15: told is " + secret);
    if (plain && harness::PlannedById(plan) != harness::RecordView(yard_.world(), run_began).WritesById()) {
      throw std::runtime_error("12: in the step \"" + step.title +
                               "\" the plan named other writes: " + plan.dump());
    }
    report_ = run.report;
    state_ = yard_.State();
    held_ = Digests(run.report);
    tally.requests += run.requests;
    const json record = yard_.RecordSince(run_began);
    yard_.Save("after");

    for (const KillPoint& point : Points(run.requests)) Try(point);
    yard_.Restore("after");
    Append(&history_, record);
    for (const std::string& broken : harness::BrokenInvariants(history_, promises_)) {
      throw std::runtime_error("undisturbed, after the step \"" + step.title + "\": " + broken);
    }
    // An approval is given for the day's step, and again after a kill in it.
    for (harness::ApprovedSet& set : promises_.approved)
      set.when.to = std::min(set.when.to, yard_.RecordEnd());
    for (harness::NameGiven& name : promises_.given) name.when.to = std::min(name.when.to, yard_.RecordEnd());
  }

  // 8: at the day's end whoever is present in Okta has a user, and nobody else.
  void CheckEnd() {
    std::vector<std::string> names;
    for (const auto& [name, user] : state_["users"].items()) {
      if (!harness::IsOf(user, promises_.source)) continue;
      names.push_back(name);
      if (user["roles"] != json::array({"okta-requester"}) || user["traits"].empty())
        throw std::runtime_error("8: at the day's end " + name + " is " + user.dump());
    }
    std::sort(names.begin(), names.end());
    if (names != yard_.Present())
      throw std::runtime_error("8: at the day's end there are " + json(names).dump());
  }

  Tally tally;

 private:
  static void Append(json* to, const json& entries) {
    for (const json& entry : entries) to->push_back(entry);
  }

  // Of the only set of that kind that the step before has left held.
  std::string DigestOf(const std::string& kind) {
    for (const json& set : report_.at("held")) {
      if (set["kind"] != kind) continue;
      promises_.Approve(set, {yard_.RecordEnd()});
      return set["digest"];
    }
    throw std::runtime_error("the day has nothing to approve of the kind " + kind);
  }

  // Neighbouring points leave the same worlds, so each worker takes a stretch of them.
  std::vector<KillPoint> Points(uint64_t requests) {
    std::vector<KillPoint> points;
    for (uint64_t number = 1; number <= requests; ++number) {
      points.push_back({number, false});
      points.push_back({number, true});
    }
    // Runs do not ask alike: with several writers, some a little more often.
    if (share_.all) {
      for (uint64_t more = requests + 1; more <= requests + 3; ++more) points.push_back({more, false});
    }
    const uint64_t stretch = (share_.worker + steps_++) % share_.workers;
    const auto edge = [&](uint64_t i) {
      return points.begin() + static_cast<std::ptrdiff_t>(points.size() * i / share_.workers);
    };
    return {edge(stretch), edge(stretch + 1)};
  }

  void Try(const KillPoint& point) {
    yard_.Restore("before");
    const uint64_t began = yard_.RecordEnd();
    const Ended killed = yard_.RunKilled(command_, point);
    where_ = "\"" + step_->title + "\", killed " + (point.after ? "after" : "before") + " request " +
             std::to_string(point.number) + " (" + killed.killed_at + ")";
    for (const std::string& secret : killed.secrets) Wrong("15: told is " + secret);
    if (!killed.killed) {
      ++tally.not_reached;
    } else {
      ++tally.points;
      ++tally.by_call[CallOf(killed.killed_at)];
      if (killed.exit_code != 128 + 9) Wrong("the host ended with " + std::to_string(killed.exit_code));
    }
    yard_.EndLeases();
    harness::Promises promises = promises_;
    const std::string world = yard_.World().dump();
    // A run that was not killed is its own end, and looked at as such.
    if (share_.all || !killed.killed || known_.count(world) == 0) {
      ++tally.restarts;
      const size_t wrong = tally.wrong.size();
      Recover(&promises);
      const json state = yard_.State();
      if (state != state_) Wrong("the end is another one: " + Difference(state_, state));
      CheckStill();
      if (tally.wrong.size() == wrong) known_.insert(world);
    }
    json whole = history_;
    Append(&whole, yard_.RecordSince(began));
    for (const std::string& broken : harness::BrokenInvariants(whole, promises)) Wrong(broken);
    if (!yard_.world().Post("/auth/leases").at("leases").empty()) Wrong("a lease is left");
  }

  bool Daemon() const { return step_->command == "run"; }

  // Invariant 10: one run more writes nothing.
  void CheckStill() {
    const uint64_t began = yard_.RecordEnd();
    ++tally.runs;
    const Ended run = yard_.Run({"sync"});
    if (run.exit_code != step_->exit_code) Wrong("once more it ends with " + std::to_string(run.exit_code));
    for (const json& entry : yard_.RecordSince(began)) {
      if (harness::IsWrite(entry)) Wrong("10: once more it writes " + entry.dump());
    }
  }

  // The admin does what he did again; and approves whatever the day has approved by then and is held once more.
  void Recover(harness::Promises* promises) {
    Strings command = command_;
    for (int i = 0; i < kMostRecoveries; ++i) {
      ++tally.runs;
      const Ended run = yard_.Run(command);
      if (Daemon()) {
        if (run.exit_code != 0) Wrong("started again, it ends with " + std::to_string(run.exit_code));
        return;
      }
      if (!run.report.is_object() || !run.report.contains("held")) {
        // What was approved is not there any more in that form.
        if (command.size() == 1) return Wrong("started again, it says: " + run.err);
        command = {"sync"};
        continue;
      }
      const bool approving = command.size() > 1;
      if (run.exit_code == 1 && !approving && step_->exit_code != 1)
        return Wrong("started again, it failed: " + run.report["error"].dump());
      const Strings held = Digests(run.report);
      if (held == held_) return;
      command = {"sync"};
      for (const json& set : run.report["held"]) {
        const std::string digest = set["digest"];
        if (std::find(held_.begin(), held_.end(), digest) != held_.end()) continue;
        if (step_->approves.empty()) return Wrong("it holds what was not held: " + set.dump());
        promises->Approve(set, {yard_.RecordEnd()});
        command = {"sync", "--approve", digest};
        break;
      }
    }
    Wrong("it does not come to the same end");
  }

  void Wrong(const std::string& what) { tally.wrong.push_back(where_ + ": " + what); }

  Yard& yard_;
  const Share share_;
  const Step* step_ = nullptr;
  harness::Promises promises_;
  json history_ = json::array();  // the record of the undisturbed day so far
  Strings command_;
  json report_;
  json state_;
  Strings held_;
  std::string where_;
  std::set<std::string> known_;  // worlds from which this step comes to its end
  uint64_t steps_ = 0;
};

}  // namespace

Tally KillAllDay(Yard& yard, const std::vector<Step>& day, const Share& share) {
  Day played(yard, share);
  played.tally = {};
  for (const Step& step : day) played.Play(step);
  played.CheckEnd();
  return std::move(played.tally);
}

}  // namespace crash
