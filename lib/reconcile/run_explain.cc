// What a run would decide about one person (explain.h).
#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "nlohmann/json.hpp"
#include "reconcile/explain.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {
namespace {

using nlohmann::json;
using Action = Decision::Action;

std::string Whose(Holder holder) {
  switch (holder) {
    case Holder::kOurs:
      return "ours: made by this sync";
    case Holder::kLocal:
      return "not ours: made by an admin or another program";
    case Holder::kLogin:
      return "not ours: the record of a login through our SSO connector";
    case Holder::kOtherSource:
      return "not ours: made by another oktasync source";
    case Holder::kUnlabelled:
      return "an Okta user of this org without our source label (R2)";
    case Holder::kOktaUnknown:
      return "not ours: an Okta user of another org or with incomplete labels";
    case Holder::kNobody:
      break;
  }
  return "nobody's";
}

struct Words {
  const char* decision;
  const char* rule;
  const char* words;
};

Words WordsFor(const Decision& decision) {
  switch (decision.action) {
    case Action::kNothing:
      return {"nothing", "R4",
              "The Teleport user is as Okta wants it, or is not to be touched; nothing is done."};
    case Action::kUpdate:
      return {"update", "R4", "Roles, traits or labels differ from what Okta says; a run updates them."};
    case Action::kCreate:
      return {"create", "R4", "Present in Okta and not in Teleport; a run creates the user."};
    case Action::kReturn:
      return {
          "return", "R16",
          "Present in Okta again, under a lock of ours; a run reads the person once more, brings the user "
          "up to date and lifts the lock."};
    case Action::kAdopt:
      return {"adopt", "R2", "Another sync of this org made this user; a run takes it over (users.adopt)."};
    case Action::kSuspend:
      return {"suspend", "R15", "Suspended in Okta; a run locks the user until that ends."};
    case Action::kMoves:
      return {
          "move", "R18",
          "The name in Okta is not the one in Teleport, or somebody of ours has it. A run decides once it "
          "has seen everybody: a free name is made afresh and the old user locked and deleted (R18); a "
          "name that passes between living users waits for an approval (R19)."};
    case Action::kReport:
      break;
  }
  switch (decision.outcome) {
    case Outcome::kConflict:
      return {"nothing", "R6", "The name is taken, so nothing is written."};
    case Outcome::kQuarantined:
      return {"nothing", "R17", "The name is in quarantine."};
    case Outcome::kBadName:
      return {"nothing", "R5", "The name cannot be used."};
    default:
      return {"nothing", "R3", "Nothing is changed."};
  }
}

// Of somebody in Teleport about whom nothing is to be done.
Words WordsForSuspended(bool lock) {
  if (lock) return {"nothing", "R15", "Suspended in Okta and locked until that ends; nothing is left to do."};
  return {"nothing", "R15",
          "Suspended in Okta, which changes nothing as long as users.suspended is \"ignore\"."};
}

absl::Status Unknown(const std::string& query, const std::string& why) {
  return MakeStatus(absl::StatusCode::kNotFound, "nobody is known as " + Escape(query) + ": " + why);
}

}  // namespace

absl::StatusOr<Explanation> Run::Explain(const std::string& query) {
  Explanation out;
  out.query = query;
  OKTASYNC_RETURN_IF_ERROR(CheckOrg());
  const absl::Status app = CheckApp();
  if (!app.ok()) out.sentences.push_back("A run would stop before it decides anything: " + Message(app));
  OKTASYNC_RETURN_IF_ERROR(CheckTeleport());
  OKTASYNC_RETURN_IF_ERROR(ReadTeleport());
  OKTASYNC_RETURN_IF_ERROR(CheckRoles());

  // Whom is it about?
  Roster::Range entries = roster_.Find(query);
  out.okta_id = query;
  auto named = ctx_.target->GetUser(query, inner_cancel_);
  if (!named.ok() && named.status().code() != absl::StatusCode::kNotFound &&
      named.status().code() != absl::StatusCode::kInvalidArgument) {
    return Annotate(named.status(), "reading the Teleport user " + Escape(query));
  }
  if (entries.empty() && named.ok()) {
    out.okta_id = LabelOr(named->labels, labels::kOktaUserId);
    entries = roster_.Find(out.okta_id);
  } else if (entries.empty()) {
    // The last who was locked under this name, if it is one.
    const auto locks = ctx_.locks.LocksOfOthers(query, "");
    if (!locks.empty()) out.okta_id = LabelOr(locks.front()->labels, labels::kLockOktaUserId);
  }

  absl::StatusOr<okta::AssignmentRead> read = MakeStatus(absl::StatusCode::kNotFound, "");
  if (!out.okta_id.empty()) {
    const auto user = ctx_.source.ReadUser(out.okta_id, inner_cancel_);
    if (user.status().code() == absl::StatusCode::kInvalidArgument) {
      return Unknown(query,
                     "no Teleport user has that name, no lock of ours is on it, and it is not an Okta user "
                     "id. Give the Okta user id (00u…) of somebody who was never imported");
    }
    if (!user.ok()) return Annotate(user.status(), "reading the Okta user");
    out.user_exists = user->exists;
    out.user_status = user->status_text;
    read = ctx_.source.ReadAssignment(out.okta_id, inner_cancel_);
    if (!read.ok()) return Annotate(read.status(), "reading the assignment");
    out.assigned = read->exists;
  }

  // Okta's word and the rule.
  if (read.ok() && read->exists) {
    const AppUser& row = read->user;
    out.assignment_status = row.assignment_text;
    out.okta_name = row.user_name;
    out.presence = ToString(row.presence());
    if (row.presence() != Presence::kGone) {
      auto desired = mapper_->Map(row, nullptr);
      const DecideOptions how{options_.adopt, options_.lock_suspended};
      const Decision decision = DecideRow(row, desired, roster_, ctx_.locks, how, claims_);
      const Words verdict = row.presence() == Presence::kSuspended && decision.action == Action::kNothing
                                ? WordsForSuspended(options_.lock_suspended)
                                : WordsFor(decision);
      out.decision = verdict.decision;
      out.rule = verdict.rule;
      out.sentences.emplace_back(verdict.words);
      if (!decision.reason.empty()) {
        out.sentences.push_back("The report of a run would say: " + decision.reason + ".");
      }
      if (desired.ok()) {
        if (const std::string what = ctx_.WaitsFor(desired->roles); !what.empty()) {
          out.sentences.push_back("Creates and updates of this person wait for " + what + ".");
        }
      }
    }
  }
  if (out.rule.empty() && !out.okta_id.empty()) {
    out.presence = ToString(Presence::kGone);
    out.rule = "R13";
    if (entries.empty()) {
      out.decision = "nothing";
      out.sentences.emplace_back("Not assigned to the app, and not in Teleport as a user of ours.");
    } else {
      out.decision = "remove";
      const char* left = !out.user_exists                     ? "Deleted in Okta"
                         : out.user_status == "DEPROVISIONED" ? "Deactivated in Okta"
                                                              : "Not assigned to the app any more";
      out.sentences.push_back(
          std::string(left) +
          "; a run proves that by a single read, locks the user and deletes it (R13), unless more "
          "people have left than the guard lets go without an approval (R12).");
    }
  } else if (out.okta_id.empty()) {
    out.decision = "nothing";
    out.rule = "R1";
    out.sentences.emplace_back("The Teleport user of that name carries no Okta id; it is never touched.");
  }
  const absl::Time window = clock_.Now() - options_.guard.window;
  const uint64_t removed = ctx_.locks.RemovedSince(window);
  out.sentences.push_back("The guard lets " +
                          std::to_string(GuardLimit(roster_.size(), removed, options_.guard)) +
                          " people be removed, renamed or handed over in 24 hours; " +
                          std::to_string(removed) + (removed == 1 ? " was." : " were."));
  OKTASYNC_RETURN_IF_ERROR(TellOfTeleport(entries, &out));
  if (!out.user_exists && out.users.empty() && out.locks.empty()) {
    return Unknown(query, "Okta has no user of that id, and Teleport neither a user nor a lock");
  }
  return out;
}

absl::Status Run::TellOfTeleport(Roster::Range entries, Explanation* out) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  };
  for (Roster::Index i = entries.first; i < entries.last; ++i) add(roster_.name(i));
  add(out->okta_name);
  add(out->query);
  for (const std::string& name : names) {
    auto user = ctx_.target->GetUser(name, inner_cancel_);
    if (user.ok()) {
      out->users.push_back(
          {name, Whose(HolderOf(*user, ctx_.id, ctx_.org_url, options_.traits.connector)), user->roles});
    } else if (user.status().code() != absl::StatusCode::kNotFound &&
               user.status().code() != absl::StatusCode::kInvalidArgument) {
      return Annotate(user.status(), "reading the Teleport user " + Escape(name));
    }
  }
  OKTASYNC_ASSIGN_OR_RETURN(const auto all, ctx_.target->GetLocks({}, false, inner_cancel_));
  OKTASYNC_ASSIGN_OR_RETURN(const auto live, ctx_.target->GetLocks({}, true, inner_cancel_));
  for (const LockRecord& lock : all) {
    const bool ours = IsOurs(lock, ctx_.id);
    const bool his = ours && LabelOr(lock.labels, labels::kLockOktaUserId) == out->okta_id;
    if (!his && std::find(names.begin(), names.end(), lock.user) == names.end()) continue;
    const bool in_force = std::any_of(live.begin(), live.end(),
                                      [&](const LockRecord& other) { return other.name == lock.name; });
    out->locks.push_back({lock.name, lock.user,
                          ours ? std::string(LabelOr(lock.labels, labels::kPurpose)) : std::string(),
                          Until(lock), in_force, std::string(LabelOr(lock.labels, labels::kApproval))});
  }
  return absl::OkStatus();
}

json ToJson(const Explanation& explanation) {
  json users = json::array();
  for (const Explanation::User& user : explanation.users) {
    users.push_back({{"name", user.name}, {"whose", user.whose}, {"roles", user.roles}});
  }
  json locks = json::array();
  for (const Explanation::LockSeen& lock : explanation.locks) {
    locks.push_back({{"name", lock.name},
                     {"user", lock.user},
                     {"purpose", lock.purpose},
                     {"until", lock.until},
                     {"in_force", lock.in_force},
                     {"approval", lock.approval}});
  }
  return {{"query", explanation.query},
          {"okta",
           {{"id", explanation.okta_id},
            {"exists", explanation.user_exists},
            {"status", explanation.user_status},
            {"assigned", explanation.assigned},
            {"assignment_status", explanation.assignment_status},
            {"name", explanation.okta_name},
            {"presence", explanation.presence}}},
          {"teleport", {{"users", std::move(users)}, {"locks", std::move(locks)}}},
          {"rule", explanation.rule},
          {"decision", explanation.decision},
          {"sentences", explanation.sentences}};
}

}  // namespace oktasync::reconcile
