#include "reconcile/run_context.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::reconcile {
namespace {

// So many changes in a row that could not reach Teleport are Teleport's failure, not those people's.
constexpr int kUnreachableInARow = 8;

// A refusal that concerns one record: it turned out to be somebody else's between our read and our write.
bool IsAboutOneRecord(const absl::Status& status) {
  return Message(status).find("Okta service may only") != std::string::npos;
}

}  // namespace

void ReportBuilder::Add(Outcome outcome, std::string_view okta_id, std::string_view name,
                        std::string reason) {
  std::lock_guard lock(mutex_);
  ++counts_[std::string(ToString(outcome))];
  lines_.push_back({outcome, std::string(okta_id), std::string(name), std::move(reason)});
}

void ReportBuilder::Count(const std::string& what, uint64_t by) {
  std::lock_guard lock(mutex_);
  counts_[what] += by;
}

void ReportBuilder::Notice(std::string text) {
  std::lock_guard lock(mutex_);
  for (const std::string& known : notices_) {
    if (known == text) return;
  }
  notices_.push_back(std::move(text));
}

uint64_t ReportBuilder::CountOf(const std::string& what) const {
  std::lock_guard lock(mutex_);
  const auto it = counts_.find(what);
  return it == counts_.end() ? 0 : it->second;
}

uint64_t ReportBuilder::CountOf(Outcome outcome) const { return CountOf(std::string(ToString(outcome))); }

void ReportBuilder::Used(const std::string& digest) {
  std::lock_guard lock(mutex_);
  if (std::find(used_.begin(), used_.end(), digest) == used_.end()) used_.push_back(digest);
}

void ReportBuilder::Finish(Report* report) {
  std::lock_guard lock(mutex_);
  report->counts = std::move(counts_);
  report->lines = std::move(lines_);
  report->notices = std::move(notices_);
  report->approvals_used = std::move(used_);
}

const Approval* RunContext::Approved(HeldKind kind, const HeldItem& item) {
  for (const Approval& approval : approvals.list()) {
    if (approval.kind != kind || !approval.Covers(item)) continue;
    if (!locks.EndedUnder(item.okta_id, item.name, approval.mark())) return &approval;
    std::lock_guard lock(mutex_);
    ++came_back_[approval.digest];
  }
  return nullptr;
}

void RunContext::TookName(std::string_view okta_id, std::string_view name) {
  for (const Approval& approval : approvals.list()) {
    if (approval.kind != HeldKind::kQuarantine && approval.kind != HeldKind::kHandover) continue;
    for (const HeldItem& item : approval.items) {
      if (item.okta_id == okta_id && FoldCase(item.what) == FoldCase(name)) report.Used(approval.digest);
    }
  }
}

void RunContext::TellOfSpent() {
  std::map<std::string, uint64_t> came_back;
  {
    std::lock_guard lock(mutex_);
    came_back.swap(came_back_);
  }
  for (const auto& [digest, people] : came_back) {
    TellSpent(digest, std::to_string(people) + (people == 1 ? " person who has" : " people who have") +
                          " come back since");
  }
}

void RunContext::TellSpent(const std::string& digest, const std::string& for_whom) {
  report.Notice("the approval " + digest + " was carried out already for " + for_whom +
                "; it holds once. Make a new plan, look at it, and approve that");
}

void RunContext::RoleWaits(const std::string& role, std::string why) {
  {
    std::lock_guard lock(mutex_);
    if (!waiting_roles_.insert(role).second) return;
  }
  report.Notice(std::move(why));
}

void RunContext::RoleMissing(const std::string& role) {
  RoleWaits(role,
            "the role " + role +
                " does not exist in Teleport, so creates and updates that need it wait (removals go on). "
                "Create it: printf 'kind: role\\nversion: v7\\nmetadata:\\n  name: " +
                role +
                "\\nspec: {}\\n' | tctl create -f   or name another role in the configuration (users). "
                "(okta-requester is a preset of Teleport Enterprise only.)");
}

bool RunContext::RoleExists(const std::string& role) {
  {
    std::lock_guard lock(mutex_);
    const auto known = role_exists_.find(role);
    if (known != role_exists_.end()) return known->second;
  }
  const bool exists = target->GetRole(role, cancel).status().code() != absl::StatusCode::kNotFound;
  std::lock_guard lock(mutex_);
  return role_exists_[role] = exists;
}

void RunContext::ChangesWait(std::string what, std::string why) {
  {
    std::lock_guard lock(mutex_);
    if (changes_wait_.empty()) changes_wait_ = std::move(what);
  }
  report.Notice(std::move(why));
}

bool RunContext::ChangesAllWait() const {
  std::lock_guard lock(mutex_);
  return !changes_wait_.empty();
}

std::string RunContext::WaitsFor(const std::vector<std::string>& roles) const {
  std::lock_guard lock(mutex_);
  if (!changes_wait_.empty()) return changes_wait_;
  for (const std::string& role : roles) {
    if (waiting_roles_.contains(role)) return "the role " + role;
  }
  return {};
}

void RunContext::Fail(const absl::Status& status) {
  {
    std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = status;
  }
  cancel.Request();
}

absl::Status RunContext::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void RunContext::PersonFailed(std::string_view okta_id, std::string_view name, std::string_view what,
                              const absl::Status& status) {
  if (status.code() == absl::StatusCode::kCancelled || cancel.requested()) return;
  const absl::Status told = Annotate(status, std::string(what) + " " + std::string(name));
  switch (status.code()) {
    case absl::StatusCode::kPermissionDenied:
      if (IsAboutOneRecord(status)) break;
      Fail(told);
      break;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kAborted:  // the lease
      Fail(told);
      break;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      if (unreachable_.fetch_add(1) + 1 >= kUnreachableInARow)
        Fail(Annotate(told, "Teleport is out of reach"));
      break;
    default:
      break;
  }
  report.Add(Outcome::kFailed, okta_id, name,
             std::string(what) + ": " + Message(status) + "; the next run tries again");
}

}  // namespace oktasync::reconcile
