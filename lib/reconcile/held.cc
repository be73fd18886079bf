#include "reconcile/held.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "model/user_record.h"
#include "nlohmann/json.hpp"

namespace oktasync::reconcile {
namespace {

using nlohmann::json;
using std::string_view_literals::operator""sv;

// A plan of a million people who all leave.
constexpr JsonLimits kPlanLimits{size_t{256} << 20, 16};

constexpr std::array kKinds = {
    std::pair{"removals"sv, HeldKind::kRemovals},     std::pair{"handover"sv, HeldKind::kHandover},
    std::pair{"quarantine"sv, HeldKind::kQuarantine}, std::pair{"taken"sv, HeldKind::kTaken},
    std::pair{"cleanup"sv, HeldKind::kCleanup},
};

absl::Status Bad(const std::string& what) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "this is not a plan that can be approved: " + what);
}

absl::StatusOr<HeldSet> SetFrom(const json& object) {
  HeldSet set;
  if (!object.is_object()) return Bad("an entry of \"held\" is not an object");
  const std::optional<HeldKind> kind = ParseHeldKind(JsonString(object, "kind"));
  if (!kind)
    return Bad("a held set is of a kind that is not known here: " + Escape(JsonString(object, "kind")));
  set.kind = *kind;
  set.digest = JsonString(object, "digest");
  const auto items = object.find("people");
  if (items == object.end() || !items->is_array()) return Bad("a held set has no list \"people\"");
  for (const json& item : *items) {
    if (!item.is_object()) return Bad("somebody in a held set is not an object");
    set.items.push_back({JsonString(item, "okta_id"), JsonString(item, "name"), JsonString(item, "what")});
  }
  return set;
}

std::string ToText(const ApprovalMark& mark) { return mark.digest + "@" + std::to_string(mark.planned); }

// What is not of that form was written by somebody else and remembers nothing.
std::vector<ApprovalMark> ParseMarks(std::string_view label) {
  std::vector<ApprovalMark> marks;
  for (const std::string& part : SplitList(label)) {
    const size_t at = part.find('@');
    ApprovalMark mark{part.substr(0, at), 0};
    if (at != std::string::npos && absl::SimpleAtoi(part.substr(at + 1), &mark.planned))
      marks.push_back(mark);
  }
  return marks;
}

}  // namespace

std::string_view ToString(HeldKind kind) {
  for (const auto& [word, known] : kKinds) {
    if (known == kind) return word;
  }
  return "unknown";
}

std::optional<HeldKind> ParseHeldKind(std::string_view text) {
  for (const auto& [word, known] : kKinds) {
    if (word == text) return known;
  }
  return std::nullopt;
}

std::string HeldItem::Key() const {
  // Neither an Okta id nor a name holds a NUL.
  std::string key = okta_id;
  for (const std::string* part : {&name, &what}) {
    key += '\0';
    key += *part;
  }
  return key;
}

std::string HeldDigest(const std::string& source, HeldKind kind, const std::vector<HeldItem>& items) {
  if (items.empty()) return {};
  std::vector<std::string> keys;
  keys.reserve(items.size());
  for (const HeldItem& item : items) keys.push_back(item.Key());
  std::sort(keys.begin(), keys.end());
  std::string input = source + '\n' + std::string(ToString(kind));
  for (const std::string& key : keys) {
    input += '\n';
    input += key;
  }
  return Hex(Sha256(input)).substr(0, 16);
}

json ToJson(const HeldSet& set) {
  json people = json::array();
  for (const HeldItem& item : set.items) {
    people.push_back({{"okta_id", item.okta_id}, {"name", item.name}, {"what", item.what}});
  }
  return {{"kind", std::string(ToString(set.kind))},
          {"digest", set.digest},
          {"reason", set.reason},
          {"warning", set.warning},
          {"people", std::move(people)}};
}

Approval ApprovalOf(const HeldSet& set, const std::string& source, absl::Time planned) {
  Approval approval;
  approval.kind = set.kind;
  approval.digest = set.digest;
  approval.source = source;
  approval.planned = planned;
  approval.items = set.items;
  for (const HeldItem& item : set.items) approval.keys.insert(item.Key());
  return approval;
}

absl::StatusOr<Approval> ApprovalFromPlan(std::string_view plan_json, std::string_view digest) {
  const absl::StatusOr<json> plan = ParseJson(plan_json, kPlanLimits);
  if (!plan.ok()) return Bad(Message(plan.status()));
  if (!plan->is_object() || !plan->contains("held") || !plan->at("held").is_array()) {
    return Bad("it has no list \"held\"; save one with `oktasync plan --json`");
  }
  const auto org = plan->find("org");
  const std::string org_id = org != plan->end() && org->is_object() ? JsonString(*org, "id") : std::string();
  const std::string app_id = JsonString(*plan, "app_id");
  if (org_id.empty() || app_id.empty()) return Bad("it does not say which org and app it is for");
  absl::Time planned;
  if (!absl::ParseTime(absl::RFC3339_full, JsonString(*plan, "ended"), &planned, nullptr)) {
    return Bad("it does not say when it was made (\"ended\")");
  }
  const json& held = plan->at("held");
  if (held.empty()) return Bad("nothing is held in it");
  if (digest.empty() && held.size() > 1) {
    return Bad("it holds " + std::to_string(held.size()) + " sets; name one by its digest");
  }
  for (const json& entry : held) {
    OKTASYNC_ASSIGN_OR_RETURN(HeldSet set, SetFrom(entry));
    if (!digest.empty() && set.digest != digest) continue;
    const std::string source = org_id + "/" + app_id;
    if (HeldDigest(source, set.kind, set.items) != set.digest) {
      return Bad("the people in it do not fit the digest " + Escape(set.digest, 64) +
                 "; it was changed after it was made");
    }
    return ApprovalOf(set, source, planned);
  }
  return Bad("no held set in it has the digest " + Escape(digest, 64));
}

absl::Status CheckAge(const Approval& approval, absl::Time now) {
  // A plan from the future would live longer than it should.
  if (approval.planned > now + absl::Minutes(5)) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the plan is dated in the future (" +
                          absl::FormatTime(absl::RFC3339_sec, approval.planned, absl::UTCTimeZone()) +
                          "), or this machine's clock is behind: set it by NTP, or make a new plan here");
  }
  if (now - approval.planned < kApprovalLife) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    "the plan is of " +
                        absl::FormatTime(absl::RFC3339_sec, approval.planned, absl::UTCTimeZone()) +
                        ", older than 24 hours; make a new one, look at it, and approve that");
}

std::string RememberApproval(std::string_view label, const ApprovalMark& mark, absl::Time now) {
  std::string kept;
  for (const ApprovalMark& one : ParseMarks(label)) {
    if (one != mark && now - absl::FromUnixMillis(one.planned) < kApprovalLife) kept += ToText(one) + ",";
  }
  return kept + ToText(mark);
}

bool RemembersApproval(std::string_view label, const ApprovalMark& mark) {
  const std::vector<ApprovalMark> marks = ParseMarks(label);
  return std::find(marks.begin(), marks.end(), mark) != marks.end();
}

}  // namespace oktasync::reconcile
