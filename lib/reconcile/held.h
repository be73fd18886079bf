// What waits for an admin, as sets that can be named, and what an admin has let through (rules R12, R14, R17,
// R19). Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json_fwd.hpp"

namespace oktasync::reconcile {

enum class HeldKind : uint8_t {
  kRemovals,    // leaves and renames beyond the guard's limit (R12)
  kHandover,    // names that pass between living users: one set for each swap, chain or cycle (R19)
  kQuarantine,  // a name whose former holder's certificates may still be alive: one set for each (R17)
  kTaken,       // a trait or role that would be taken from too many: one set for each (R12)
  kCleanup,     // all users of ours, when this sync is being removed
};
std::string_view ToString(HeldKind kind);
std::optional<HeldKind> ParseHeldKind(std::string_view text);

struct HeldItem {
  std::string okta_id;
  std::string name;  // in Teleport now; "" for a newcomer
  std::string what;  // the new name; "trait okta/x" or "role x" with kTaken; "" for a leave

  std::string Key() const;
};

struct HeldSet {
  HeldKind kind = HeldKind::kRemovals;
  std::string digest;   // 16 hex digits over source, kind and items, whatever their order
  std::string reason;   // why it is held, and what to look at
  std::string warning;  // what an approval entails, "" for nothing special
  std::vector<HeldItem> items;
};

std::string HeldDigest(const std::string& source, HeldKind kind, const std::vector<HeldItem>& items);
nlohmann::json ToJson(const HeldSet& set);

// So long after its plan a set may be approved, and the approval used (R14).
inline constexpr absl::Duration kApprovalLife = absl::Hours(24);

// Which approval: of which set, in which plan. The same set may be approved once more, by a later plan. Locks and users
// carry it, so that it is known in every process what an approval has let through; no clocks are compared.
struct ApprovalMark {
  std::string digest;
  int64_t planned = 0;  // the plan's end, Unix milliseconds

  bool empty() const { return digest.empty(); }
  bool operator==(const ApprovalMark&) const = default;
  auto operator<=>(const ApprovalMark&) const = default;
};

// One approved set. Lives in memory only: a crash forgets it, and the admin approves again.
struct Approval {
  HeldKind kind = HeldKind::kRemovals;
  std::string digest;
  std::string source;  // SourceId::Label()
  absl::Time planned;
  std::vector<HeldItem> items;
  absl::flat_hash_set<std::string> keys;  // HeldItem::Key() of each

  bool Covers(const HeldItem& item) const { return keys.contains(item.Key()); }
  ApprovalMark mark() const { return {digest, absl::ToUnixMillis(planned)}; }
};

// From a set that a run of this process has shown in its report.
Approval ApprovalOf(const HeldSet& set, const std::string& source, absl::Time planned);

// From a saved plan: the JSON document of a report. `digest` names the set; "" when the plan has only one.
// kInvalidArgument with what is wrong: not a report, no such set, or a set that its digest does not fit.
absl::StatusOr<Approval> ApprovalFromPlan(std::string_view plan_json, std::string_view digest);

// OK while the approval may be used.
absl::Status CheckAge(const Approval& approval, absl::Time now);

// What a user's label oktasync/taken remembers: "digest@planned", comma separated. An approval to take a trait or a role
// away holds once, and there is no lock to remember that one. With each more those are left out that have run out.
std::string RememberApproval(std::string_view label, const ApprovalMark& mark, absl::Time now);
bool RemembersApproval(std::string_view label, const ApprovalMark& mark);

// Those that a run was given. Immutable.
class Approvals {
 public:
  Approvals() = default;
  explicit Approvals(std::vector<Approval> list) : list_(std::move(list)) {}

  const std::vector<Approval>& list() const { return list_; }
  bool empty() const { return list_.empty(); }

 private:
  std::vector<Approval> list_;
};

}  // namespace oktasync::reconcile
