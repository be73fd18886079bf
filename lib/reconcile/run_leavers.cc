// The end of a run: who has left, the guard, proof, removal (rules R12, R13).
#include <algorithm>
#include <memory>

#include "base/status.h"
#include "base/text.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {
namespace {

// At half of a usual window of Okta's, about four minutes.
constexpr size_t kMostReadsOfHeld = 2000;

}  // namespace

bool Run::Leaves(Roster::Index entry) const {
  if (roster_.Has(entry, Roster::kDone)) return false;
  return !roster_.Has(entry, Roster::kSeen) || roster_.Has(entry, Roster::kGoneRow);
}

absl::Status Run::Leavers() {
  Enter("leavers");
  const absl::Time window = clock_.Now() - options_.guard.window;
  std::vector<Leaver> leavers;
  GuardInput input;
  absl::flat_hash_set<std::string> uncounted;
  for (Roster::Index i = 0; i < roster_.size(); ++i) {
    if (!Leaves(i)) continue;
    leavers.push_back({std::string(roster_.okta_id(i)), std::string(roster_.name(i))});
    if (!roster_.Has(i, Roster::kSeen)) ++input.absent;
    if (!ctx_.locks.CountedSince(leavers.back().okta_id, window)) uncounted.insert(leavers.back().okta_id);
  }
  input.roster = roster_.size();
  input.removed_in_window = ctx_.locks.RemovedSince(window);
  input.candidates = uncounted.size();
  input.listed = Seen();
  const GuardVerdict verdict = JudgeRemovals(input, options_.guard);
  if (!verdict.hold) return RemoveAll(leavers);

  for (const Leaver& leaver : leavers) {
    report_.held.okta_ids.push_back(leaver.okta_id);
    const LockRecord* lock = ctx_.locks.LeaveLock(leaver.okta_id, leaver.name);
    ctx_.report.Add(Outcome::kHeld, leaver.okta_id, leaver.name,
                    lock == nullptr
                        ? "the guard holds the removal"
                        : "locked until " +
                              absl::FormatTime(absl::RFC3339_sec, lock->expires, absl::UTCTimeZone()) +
                              "; the guard holds the deletion");
  }
  std::sort(report_.held.okta_ids.begin(), report_.held.okta_ids.end());
  report_.held.digest = HeldDigest(ctx_.id.Label(), report_.held.okta_ids);
  report_.held.reason = verdict.reason;
  return LockThoseHeld(leavers);
}

absl::Status Run::RemoveAll(const std::vector<Leaver>& leavers) {
  // Reading assignments costs from the bucket of the listing itself, the narrowest of all. When they cost
  // more than listing everybody again, a second whole walk serves instead (R13).
  if (leavers.size() > std::max<uint64_t>(20, pages_)) OKTASYNC_RETURN_IF_ERROR(ReadSecondWalk(leavers));
  auto confirmer = std::make_shared<Confirmer>(ctx_, second_walk_read_ ? &second_walk_ : nullptr);
  for (const Leaver& leaver : leavers) {
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, leaver, confirmer] { Remove(ctx_, *confirmer, leaver); }));
  }
  return pool_->Drain();
}

absl::Status Run::ReadSecondWalk(const std::vector<Leaver>& leavers) {
  Enter("second walk");
  absl::flat_hash_set<std::string> asked;
  for (const Leaver& leaver : leavers) asked.insert(leaver.okta_id);
  const std::unique_ptr<okta::AppUserWalk> walk = ctx_.source.WalkAppUsers(inner_cancel_);
  for (;;) {
    auto page = walk->Next();
    if (!page.ok())
      return Annotate(page.status(), "listing the app's users a second time (nobody is removed)");
    if (*page == nullptr) break;
    for (const AppUser& row : (*page)->users) {
      const std::string id(row.id);
      if (asked.contains(id)) second_walk_.rows.emplace(id, row.presence());
    }
  }
  second_walk_read_ = true;
  Enter("leavers");
  return absl::OkStatus();
}

// What the guard holds is not done; but who is deactivated or deleted is locked at once, for that can be
// undone (R12).
absl::Status Run::LockThoseHeld(const std::vector<Leaver>& leavers) {
  auto confirmer = std::make_shared<Confirmer>(ctx_);
  const absl::Time soon = clock_.Now() + kLongestCredential;
  // A roster that is missing as a whole would take hours of reads. So many in a run, from another place each
  // time, those first whom the listing itself shows as gone.
  std::vector<Leaver> asked = leavers;
  std::rotate(asked.begin(),
              asked.begin() + static_cast<ptrdiff_t>(RandomUnit() * static_cast<double>(asked.size())),
              asked.end());
  std::stable_partition(asked.begin(), asked.end(), [this](const Leaver& leaver) {
    return roster_.Has(roster_.Find(leaver.okta_id).first, Roster::kGoneRow);
  });
  if (asked.size() > kMostReadsOfHeld) {
    ctx_.report.Notice(std::to_string(kMostReadsOfHeld) + " of the " + std::to_string(asked.size()) +
                       " people whose removal is held were looked up in this run, to lock those who are "
                       "deactivated; later runs look up others");
    asked.resize(kMostReadsOfHeld);
  }
  for (const Leaver& leaver : asked) {
    const LockRecord* lock = ctx_.locks.LeaveLock(leaver.okta_id, leaver.name);
    if (lock != nullptr && lock->expires >= soon) continue;  // locked already, and for long enough
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, leaver, confirmer] { LockHeld(ctx_, *confirmer, leaver); }));
  }
  return pool_->Drain();
}

}  // namespace oktasync::reconcile
