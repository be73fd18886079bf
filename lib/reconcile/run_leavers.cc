// The end of a run: who has left, the guard, proof, removal (rules R12, R13).
#include <algorithm>
#include <memory>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "reconcile/guarded.h"

namespace oktasync::reconcile {
namespace {

// At half of a usual window of Okta's, about four minutes.
constexpr size_t kMostReadsOfHeld = 2000;

}  // namespace

bool Run::Leaves(Roster::Index entry) const {
  if (roster_.Has(entry, Roster::kDone)) return false;
  return !roster_.Has(entry, Roster::kSeen) || roster_.Has(entry, Roster::kGoneRow);
}

void Run::CollectLeavers(Guarded* all) {
  const absl::Time window = clock_.Now() - options_.guard.window;
  for (Roster::Index i = 0; i < roster_.size(); ++i) {
    if (!Leaves(i)) continue;
    Leaver leaver{std::string(roster_.okta_id(i)), std::string(roster_.name(i)), {}};
    if (const Approval* approval = ctx_.Approved(HeldKind::kRemovals, {leaver.okta_id, leaver.name, {}})) {
      leaver.approval = approval->mark();
    } else {
      if (!roster_.Has(i, Roster::kSeen)) ++all->input.absent;
      if (!ctx_.locks.CountedSince(leaver.okta_id, leaver.name, window)) ++all->input.candidates;
    }
    all->leavers.push_back(std::move(leaver));
  }
}

void Run::CollectMoves(Guarded* all) {
  const absl::Time window = clock_.Now() - options_.guard.window;
  for (size_t i = 0; i < movers_.size(); ++i) {
    const Move::Fate fate = settlement_.moves[i].fate;
    if (fate != Move::Fate::kRename && fate != Move::Fate::kFinish) continue;
    Renaming renaming = RenamingOf(movers_[i]);
    const Approval* approval = nullptr;
    for (const std::string& name : renaming.old_names) {
      approval = ctx_.Approved(HeldKind::kRemovals, {renaming.okta_id, name, renaming.new_name});
      if (approval == nullptr) break;
    }
    if (approval != nullptr) renaming.approval = approval->mark();
    for (const std::string& name : renaming.old_names) {
      if (approval == nullptr && !ctx_.locks.CountedSince(renaming.okta_id, name, window)) {
        ++all->input.candidates;
      }
    }
    all->renames.push_back(std::move(renaming));
  }
  for (const std::vector<size_t>& members : settlement_.units) {
    std::vector<Renaming> unit;
    HeldSet set;
    set.kind = HeldKind::kHandover;
    bool approved = true;
    ApprovalMark mark;
    for (size_t i : members) {
      unit.push_back(RenamingOf(movers_[i]));
      if (unit.back().old_names.empty()) set.items.push_back({unit.back().okta_id, {}, unit.back().new_name});
      for (const std::string& name : unit.back().old_names) {
        set.items.push_back({unit.back().okta_id, name, unit.back().new_name});
      }
    }
    for (const HeldItem& item : set.items) {
      const Approval* approval = ctx_.Approved(HeldKind::kHandover, item);
      // All of the unit under one approval.
      approved = approved && approval != nullptr && (mark.empty() || mark == approval->mark());
      if (approved) mark = approval->mark();
    }
    for (Renaming& renaming : unit) {
      if (approved) renaming.approval = mark;
      for (const std::string& name : renaming.old_names) {
        // Counted when it was made. A suspension's lock has no end either and was never counted.
        const std::vector<const LockRecord*> locks = ctx_.locks.InForceFor(renaming.okta_id);
        const bool locked = std::any_of(locks.begin(), locks.end(), [&](const LockRecord* lock) {
          return lock->user == name && IsEndless(*lock) &&
                 LabelOr(lock->labels, labels::kPurpose) == ToString(LockPurpose::kHandover);
        });
        if (!approved && !locked && !ctx_.locks.CountedSince(renaming.okta_id, name, window)) {
          ++all->input.candidates;
        }
      }
    }
    all->units.push_back(std::move(unit));
    all->unit_sets.push_back(std::move(set));
  }
}

absl::Status Run::Leavers() {
  Enter("leavers");
  Guarded all;
  CollectLeavers(&all);
  CollectMoves(&all);
  if (all.Empty()) return absl::OkStatus();
  all.input.roster = roster_.size();
  all.input.removed_in_window = ctx_.locks.RemovedSince(clock_.Now() - options_.guard.window);
  all.input.listed = Seen();
  return CarryOut(all, JudgeRemovals(all.input, options_.guard));
}

// What was approved goes through; the rest goes through together, or is held together.
absl::Status Run::CarryOut(Guarded& all, const GuardVerdict& verdict) {
  const bool hold = verdict.hold;
  HeldSet set;
  set.kind = HeldKind::kRemovals;
  set.reason = verdict.reason;
  ctx_.TellOfSpent();
  std::vector<Leaver> go;
  std::vector<Leaver> held;
  for (Leaver& leaver : all.leavers) {
    if (!leaver.approval.empty()) ctx_.report.Used(leaver.approval.digest);
    if (!hold || !leaver.approval.empty()) {
      go.push_back(std::move(leaver));
      continue;
    }
    set.items.push_back({leaver.okta_id, leaver.name, {}});
    const LockRecord* lock = ctx_.locks.OwnLock(leaver.okta_id, leaver.name);
    ctx_.report.Add(Outcome::kHeld, leaver.okta_id, leaver.name,
                    lock == nullptr ? "the guard holds the removal"
                                    : "locked " + Until(*lock) + "; the guard holds the deletion");
    held.push_back(std::move(leaver));
  }
  for (Renaming& renaming : all.renames) {
    if (!renaming.approval.empty()) ctx_.report.Used(renaming.approval.digest);
    if (!hold || !renaming.approval.empty()) {
      OKTASYNC_RETURN_IF_ERROR(
          pool_->Push([this, renaming = std::move(renaming)] { Rename(ctx_, renaming); }));
      continue;
    }
    for (const std::string& name : renaming.old_names) {
      set.items.push_back({renaming.okta_id, name, renaming.new_name});
      ctx_.report.Add(Outcome::kHeld, renaming.okta_id, name,
                      "the guard holds the change of name to " + Escape(renaming.new_name));
    }
  }
  for (size_t i = 0; i < all.units.size(); ++i) {
    const ApprovalMark approval = all.units[i].front().approval;
    if (!approval.empty()) {
      ctx_.report.Used(approval.digest);
      OKTASYNC_RETURN_IF_ERROR(
          pool_->Push([this, unit = std::move(all.units[i]), approval] { HandOver(ctx_, unit, approval); }));
      continue;
    }
    HeldSet unit_set = std::move(all.unit_sets[i]);
    unit_set.reason = "names pass from one living user to another" +
                      std::string(hold ? "; the guard holds the locks, too: " + verdict.reason
                                       : ", so all of them are locked until an admin approves");
    unit_set.warning =
        "Certificates are bound to names: those that have not run out work for the name's new holder.";
    for (const HeldItem& item : unit_set.items) {
      ctx_.report.Add(Outcome::kHeld, item.okta_id, item.name.empty() ? item.what : item.name,
                      "the change of name to " + Escape(item.what) +
                          " is part of a handover between living users; it waits for an approval");
    }
    const std::string digest = HeldDigest(ctx_.id.Label(), unit_set.kind, unit_set.items);
    Hold(std::move(unit_set));
    if (hold) continue;
    OKTASYNC_RETURN_IF_ERROR(
        pool_->Push([this, unit = std::move(all.units[i]), digest] { LockUnit(ctx_, unit, digest); }));
  }
  if (!set.items.empty()) Hold(std::move(set));
  OKTASYNC_RETURN_IF_ERROR(RemoveAll(go));
  return held.empty() ? absl::OkStatus() : LockThoseHeld(held);
}

absl::Status Run::RemoveAll(const std::vector<Leaver>& leavers) {
  // Reading assignments costs from the bucket of the listing itself, the narrowest of all. When they cost
  // more than listing everybody again, a second whole walk serves instead (R13).
  if (!swept_ && leavers.size() > std::max<uint64_t>(20, pages_))
    OKTASYNC_RETURN_IF_ERROR(ReadSecondWalk(leavers));
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
  auto first = static_cast<size_t>(RandomUnit() * static_cast<double>(asked.size()));
  // Somebody with two names is not torn apart: a plan names the same order as the run.
  while (first > 0 && first < asked.size() && asked[first - 1].okta_id == asked[first].okta_id) --first;
  std::rotate(asked.begin(), asked.begin() + static_cast<ptrdiff_t>(first), asked.end());
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
    const LockRecord* lock = ctx_.locks.OwnLock(leaver.okta_id, leaver.name);
    const bool locked = lock != nullptr && ctx_.locks.LocksOut(leaver.okta_id, leaver.name);
    if (locked && lock->expires >= soon) continue;  // already, and for long enough
    OKTASYNC_RETURN_IF_ERROR(pool_->Push([this, leaver, confirmer] { LockHeld(ctx_, *confirmer, leaver); }));
  }
  return pool_->Drain();
}

}  // namespace oktasync::reconcile
