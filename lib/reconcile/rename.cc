#include "reconcile/rename.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "reconcile/changes.h"
#include "reconcile/removal.h"

namespace oktasync::reconcile {
namespace {

// What a single read says of somebody who moves, when it says the new name.
struct Confirmed {
  DesiredUser desired;
  absl::Duration begun;
  std::string words;
};

std::optional<Confirmed> Confirm(RunContext& ctx, const Renaming& renaming) {
  const auto keep = [&](const std::string& reason) {
    const std::string name = renaming.old_names.empty() ? renaming.new_name : renaming.old_names.front();
    ctx.report.Add(Outcome::kKept, renaming.okta_id, name, reason);
    return std::nullopt;
  };
  auto read = ctx.source.ReadAssignment(renaming.okta_id, ctx.cancel);
  if (!read.ok()) return keep("keeps the name: the single read failed: " + Message(read.status()));
  if (!read->exists || read->user.presence() != Presence::kPresent) {
    return keep("keeps the name: a single read does not say present");
  }
  auto desired = ctx.mapper->Map(read->user, nullptr);
  if (!desired.ok()) return keep("keeps the name: " + Message(desired.status()));
  if (desired->name != renaming.new_name) {
    return keep("keeps the name: a single read says " + Escape(desired->name) + ", not " +
                Escape(renaming.new_name));
  }
  Confirmed confirmed;
  confirmed.desired = *std::move(desired);
  confirmed.begun = read->citation.begun;
  confirmed.words = "the app username is " + Escape(renaming.new_name) + " now";
  if (!read->citation.request_id.empty()) {
    confirmed.words += " (Okta request " + Escape(read->citation.request_id, 64) + ")";
  }
  return confirmed;
}

bool TooOld(const RunContext& ctx, const Confirmed& confirmed) {
  return ctx.clock.SinceBoot() - confirmed.begun > ctx.options.confirm_max_age;
}

LockRequest RequestFor(const Renaming& renaming, const std::string& name, LockPurpose purpose,
                       const Confirmed& confirmed) {
  LockRequest request{renaming.okta_id, name};
  request.purpose = purpose;
  request.why = confirmed.words;
  request.approval = renaming.approval;
  request.proven = confirmed.begun;
  return request;
}

// All of the unit, or nothing.
std::optional<std::vector<Confirmed>> ConfirmAll(RunContext& ctx, const std::vector<Renaming>& unit) {
  std::vector<Confirmed> all;
  for (const Renaming& renaming : unit) {
    std::optional<Confirmed> confirmed = Confirm(ctx, renaming);
    if (!confirmed) return std::nullopt;
    all.push_back(*std::move(confirmed));
  }
  return all;
}

}  // namespace

void Rename(RunContext& ctx, const Renaming& renaming) {
  std::optional<Confirmed> confirmed = Confirm(ctx, renaming);
  if (!confirmed) return;
  // A listing may still show a user of the new name who was deleted a moment ago.
  const bool made = renaming.made && ctx.target->GetUser(renaming.new_name, ctx.cancel).status().code() !=
                                         absl::StatusCode::kNotFound;
  if (!made && !MakeUser(ctx, confirmed->desired)) return;
  for (const std::string& old_name : renaming.old_names) {
    const Leaver leaver{renaming.okta_id, old_name, renaming.approval};
    if (!StillOurs(ctx, leaver)) continue;
    if (TooOld(ctx, *confirmed)) {
      confirmed = Confirm(ctx, renaming);
      if (!confirmed) return;
    }
    const std::optional<LockRecord> lock =
        LockAndDelete(ctx, RequestFor(renaming, old_name, LockPurpose::kRename, *confirmed));
    if (!lock) return;
    ctx.report.Add(
        Outcome::kRenamed, renaming.okta_id, renaming.new_name,
        confirmed->words + "; " + Escape(old_name) + " was locked " + Until(*lock) + ", then deleted");
  }
  // The new name may be one that this person was locked under before.
  Lift(ctx, renaming.okta_id, renaming.new_name);
}

void LockUnit(RunContext& ctx, const std::vector<Renaming>& unit, const std::string& digest) {
  std::optional<std::vector<Confirmed>> confirmed = ConfirmAll(ctx, unit);
  if (!confirmed) return;
  for (size_t i = 0; i < unit.size(); ++i) {
    for (const std::string& name : unit[i].old_names) {
      if (!StillOurs(ctx, {unit[i].okta_id, name, {}})) continue;
      if (TooOld(ctx, (*confirmed)[i])) {
        std::optional<Confirmed> again = Confirm(ctx, unit[i]);
        if (!again) return;
        (*confirmed)[i] = *std::move(again);
      }
      LockRequest request = RequestFor(unit[i], name, LockPurpose::kHandover, (*confirmed)[i]);
      request.endless = true;
      const auto lock = EnsureLock(ctx, request);
      if (!lock.ok()) {
        ctx.PersonFailed(unit[i].okta_id, name, "locking", lock.status());
        continue;
      }
      ctx.Reached();
      if (lock->written) {
        ctx.report.Add(Outcome::kLocked, unit[i].okta_id, name,
                       "the name passes from one living user to another; locked until the handover " +
                           digest + " is approved");
      }
    }
  }
}

void HandOver(RunContext& ctx, const std::vector<Renaming>& unit, const ApprovalMark& approval) {
  std::optional<std::vector<Confirmed>> confirmed = ConfirmAll(ctx, unit);
  if (!confirmed) return;
  // Nobody loses a user who could not be made anew.
  for (size_t i = 0; i < unit.size(); ++i) {
    if (const std::string what = ctx.WaitsFor((*confirmed)[i].desired.roles); !what.empty()) {
      ctx.report.Add(Outcome::kWaiting, unit[i].okta_id, unit[i].new_name, "the handover waits for " + what);
      return LockUnit(ctx, unit, approval.digest);
    }
  }
  std::vector<LockRecord> locks;
  for (size_t i = 0; i < unit.size(); ++i) {
    for (const std::string& name : unit[i].old_names) {
      if (!StillOurs(ctx, {unit[i].okta_id, name, approval})) return;
      if (TooOld(ctx, (*confirmed)[i])) {
        std::optional<Confirmed> again = Confirm(ctx, unit[i]);
        if (!again) return;
        (*confirmed)[i] = *std::move(again);
      }
      LockRequest request = RequestFor(unit[i], name, LockPurpose::kHandover, (*confirmed)[i]);
      request.approval = approval;
      std::optional<LockRecord> lock = LockAndDelete(ctx, request);
      if (!lock) return;
      ctx.report.Add(
          Outcome::kRenamed, unit[i].okta_id, unit[i].new_name,
          "handed over as approved: " + Escape(name) + " was locked " + Until(*lock) + ", then deleted");
      locks.push_back(*std::move(lock));
    }
  }
  // Those of a run that was cut short.
  for (const Renaming& taker : unit) {
    for (const LockRecord* lock : ctx.locks.LocksOfOthers(taker.new_name, taker.okta_id)) {
      const std::string_view id = LabelOr(lock->labels, labels::kLockOktaUserId);
      const bool member =
          std::any_of(unit.begin(), unit.end(), [&](const Renaming& r) { return r.okta_id == id; });
      if (member && LabelOr(lock->labels, labels::kPurpose) == ToString(LockPurpose::kHandover)) {
        locks.push_back(*lock);
      }
    }
  }
  for (size_t i = 0; i < unit.size(); ++i) {
    if (!MakeUser(ctx, (*confirmed)[i].desired)) continue;
    for (const LockRecord& lock : locks) {
      if (lock.user != unit[i].new_name) continue;
      const absl::StatusOr<bool> lifted = LiftLock(ctx, lock);
      if (!lifted.ok()) {
        ctx.PersonFailed(unit[i].okta_id, lock.user, "lifting the lock", lifted.status());
      } else if (*lifted) {
        ctx.report.Add(
            Outcome::kLifted, unit[i].okta_id, lock.user,
            "has the name now, as approved; the lock " + lock.name + " of its former holder was lifted");
      }
    }
    Lift(ctx, unit[i].okta_id, unit[i].new_name);
  }
}

}  // namespace oktasync::reconcile
