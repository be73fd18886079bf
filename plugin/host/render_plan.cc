#include <map>
#include <set>

#include "base/text.h"
#include "render.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kMaxValue = 512;

// Why each person is in the plan, by Okta id; of several outcomes the one that says most: who is renamed is
// created, too.
std::map<std::string, std::string> Reasons(const ReportView& plan) {
  std::map<std::string, std::string> reasons;
  for (const char* outcome : {"renamed", "adopted", "removed", "locked", "lifted", "created", "updated"}) {
    const auto people = plan.people.find(outcome);
    if (people == plan.people.end()) continue;
    for (const ReportView::Person& person : people->second) reasons.emplace(person.okta_id, person.reason);
  }
  return reasons;
}

std::string FieldName(const std::string& field) {
  constexpr std::string_view kTrait = "trait ";
  return Escape(field.rfind(kTrait, 0) == 0 ? std::string_view(field).substr(kTrait.size()) : field, 256);
}

std::string Value(const std::string& value) { return value.empty() ? "(nothing)" : Escape(value, kMaxValue); }

class PlanText {
 public:
  PlanText(const ReportView& plan, const RenderOptions& options)
      : plan_(plan), options_(options), reasons_(Reasons(plan)) {
    for (const ReportView::Write& write : plan.writes) {
      if (write.call == "delete user") deleted_.insert(Key(write));
    }
  }

  std::string Writes() {
    for (const ReportView::Write& write : plan_.writes) Add(write);
    for (const auto& [call, total] : plan_.writes_total) {
      const uint64_t shown = shown_[call];
      if (shown < total)
        out_ += "… and " + Grouped(total - shown) + " more: " + Escape(call, 32) + "; --json has all\n";
    }
    return out_;
  }

 private:
  void Add(const ReportView::Write& write) {
    ++shown_[write.call];
    if (write.call == "create user") {
      Head("+", "create", write);
      Reason(write);
      // What a new user gets is long and much alike.
      if (options_.verbose) Changes(write);
    } else if (write.call == "update user") {
      Head("~", "update", write);
      Reason(write);
      Changes(write);
    } else if (write.call == "lock" && deleted_.contains(Key(write))) {
      locked_.insert(Key(write));  // the delete follows
      Head("-", "remove", write, ": lock, then delete");
      Reason(write);
    } else if (write.call == "delete user") {
      if (locked_.contains(Key(write))) return;
      Head("-", "remove", write, ": delete; a lock is in force already");
      Reason(write);
    } else {
      Head(write.call == "lock" ? "-" : write.call == "lift lock" ? "+" : "~", write.call, write);
      Reason(write);
      if (options_.verbose) Changes(write);
    }
  }

  static std::string Key(const ReportView::Write& write) { return write.okta_id + " " + write.name; }

  void Head(std::string_view sign, std::string_view verb, const ReportView::Write& write,
            std::string_view how = "") {
    const Color color = sign == "+" ? Color::kGreen : sign == "-" ? Color::kRed : Color::kBlue;
    out_ += Paint(std::string(sign) + " " + Escape(verb, 32), color, options_.color) + " " +
            RenderPerson(write.name, write.okta_id) + std::string(how) + "\n";
  }

  void Reason(const ReportView::Write& write) {
    const auto reason = reasons_.find(write.okta_id);
    if (reason == reasons_.end() || reason->second.empty()) return;
    out_ += "    " + Paint(Escape(reason->second, 1024), Color::kDim, options_.color) + "\n";
  }

  void Changes(const ReportView::Write& write) {
    for (const ReportView::Change& change : write.changes) {
      out_ += "    " + FieldName(change.field) + ": " + Value(change.before) + " -> " + Value(change.after) +
              "\n";
    }
  }

  const ReportView& plan_;
  const RenderOptions& options_;
  const std::map<std::string, std::string> reasons_;
  std::set<std::string> deleted_;
  std::set<std::string> locked_;
  std::map<std::string, uint64_t> shown_;
  std::string out_;
};

std::string Totals(const ReportView& plan) {
  const auto total = [&](const char* call) {
    const auto it = plan.writes_total.find(call);
    return it == plan.writes_total.end() ? uint64_t{0} : it->second;
  };
  const uint64_t removals = total("delete user");
  const uint64_t locks = total("lock") > removals ? total("lock") - removals : 0;
  std::string out = Grouped(total("create user")) + " to create, " + Grouped(total("update user")) +
                    " to update, " + Grouped(removals) + " to remove";
  if (locks != 0) out += ", " + Grouped(locks) + " to lock";
  if (total("lift lock") != 0) out += ", " + Counted(total("lift lock"), "lock to lift", "locks to lift");
  if (plan.TotalHeld() != 0) out += ", " + Grouped(plan.TotalHeld()) + " held";
  if (plan.Count("conflict") != 0) out += ", " + Counted(plan.Count("conflict"), "conflict", "conflicts");
  return out;
}

}  // namespace

std::string RenderPlan(const ReportView& plan, const RenderOptions& options) {
  std::string out = RenderHead("Plan", plan, options);
  if (!plan.writes.empty()) out += "\n" + PlanText(plan, options).Writes();
  out += RenderTroubles(plan, options);
  out += RenderNotices(plan, options);
  out += RenderHeld(plan, options);
  out += RenderRateAndStages(plan, options);
  out += RenderError(plan, options);
  if (!plan.ok) {
    return out + "\n" + Paint("No plan", Color::kRed, options.color) +
           ": it stopped before everything was looked at. A plan writes nothing.\n";
  }
  out += "\n" + Paint("Plan:", Color::kBold, options.color) + " " + Totals(plan) + "; " +
         Grouped(plan.Count("unchanged")) + " unchanged of " + Grouped(plan.Count("seen")) +
         " seen. A plan writes nothing.\n";
  return out;
}

}  // namespace oktasync::host
