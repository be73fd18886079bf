// The beginning of a run: nothing is written before all of this holds (R8, R11, R20).
#include <unistd.h>

#include "absl/container/flat_hash_map.h"
#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "model/role_check.h"
#include "reconcile/groups.h"
#include "reconcile/plan_target.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {
namespace {

// Our own clock further off than this is worth a word to the admin.
constexpr absl::Duration kClockNotice = absl::Seconds(30);

}  // namespace

absl::Status Run::CheckOrg() {
  Enter("checks");
  OKTASYNC_ASSIGN_OR_RETURN(const okta::Org org, ctx_.source.ReadOrg(inner_cancel_));
  report_.org_id = org.id;
  report_.org_url = org.canonical_url;
  const std::string& expected = options_.pinned_org_id.empty() ? input_.org_id : options_.pinned_org_id;
  if (!expected.empty() && expected != org.id) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the Okta org at this address is " + Escape(org.id, 64) + ", expected " + expected +
                          "; nothing is done. If the org really changed, set okta.org_id and restart");
  }
  OKTASYNC_RETURN_IF_ERROR(ReachTeleport());
  const absl::Status found = CheckConnector(org);
  // What a run before has found holds, for looking people up singly.
  if (!found.ok() && options_.app_id.empty()) options_.app_id = report_.app_id = input_.app_id;
  ctx_.id = {org.id, options_.app_id};
  ctx_.org_url = org.canonical_url;

  std::vector<Approval> ours;
  for (const Approval& approval : input_.approvals) {
    if (approval.source == ctx_.id.Label()) {
      ours.push_back(approval);
    } else {
      ctx_.report.Notice("the approval " + approval.digest + " is for another org or app (" +
                         Escape(approval.source, 128) + ") and lets nothing through here");
    }
  }
  ctx_.approvals = Approvals(std::move(ours));
  return found;
}

absl::Status Run::CheckApp() {
  OKTASYNC_ASSIGN_OR_RETURN(const okta::App app, ctx_.source.ReadApp(inner_cancel_));
  if (app.id != options_.app_id) {
    return MakeStatus(absl::StatusCode::kAborted, "the app was found anew meanwhile; the next run goes on");
  }
  // One that answered is the app of this process from now on.
  if (app_searched_) found_.app_id = app.id;
  OKTASYNC_RETURN_IF_ERROR(reconcile::CheckApp(app));
  if (absl::AbsDuration(clock_.offset()) >= kClockNotice) {
    ctx_.report.Notice(
        "our clock is off by " + absl::FormatDuration(absl::Trunc(clock_.offset(), absl::Seconds(1))) +
        " against Okta's; the times that we send are corrected. Mend the clock of this machine "
        "(NTP)");
  }
  return absl::OkStatus();
}

// Before all other calls, so that a Teleport out of reach is waited for once.
absl::Status Run::ReachTeleport() {
  OKTASYNC_ASSIGN_OR_RETURN(const teleport::ServerInfo server, real_target_.Ping(inner_cancel_));
  report_.cluster = server.cluster_name;
  report_.server_version = server.version;
  return absl::OkStatus();
}

absl::Status Run::CheckTeleport() {
  if (kind_ == RunKind::kPlan) {
    plan_ = std::make_unique<PlanTarget>(real_target_, clock_);
    ctx_.target = plan_.get();
    return absl::OkStatus();
  }
  const auto lease =
      lease_.Hold(real_target_, ctx_.id.LeaseName(), options_.lease, clock_, ctx_.log, inner_cancel_);
  if (lease.status().code() == absl::StatusCode::kAlreadyExists) {
    report_.standby = true;
    return MakeStatus(absl::StatusCode::kUnavailable, Message(lease.status()));
  }
  if (!lease.ok()) return lease.status();
  if (const absl::Duration ahead = (*lease)->server_ahead(); ahead > absl::ZeroDuration()) {
    ctx_.report.Notice(
        "when this process took its lease, the auth server's clock was ahead of ours by up to " +
        absl::FormatDuration(ahead + options_.lease.safety) +
        "; the lease is dated so that it holds all the same. Mend the clocks of both machines "
        "(NTP)");
  }
  leased_ = UnderLease(real_target_, **lease);
  ctx_.target = leased_.get();
  return absl::OkStatus();
}

// Every role that we may give is looked up, and every group that a rule names is listed, before anybody gets or
// loses anything by them.
absl::Status Run::CheckRoles() {
  traits::Options mapping = options_.traits;
  mapping.source = ctx_.id;
  mapping.org_url = ctx_.org_url;
  for (const std::string& role : traits::AllRoles(mapping)) {
    const auto found = real_target_.GetRole(role, inner_cancel_);
    if (found.status().code() == absl::StatusCode::kNotFound) {
      ctx_.RoleMissing(role);
      continue;
    }
    if (!found.ok()) {
      const absl::Status failure = Annotate(found.status(), "looking up the role " + role);
      const bool of_the_whole = absl::IsPermissionDenied(failure) || absl::IsUnauthenticated(failure);
      if (of_the_whole || inner_cancel_.requested()) return failure;
      ctx_.RoleWaits(role,
                     "the role " + role +
                         " could not be looked at, so creates and updates that need it wait (removals go "
                         "on): " +
                         Message(found.status()));
      continue;
    }
    const auto& allowed = options_.allow_powerful_roles;
    const std::string power = Administers(*found);
    if (!power.empty() && std::find(allowed.begin(), allowed.end(), role) == allowed.end()) {
      ctx_.RoleWaits(role, "the role " + role + " " + power +
                               ", so it could administer the cluster; creates and updates that need it wait "
                               "(removals go on). Give another role, or name it in "
                               "users.allow_powerful_roles if Okta is to decide who has it");
    }
    if (HasWildcardApps(*found)) {
      ctx_.report.Notice("the role " + role +
                         " has a wildcard in app_labels, which opens every Okta application that Teleport "
                         "knows to whoever has it; name labels instead");
    }
  }
  Enter("groups");
  auto groups = ReadGroups(ctx_.source, traits::GroupsOfRules(mapping), inner_cancel_);
  if (!groups.ok()) {
    if (inner_cancel_.requested()) return groups.status();
    // Without the members nobody's roles are known: nobody is created or changed, but who left is shut out.
    ctx_.ChangesWait("Okta's groups to be readable",
                     "the groups of users.roles_by_group could not be read, so creates and updates wait "
                     "(removals go on): " +
                         Message(groups.status()));
    ctx_.mapper = &mapper_.emplace(std::move(mapping));
    return absl::OkStatus();
  }
  ctx_.mapper = &mapper_.emplace(std::move(mapping), *std::move(groups));
  return absl::OkStatus();
}

absl::Status Run::ReadTeleport() {
  Enter("roster");
  OKTASYNC_ASSIGN_OR_RETURN(std::vector<LockRecord> all, real_target_.GetLocks({}, false, inner_cancel_));
  OKTASYNC_ASSIGN_OR_RETURN(const std::vector<LockRecord> live,
                            real_target_.GetLocks({}, true, inner_cancel_));
  ctx_.locks = LockBook(std::move(all), live, ctx_.id, clock_.Now());
  for (const Approval& approval : ctx_.approvals.list()) {
    // A handover may go on to a name in quarantine, which was approved before the unit was shown.
    if (approval.kind != HeldKind::kQuarantine && approval.kind != HeldKind::kHandover) continue;
    for (const HeldItem& item : approval.items) ctx_.locks.ApproveName(item.okta_id, item.what);
  }

  absl::flat_hash_map<std::string, std::string> locked_by_others;  // names of users to names of locks
  for (const LockRecord& lock : live) {
    if (!IsOurs(lock, ctx_.id) && !lock.user.empty()) locked_by_others.emplace(lock.user, lock.name);
  }

  const ConnectorRef& connector = options_.traits.connector;
  uint64_t of_other_apps = 0;
  const absl::Status listed = real_target_.ListUsers(
      [&](const UserRecord& user) {
        const Holder holder = HolderOf(user, ctx_.id, ctx_.org_url, connector);
        const std::string_view okta_id = LabelOr(user.labels, labels::kOktaUserId);
        if (holder == Holder::kOurs) {
          roster_.AddOurs(okta_id, user.name, traits::DigestOf(user));
          if (const auto lock = locked_by_others.find(user.name); lock != locked_by_others.end()) {
            ctx_.report.Add(Outcome::kNotice, okta_id, user.name,
                            "is locked by " + Escape(lock->second) +
                                ", a lock that this sync did not make and leaves as it is (tctl get lock/" +
                                Escape(lock->second) + ")");
          }
        } else if (holder == Holder::kUnlabelled) {
          roster_.AddUnlabelled(okta_id, user.name);
        } else {
          roster_.AddOther(user.name, holder);
          if (LabelOr(user.labels, labels::kSource).starts_with(ctx_.id.org_id + "/")) ++of_other_apps;
        }
        return absl::OkStatus();
      },
      inner_cancel_);
  OKTASYNC_RETURN_IF_ERROR(Annotate(listed, "listing Teleport's users"));
  roster_.Seal();
  progress_.expected.store(roster_.size());
  if (app_searched_ && of_other_apps > 0) {
    // A connector that was changed while no process lived looks just like this.
    ctx_.report.Notice(
        std::to_string(of_other_apps) +
        " users in Teleport were imported from another app of this org, and are not looked after "
        "here: the app of this sync, " +
        ctx_.id.app_id +
        ", was found from the SSO connector. If another oktasync syncs the other app, all is well; "
        "if the connector was changed, name the app in okta.app_id");
  }
  if (roster_.unlabelled() > 0) {
    ctx_.report.Notice(std::to_string(roster_.unlabelled()) +
                       " Okta users of this org in Teleport carry no source label (made by Teleport "
                       "Enterprise's own sync?); " +
                       (options_.adopt ? "those who are assigned to the app are taken over"
                                       : "they are left alone. Set users.adopt to take them over"));
  }
  return absl::OkStatus();
}

}  // namespace oktasync::reconcile
