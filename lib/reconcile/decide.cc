#include "reconcile/decide.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "reconcile/changes.h"
#include "reconcile/moves.h"

namespace oktasync::reconcile {
namespace {

using Action = Decision::Action;

Decision Tell(Outcome outcome, std::string reason, Roster::Index entry = Roster::kNone) {
  return {Action::kReport, entry, outcome, std::move(reason), {}};
}

Decision Do(Action action, Roster::Index entry = Roster::kNone) { return {action, entry, {}, {}, {}}; }

Decision DecideKnown(const DesiredUser& desired, Roster::Range known, const Roster& roster,
                     const LockBook& locks) {
  Roster::Index same_name = Roster::kNone;
  for (Roster::Index i = known.first; i < known.last; ++i) {
    if (roster.name(i) == desired.name) same_name = i;
  }
  if (same_name == Roster::kNone) return Do(Action::kMoves, known.first);
  if (locks.OwnLock(desired.okta_id, desired.name) != nullptr) return Do(Action::kReturn, same_name);
  for (const LockRecord* lock : locks.LocksOfOthers(desired.name, desired.okta_id)) {
    // One on another spelling of the name keeps a newcomer away, and nobody out who has the name.
    if (lock->user != desired.name) continue;
    if (locks.NameApproved(desired.okta_id, desired.name)) return Do(Action::kReturn, same_name);
    return Tell(Outcome::kQuarantined, "is present, but " + ExplainQuarantine(*lock), same_name);
  }
  if (roster.digest(same_name) == traits::DigestOf(desired)) return Do(Action::kNothing, same_name);
  return Do(Action::kUpdate, same_name);
}

Decision DecideNew(const DesiredUser& desired, const Roster& roster, const LockBook& locks,
                   const DecideOptions& options, NameClaims& claims) {
  if (std::string theirs = roster.Unlabelled(desired.okta_id, desired.name); !theirs.empty()) {
    if (!options.adopt) return Tell(Outcome::kConflict, ExplainConflict(Holder::kUnlabelled, theirs));
    Decision adopt = Do(Action::kAdopt);
    adopt.name = std::move(theirs);
    return adopt;
  }
  const Roster::NameHolder holder = roster.HolderOfName(desired.name);
  if (holder.holder == Holder::kOurs) return Do(Action::kMoves, holder.entry);
  if (holder.holder != Holder::kNobody) {
    return Tell(Outcome::kConflict, ExplainConflict(holder.holder, desired.name));
  }
  if (const LockRecord* lock = locks.QuarantineOf(desired.name, desired.okta_id)) {
    return Tell(Outcome::kQuarantined, ExplainQuarantine(*lock));
  }
  if (std::string earlier = claims.Claim(desired.name, desired.okta_id); !earlier.empty()) {
    return Tell(Outcome::kConflict, "two Okta users claim this name; " + Escape(earlier, 64) +
                                        " came first. Change one of the two app usernames in Okta");
  }
  const bool locked = !locks.InForceFor(desired.okta_id).empty() ||
                      !locks.LocksOfOthers(desired.name, desired.okta_id).empty();
  return Do(locked ? Action::kReturn : Action::kCreate);
}

Decision DecideSuspended(const AppUser& row, Roster::Range known, const Roster& roster, const LockBook& locks,
                         const DecideOptions& options) {
  if (known.empty()) {
    return Tell(Outcome::kNotice, "is suspended in Okta and not in Teleport yet; not created");
  }
  if (!options.lock_suspended) return {};
  for (Roster::Index i = known.first; i < known.last; ++i) {
    if (!locks.LocksOut(row.id, roster.name(i))) return Do(Action::kSuspend, known.first);
  }
  return {};
}

}  // namespace

std::string NameClaims::Claim(std::string_view name, std::string_view okta_id) {
  const auto [it, fresh] = claims_.emplace(NameKey(name), okta_id);
  return fresh || it->second == okta_id ? std::string() : it->second;
}

std::string NameClaims::ClaimantOf(std::string_view name) const {
  const auto it = claims_.find(NameKey(name));
  return it == claims_.end() ? std::string() : it->second;
}

Decision DecideRow(const AppUser& row, const absl::StatusOr<DesiredUser>& desired, const Roster& roster,
                   const LockBook& locks, const DecideOptions& options, NameClaims& claims) {
  const Roster::Range known = roster.Find(row.id);
  switch (row.presence()) {
    case Presence::kGone:
      return {};  // whoever is known will be a candidate after the walk
    case Presence::kUnknown:
      return Tell(Outcome::kNotice,
                  "has a status that we do not know (user " + Escape(row.status_text, 64) + ", assignment " +
                      Escape(row.assignment_text, 64) + "); nothing is changed",
                  known.first);
    case Presence::kSuspended:
      return DecideSuspended(row, known, roster, locks, options);
    case Presence::kPresent:
      break;
  }
  if (!desired.ok()) return Tell(Outcome::kBadName, Message(desired.status()), known.first);
  return known.empty() ? DecideNew(*desired, roster, locks, options, claims)
                       : DecideKnown(*desired, known, roster, locks);
}

}  // namespace oktasync::reconcile
