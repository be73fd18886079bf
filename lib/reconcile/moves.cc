#include "reconcile/moves.h"

#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/text.h"
#include "model/labels.h"
#include "reconcile/changes.h"
#include "reconcile/locking.h"

namespace oktasync::reconcile {
namespace {

constexpr size_t kNobody = ~size_t{0};

// Which movers are tied together by names that pass between them.
class Ties {
 public:
  explicit Ties(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t Find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void Tie(size_t a, size_t b) { parent_[Find(a)] = Find(b); }

 private:
  std::vector<size_t> parent_;
};

class Settler {
 public:
  Settler(const std::vector<Mover>& movers, const MoveFacts& facts)
      : movers_(movers), facts_(facts), giver_(movers.size(), kNobody), vacated_under_(movers.size()) {
    settlement_.moves.resize(movers.size());
    for (size_t i = 0; i < movers.size(); ++i) {
      mover_of_id_.emplace(movers[i].okta_id, i);
      // The old name of an unfinished rename is vacated in this run: whoever wants it finds it in quarantine in
      // the next.
      if (movers[i].has_new) continue;
      for (Roster::Index e = movers[i].entries.first; e < movers[i].entries.last; ++e) {
        const uint64_t key = NameKey(facts.roster.name(e));
        if (key != NameKey(movers[i].new_name)) leaver_of_name_.emplace(key, i);
      }
    }
  }

  Settlement Settle() && {
    // Whoever has the name already, if in another case, comes first; then users, then newcomers.
    for (size_t i = 0; i < movers_.size(); ++i) {
      if (HasAlready(movers_[i])) Claim(i);
    }
    for (bool newcomers : {false, true}) {
      for (size_t i = 0; i < movers_.size(); ++i) {
        if (movers_[i].entries.empty() == newcomers && !movers_[i].has_new) Look(i);
      }
    }
    Cascade();
    MakeUnits();
    return std::move(settlement_);
  }

 private:
  void Stay(size_t i, Outcome outcome, std::string reason) {
    stays_.resize(movers_.size());
    stays_[i] = true;
    giver_[i] = kNobody;
    settlement_.moves[i] = {Move::Fate::kReport, 0, outcome, std::move(reason)};
  }
  bool Stays(size_t i) const { return i < stays_.size() && stays_[i]; }

  bool HasAlready(const Mover& mover) const {
    for (Roster::Index e = mover.entries.first; e < mover.entries.last; ++e) {
      if (NameKey(facts_.roster.name(e)) == NameKey(mover.new_name)) return true;
    }
    return false;
  }

  // False when another mover has claimed the name.
  bool Claim(size_t i) {
    const auto [it, fresh] = claims_.emplace(NameKey(movers_[i].new_name), i);
    return fresh || it->second == i;
  }

  std::string IsNow(size_t i) const {
    const Mover& mover = movers_[i];
    return mover.entries.empty() ? std::string()
                                 : "is " + Escape(facts_.roster.name(mover.entries.first)) +
                                       " in Teleport and " + Escape(mover.new_name) + " in Okta now; ";
  }

  // A handover that was cut short has deleted the user of this name, and his former holder still waits for
  // his new one: what is left of the unit is a unit.
  void LookForVacated(size_t i) {
    for (const LockRecord* lock : facts_.locks.LocksOfOthers(movers_[i].new_name, movers_[i].okta_id)) {
      if (LabelOr(lock->labels, labels::kPurpose) != ToString(LockPurpose::kHandover)) continue;
      const auto former = mover_of_id_.find(std::string(LabelOr(lock->labels, labels::kLockOktaUserId)));
      if (former == mover_of_id_.end() || !movers_[former->second].entries.empty()) continue;
      giver_[i] = former->second;
      vacated_under_[i] = lock;
    }
  }

  // What stands in the way of this one alone.
  void Look(size_t i) {
    const Mover& mover = movers_[i];
    const std::string& name = mover.new_name;
    const Roster::NameHolder holder = facts_.roster.HolderOfName(name);
    const bool own = holder.holder == Holder::kOurs && facts_.roster.okta_id(holder.entry) == mover.okta_id;
    if (holder.holder == Holder::kOurs && !own) {
      const std::string id = Escape(facts_.roster.okta_id(holder.entry), 64);
      const auto vacated = leaver_of_name_.find(NameKey(name));
      if (facts_.leaves(holder.entry)) {
        return Stay(i, Outcome::kQuarantined,
                    IsNow(i) + "the name's former holder (" + id +
                        ") leaves in this run; it stays locked until his certificates have run out, and the "
                        "user is created after that");
      }
      if (vacated == leaver_of_name_.end()) {
        return Stay(i, Outcome::kConflict,
                    IsNow(i) + ExplainConflict(Holder::kOurs, name) + " (Okta user " + id + ")");
      }
      giver_[i] = vacated->second;
    } else if (holder.holder != Holder::kNobody && !own) {
      return Stay(i, Outcome::kConflict, IsNow(i) + ExplainConflict(holder.holder, name));
    }
    if (holder.holder == Holder::kNobody) LookForVacated(i);
    if (const LockRecord* lock = facts_.locks.QuarantineOf(name, mover.okta_id);
        lock != nullptr && giver_[i] == kNobody) {
      return Stay(i, Outcome::kQuarantined, IsNow(i) + ExplainQuarantine(*lock));
    }
    std::string other = facts_.given_to(name);
    if (other == mover.okta_id) other.clear();
    if (other.empty() && !Claim(i)) other = movers_[claims_.at(NameKey(name))].okta_id;
    if (!other.empty()) {
      return Stay(i, Outcome::kConflict,
                  IsNow(i) + "two Okta users claim this name; " + Escape(other, 64) +
                      " comes first. Change one of the two app usernames in Okta");
    }
  }

  // Who stays keeps his name, so whoever waits for it stays, too.
  void Cascade() {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < movers_.size(); ++i) {
        if (giver_[i] == kNobody || !Stays(giver_[i])) continue;
        // Nobody living has the name any more, and an admin lets this one have it.
        if (vacated_under_[i] != nullptr &&
            facts_.locks.NameApproved(movers_[i].okta_id, movers_[i].new_name)) {
          giver_[i] = kNobody;
          continue;
        }
        const std::string holder = movers_[giver_[i]].okta_id;
        changed = true;
        if (vacated_under_[i] != nullptr) {
          Stay(i, Outcome::kQuarantined, IsNow(i) + ExplainQuarantine(*vacated_under_[i]));
          continue;
        }
        Stay(i, Outcome::kConflict,
             IsNow(i) + "the name is still held by another user of this app (" + Escape(holder, 64) +
                 "), whose own change of name has to wait");
      }
    }
  }

  void MakeUnits() {
    Ties ties(movers_.size());
    std::vector<bool> tied(movers_.size());
    for (size_t i = 0; i < movers_.size(); ++i) {
      if (giver_[i] == kNobody) continue;
      ties.Tie(i, giver_[i]);
      tied[i] = tied[giver_[i]] = true;
    }
    absl::flat_hash_map<size_t, size_t> unit_of;
    for (size_t i = 0; i < movers_.size(); ++i) {
      if (Stays(i)) continue;
      if (!tied[i]) {
        settlement_.moves[i].fate = movers_[i].has_new ? Move::Fate::kFinish : Move::Fate::kRename;
        continue;
      }
      const auto [it, fresh] = unit_of.emplace(ties.Find(i), settlement_.units.size());
      if (fresh) settlement_.units.emplace_back();
      settlement_.units[it->second].push_back(i);
      settlement_.moves[i].fate = Move::Fate::kUnit;
      settlement_.moves[i].unit = it->second;
    }
  }

  const std::vector<Mover>& movers_;
  const MoveFacts& facts_;
  Settlement settlement_;
  std::vector<bool> stays_;
  std::vector<size_t> giver_;                             // who holds the name that this one wants
  std::vector<const LockRecord*> vacated_under_;          // the former holder's lock, when the name is free
  absl::flat_hash_map<uint64_t, size_t> leaver_of_name_;  // who gives this name up
  absl::flat_hash_map<std::string, size_t> mover_of_id_;
  absl::flat_hash_map<uint64_t, size_t> claims_;
};

}  // namespace

Settlement SettleMoves(const std::vector<Mover>& movers, const MoveFacts& facts) {
  return Settler(movers, facts).Settle();
}

std::string ExplainQuarantine(const LockRecord& lock) {
  const std::string id = Escape(LabelOr(lock.labels, labels::kLockOktaUserId), 64);
  return "the name belonged to another Okta user (" + id +
         ") whose certificates may still be alive; it is locked " + Until(lock) +
         ", and the user is created after that, or when an admin approves";
}

}  // namespace oktasync::reconcile
