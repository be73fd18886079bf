#include "history/step.h"

#include <algorithm>

namespace history {
namespace {

struct KindWords {
  const char* code;
  const char* words;
};
constexpr KindWords kWords[] = {
    {"kJoin", "join"},
    {"kUnassign", "unassigned"},
    {"kDeactivate", "deactivated"},
    {"kDelete", "deleted"},
    {"kInactive", "assignment inactive"},
    {"kRename", "rename"},
    {"kCase", "rename, case only"},
    {"kSwap", "swap of names"},
    {"kChain", "chain of names"},
    {"kSuspend", "suspension"},
    {"kUnsuspend", "unsuspension"},
    {"kStatus", "other status"},
    {"kEdit", "profile edit"},
    {"kHideRow", "row hidden or shown"},
    {"kAttribute", "attribute hidden or shown"},
    {"kCrowd", "a crowd comes or leaves"},
    {"kForeignUser", "foreign user"},
    {"kForeignGone", "foreign user gone"},
    {"kForeignLock", "foreign lock"},
    {"kAdminGives", "admin gives a role"},
    {"kRoleGone", "role gone"},
    {"kRoleBack", "role back"},
    {"kMinutes", "minutes pass"},
    {"kHours", "hours pass"},
    {"kLag", "listings lag or not"},
    {"kOrder", "order of rows"},
    {"kSync", "run"},
    {"kApprove", "approval"},
    {"kPlan", "plan and run compared"},
    {"kShuffle", "orders compared"},
    {"kCut", "cut and whole run compared"},
    {"kTwice", "run twice"},
    {"kRestart", "restart"},
};
static_assert(std::size(kWords) == kStepKinds);

constexpr const char* kFaultCode[] = {
    "kNone",          "kPageFails",   "kEmptyList",    "kRowMissing",   "kRowTwice",     "kReadFails",
    "kReadForbidden", "kAppInactive", "kAppImplicit",  "kAppForbidden", "kTeleportRead", "kWriteFails",
    "kWriteRefused",  "kAnswerLost",  "kLoginBetween", "kDudLock",      "kSlow",         "kStop",
    "kKilledBefore",  "kKilledAfter", "kMeanwhile",    "kSlowMeanwhile"};
static_assert(std::size(kFaultCode) == kFaultKinds);

bool Meanwhile(const Step& step) {
  return step.kind == Step::Kind::kSync && (step.what == static_cast<int>(Fault::Kind::kMeanwhile) ||
                                            step.what == static_cast<int>(Fault::Kind::kSlowMeanwhile));
}

}  // namespace

const char* ToString(Step::Kind kind) { return kWords[static_cast<int>(kind)].words; }

Settings SettingsOf(int bits) {
  Settings settings;
  settings.lock_suspended = (bits & 1) != 0;
  settings.adopt = (bits & 2) != 0;
  settings.page_size = static_cast<size_t>(3 - ((bits >> 2) & 1) * 2);  // 3 or 1
  settings.guard_least = (bits & 8) != 0 ? 10 : 3;
  constexpr int kAhead[] = {0, 10, -10, 0};
  settings.server_ahead = absl::Seconds(kAhead[(bits >> 4) & 3]);
  settings.people = (bits & 64) != 0 ? 3 : 8;
  settings.lease_term = (bits & 128) != 0 ? absl::Minutes(10) : absl::Seconds(60);
  return settings;
}

std::string Words(const Step& step) {
  std::string words =
      std::string("{") + kWords[static_cast<int>(step.kind)].code + ", " + std::to_string(step.who) + ", ";
  words += step.kind == Step::Kind::kSync ? std::string("Is(Fault::Kind::") + kFaultCode[step.what] + ")"
                                          : std::to_string(step.what);
  words += ", " + std::to_string(step.n);
  if (Meanwhile(step)) {
    words += std::string(", ") + kWords[static_cast<int>(step.then)].code + ", " + std::to_string(step.whom) +
             ", " + std::to_string(step.into);
  }
  return words + "}";
}

std::string Words(const History& history) {
  std::string words = "Broken(" + std::to_string(history.settings) + ", {\n";
  for (const Step& step : history.steps) words += "    " + Words(step) + ",\n";
  return words + "})\n";
}

std::string NameOf(int number) {
  number %= kNames;
  if (number == 20) return "bot-sync";
  if (number == 21) return "a b@example.com";
  return std::string(number < 10 ? "n" : "N") + std::to_string(number % 10) + "@example.com";
}

void Tally::See(const char* what, uint64_t by) {
  for (auto& [words, count] : seen) {
    if (words == what) {
      count += by;
      return;
    }
  }
  seen.emplace_back(what, by);
}

void Tally::SeeHeld(const std::string& kind, uint64_t people) {
  if (kind == "removals") return See("removals held", people);
  See(kind == "handover"     ? "handovers held"
      : kind == "quarantine" ? "names in quarantine held"
                             : "traits or roles held");
}

void Tally::Add(const Tally& other) {
  histories += other.histories;
  steps += other.steps;
  runs += other.runs;
  for (int i = 0; i < kStepKinds; ++i) played[i] += other.played[i];
  for (int i = 0; i < kFaultKinds; ++i) struck[i] += other.struck[i];
  for (const auto& [words, count] : other.seen) See(words.c_str(), count);
}

uint64_t Tally::Of(const std::string& what) const {
  for (const auto& [words, count] : seen) {
    if (words == what) return count;
  }
  return 0;
}

std::string Tally::Table() const {
  std::string table = std::to_string(histories) + " histories, " + std::to_string(steps) + " steps, " +
                      std::to_string(runs) + " runs\n";
  const auto line = [&](const std::string& what, uint64_t count) {
    table += "  " + what + std::string(std::max<size_t>(34 - std::min<size_t>(what.size(), 33), 1), ' ') +
             std::to_string(count) + "\n";
  };
  table += "events played\n";
  for (int i = 0; i < kStepKinds; ++i) line(kWords[i].words, played[i]);
  table += "faults that struck\n";
  for (int i = 1; i < kFaultKinds; ++i) line(ToString(static_cast<Fault::Kind>(i)), struck[i]);
  table += "what came of it\n";
  std::vector<std::pair<std::string, uint64_t>> sorted = seen;
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [what, count] : sorted) line(what, count);
  return table;
}

std::vector<std::string> Tally::Missing() const {
  std::vector<std::string> missing;
  for (int i = 0; i < kStepKinds; ++i) {
    if (played[i] == 0) missing.emplace_back(kWords[i].words);
  }
  for (int i = 1; i < kFaultKinds; ++i) {
    if (struck[i] == 0) missing.emplace_back(ToString(static_cast<Fault::Kind>(i)));
  }
  for (const char* what : kOutcomes) {
    if (Of(what) == 0) missing.emplace_back(what);
  }
  return missing;
}

}  // namespace history
