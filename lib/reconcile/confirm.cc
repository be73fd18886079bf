#include "reconcile/confirm.h"

#include "base/status.h"
#include "base/text.h"

namespace oktasync::reconcile {
namespace {

std::string Cite(const okta::Citation& citation) {
  return citation.request_id.empty() ? "" : " (Okta request " + Escape(citation.request_id, 64) + ")";
}

Verdict Unclear(const absl::Status& status) {
  Verdict verdict;
  verdict.words = Message(status);
  return verdict;
}

}  // namespace

absl::Status CheckApp(const okta::App& app) {
  if (app.status != "ACTIVE") {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the Okta app " + app.id + " is " + Escape(app.status, 64) +
                          ", not ACTIVE; its list of users means nothing until it is activated in Okta "
                          "(Applications), so nobody is removed");
  }
  if (app.implicit_assignment) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the Okta app " + app.id +
                          " assigns users implicitly (settings.implicitAssignment), so its list of users "
                          "does not tell who has left; switch that off in Okta");
  }
  return absl::OkStatus();
}

Verdict Confirmer::ReadUserAlone(const std::string& okta_id) {
  auto user = ctx_.source.ReadUser(okta_id, ctx_.cancel);
  if (!user.ok()) return Unclear(user.status());
  Verdict verdict;
  verdict.begun = user->citation.begun;
  if (!user->exists) {
    verdict.kind = Verdict::Kind::kGone;
    verdict.deactivated = true;
    verdict.words = "the Okta user is deleted" + Cite(user->citation);
  } else if (user->status == UserStatus::kDeprovisioned) {
    verdict.kind = Verdict::Kind::kGone;
    verdict.deactivated = true;
    verdict.words = "the Okta user is DEPROVISIONED" + Cite(user->citation);
  } else {
    verdict.words = "the Okta user is " + Escape(user->status_text, 64) + Cite(user->citation);
  }
  return verdict;
}

Verdict Confirmer::Read(const std::string& okta_id) {
  Verdict verdict = ReadUserAlone(okta_id);
  // Either proven gone, or the read failed (then `begun` was never set), or there is more to ask.
  if (verdict.kind == Verdict::Kind::kGone || verdict.begun == absl::ZeroDuration()) return verdict;

  Presence presence;
  std::string words;
  if (const Presence* listed = second_ == nullptr ? nullptr : second_->Find(okta_id)) {
    presence = *listed;
    words = "listed as " + std::string(ToString(presence)) + " in the second listing";
  } else if (second_ != nullptr && reads_beside_.fetch_add(1) >= SecondWalk::kReadsBeside) {
    presence = Presence::kGone;
    words = "missing from two whole listings of the app's users";
  } else {
    auto assignment = ctx_.source.ReadAssignment(okta_id, ctx_.cancel);
    if (!assignment.ok()) return Unclear(assignment.status());
    verdict.begun = assignment->citation.begun;
    if (!assignment->exists) {
      presence = Presence::kGone;
      words = "not assigned to the app" + Cite(assignment->citation);
    } else {
      presence = assignment->user.presence();
      words = "the assignment is " + Escape(assignment->user.assignment_text, 64) + ", the user " +
              Escape(assignment->user.status_text, 64) + Cite(assignment->citation);
    }
  }
  verdict.words = words;
  switch (presence) {
    case Presence::kPresent:
      verdict.kind = Verdict::Kind::kPresent;
      break;
    case Presence::kSuspended:
      verdict.kind = Verdict::Kind::kSuspended;
      break;
    case Presence::kUnknown:
      verdict.kind = Verdict::Kind::kUnclear;
      break;
    case Presence::kGone:
      if (const absl::Status app = CheckApp(); !app.ok()) return Unclear(app);
      verdict.kind = Verdict::Kind::kGone;
      break;
  }
  return verdict;
}

absl::Status Confirmer::CheckApp() {
  std::lock_guard lock(app_mutex_);
  const absl::Duration now = ctx_.clock.SinceBoot();
  if (now - app_checked_ < ctx_.options.confirm_max_age / 2) return absl::OkStatus();
  OKTASYNC_ASSIGN_OR_RETURN(const okta::App app, ctx_.source.ReadApp(ctx_.cancel));
  OKTASYNC_RETURN_IF_ERROR(reconcile::CheckApp(app));
  app_checked_ = now;
  return absl::OkStatus();
}

}  // namespace oktasync::reconcile
