// Names that moved, once the whole walk is known (rules R17–R19).
#include <algorithm>

#include "base/status.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {

void Run::SettleNames() {
  std::sort(movers_.begin(), movers_.end(),
            [](const Mover& a, const Mover& b) { return a.okta_id < b.okta_id; });
  const MoveFacts facts{roster_, ctx_.locks, [this](Roster::Index i) { return Leaves(i); },
                        [this](std::string_view name) { return claims_.ClaimantOf(name); }};
  settlement_ = SettleMoves(movers_, facts);
  for (size_t i = 0; i < movers_.size(); ++i) {
    const Mover& mover = movers_[i];
    const Move& move = settlement_.moves[i];
    if (move.fate != Move::Fate::kReport) continue;
    if (move.outcome == Outcome::kQuarantined &&
        ctx_.locks.QuarantineOf(mover.new_name, mover.okta_id) != nullptr) {
      HoldName(mover.okta_id, mover.entries.empty() ? Roster::kNone : mover.entries.first, mover.new_name,
               move.reason);
    }
    ctx_.report.Add(move.outcome, mover.okta_id, mover.new_name, move.reason);
  }
}

Renaming Run::RenamingOf(const Mover& mover) const {
  Renaming renaming;
  renaming.okta_id = mover.okta_id;
  renaming.new_name = mover.new_name;
  renaming.made = mover.has_new;
  for (Roster::Index e = mover.entries.first; e < mover.entries.last; ++e) {
    if (roster_.name(e) != mover.new_name) renaming.old_names.emplace_back(roster_.name(e));
  }
  return renaming;
}

// A name in quarantine is a set of its own: each is approved by itself (R17).
void Run::HoldName(const std::string& okta_id, Roster::Index entry, const std::string& name,
                   const std::string& reason) {
  HeldSet set;
  set.kind = HeldKind::kQuarantine;
  set.reason = reason;
  set.warning =
      "Certificates are bound to names: those of the former holder that have not run out come alive again, "
      "with the access of the new one.";
  set.items.push_back(
      {okta_id, entry == Roster::kNone ? std::string() : std::string(roster_.name(entry)), name});
  Hold(std::move(set));
}

void Run::Hold(HeldSet set) {
  std::sort(set.items.begin(), set.items.end(),
            [](const HeldItem& a, const HeldItem& b) { return a.Key() < b.Key(); });
  set.digest = HeldDigest(ctx_.id.Label(), set.kind, set.items);
  report_.held.push_back(std::move(set));
}

}  // namespace oktasync::reconcile
