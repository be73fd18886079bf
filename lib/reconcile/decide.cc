#include "reconcile/decide.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "reconcile/changes.h"

namespace oktasync::reconcile {
namespace {

using Action = Decision::Action;

Decision Tell(Outcome outcome, std::string reason, Roster::Index entry = Roster::kNone) {
  return {Action::kReport, entry, outcome, std::move(reason)};
}

Decision DecideKnown(const DesiredUser& desired, Roster::Range known, const Roster& roster,
                     const LockBook& locks) {
  Roster::Index same_name = Roster::kNone;
  for (Roster::Index i = known.first; i < known.last; ++i) {
    if (roster.name(i) == desired.name) same_name = i;
  }
  if (same_name == Roster::kNone) {
    return Tell(Outcome::kRenamed,
                "is " + Escape(roster.name(known.first)) + " in Teleport and " + Escape(desired.name) +
                    " in Okta now; the Teleport user is left as it is",
                known.first);
  }
  if (locks.LeaveLock(desired.okta_id, desired.name) != nullptr) return {Action::kReturn, same_name, {}, {}};
  if (const LockRecord* lock = locks.QuarantineOf(desired.name, desired.okta_id)) {
    return Tell(Outcome::kQuarantined,
                "is present, but the name is still locked for its former holder (Okta user " +
                    Escape(LabelOr(lock->labels, labels::kLockOktaUserId), 64) + ", lock " + lock->name + ")",
                same_name);
  }
  if (roster.digest(same_name) == traits::DigestOf(desired)) return {Action::kNothing, same_name, {}, {}};
  return {Action::kUpdate, same_name, {}, {}};
}

Decision DecideNew(const DesiredUser& desired, const Roster& roster, const LockBook& locks,
                   NameClaims& claims) {
  const Roster::NameHolder holder = roster.HolderOfName(desired.name);
  if (holder.holder == Holder::kOurs) return {Action::kWaits, holder.entry, {}, {}};
  if (holder.holder != Holder::kNobody) {
    return Tell(Outcome::kConflict, ExplainConflict(holder.holder, desired.name));
  }
  if (const LockRecord* lock = locks.QuarantineOf(desired.name, desired.okta_id)) {
    const std::string until =
        lock->expires == absl::InfiniteFuture()
            ? "without end"
            : "until " + absl::FormatTime(absl::RFC3339_sec, lock->expires, absl::UTCTimeZone());
    return Tell(Outcome::kQuarantined, "the name belonged to another Okta user (" +
                                           Escape(LabelOr(lock->labels, labels::kLockOktaUserId), 64) +
                                           ") whose certificates may still be alive; it is locked " + until +
                                           ", and the user is created after that");
  }
  if (std::string earlier = claims.Claim(desired.name, desired.okta_id); !earlier.empty()) {
    return Tell(Outcome::kConflict, "two Okta users claim this name; " + Escape(earlier, 64) +
                                        " came first. Change one of the two app usernames in Okta");
  }
  const bool returns = !locks.InForceFor(desired.okta_id).empty();
  return {returns ? Action::kReturn : Action::kCreate, Roster::kNone, {}, {}};
}

}  // namespace

std::string NameClaims::Claim(std::string_view name, std::string_view okta_id) {
  const auto [it, fresh] = claims_.emplace(NameKey(name), okta_id);
  return fresh || it->second == okta_id ? std::string() : it->second;
}

Decision DecideRow(const AppUser& row, const absl::StatusOr<DesiredUser>& desired, const Roster& roster,
                   const LockBook& locks, NameClaims& claims) {
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
      if (!known.empty()) return {};
      return Tell(Outcome::kNotice, "is suspended in Okta and not in Teleport yet; not created");
    case Presence::kPresent:
      break;
  }
  if (!desired.ok()) return Tell(Outcome::kBadName, Message(desired.status()), known.first);
  return known.empty() ? DecideNew(*desired, roster, locks, claims)
                       : DecideKnown(*desired, known, roster, locks);
}

Decision DecideWaiting(std::string_view name, std::string_view holder_id, bool holder_leaves,
                       bool holder_renamed) {
  const std::string holder = Escape(holder_id, 64);
  if (holder_leaves) {
    return Tell(Outcome::kQuarantined, "the name's former holder (" + holder +
                                           ") leaves in this run; it stays locked until his certificates "
                                           "have run out, and the user is created after that");
  }
  if (holder_renamed) {
    return Tell(Outcome::kConflict, "the name passes from another living user (" + holder +
                                        ", who has another name in Okta now); it stays with that user");
  }
  return Tell(Outcome::kConflict,
              ExplainConflict(Holder::kOurs, std::string(name)) + " (Okta user " + holder + ")");
}

}  // namespace oktasync::reconcile
