#include "reconcile/changes.h"

#include <set>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "reconcile/locking.h"
#include "teleport/errors.h"

namespace oktasync::reconcile {
namespace {

constexpr int kUpdateTries = 5;
constexpr int kCreateTries = 5;

bool IsOursWithId(const RunContext& ctx, const UserRecord& user, const std::string& okta_id) {
  return HolderOf(user, ctx.id, ctx.org_url, ctx.options.traits.connector) == Holder::kOurs &&
         LabelOr(user.labels, labels::kOktaUserId) == okta_id;
}

void ReportConflict(RunContext& ctx, const DesiredUser& desired, const UserRecord& holder) {
  const Holder kind = HolderOf(holder, ctx.id, ctx.org_url, ctx.options.traits.connector);
  std::string reason = ExplainConflict(kind, holder.name);
  if (kind == Holder::kOurs) {
    reason += " (Okta user " + Escape(LabelOr(holder.labels, labels::kOktaUserId), 64) + ")";
  }
  ctx.report.Add(Outcome::kConflict, desired.okta_id, desired.name, std::move(reason));
}

// Teleport answers NOT_FOUND to a create or update that names a role it does not know: one of those that we
// give, which concerns many, or one that somebody else once gave to this person, which concerns nobody else.
// So ours are looked up before one of them is believed to be missing.
bool RoleVanished(RunContext& ctx, const DesiredUser& desired, const absl::Status& status) {
  if (status.code() != absl::StatusCode::kNotFound) return false;
  bool vanished = false;
  for (const std::string& role : desired.roles) {
    if (ctx.target->GetRole(role, ctx.cancel).status().code() != absl::StatusCode::kNotFound) continue;
    ctx.RoleMissing(role);
    vanished = true;
  }
  return vanished;
}

// True when what this person should have cannot be given now; the report has it.
bool Waits(RunContext& ctx, const DesiredUser& desired, const char* words) {
  const std::string what = ctx.WaitsFor(desired.roles);
  if (what.empty()) return false;
  ctx.report.Add(Outcome::kWaiting, desired.okta_id, desired.name, words + what);
  return true;
}

constexpr char kIsNew[] = "is new; waits for ";
constexpr char kHasChanges[] = "has changes; they wait for ";

enum class Made {
  kDone,
  kPerhaps,  // the answer was lost; a user of that name exists
  kExists,   // it had existed before
  kNo,
};

// Creates; on an unknown outcome or a taken name says what stands there now.
Made TryCreate(RunContext& ctx, const DesiredUser& desired, UserRecord* standing) {
  if (Waits(ctx, desired, kIsNew)) return Made::kNo;
  absl::Status status;
  bool lost = false;  // the answer to an earlier try
  for (int i = 0; i < kCreateTries; ++i) {
    auto created = ctx.target->CreateUser(traits::NewUser(desired), ctx.cancel);
    if (created.ok()) {
      ctx.Reached();
      ctx.report.Wrote();
      return Made::kDone;
    }
    status = created.status();
    lost = lost || teleport::IsOutcomeUnknown(status);
    if (status.code() != absl::StatusCode::kAlreadyExists && !teleport::IsOutcomeUnknown(status)) break;
    auto stored = ctx.target->GetUser(desired.name, ctx.cancel);
    if (stored.ok()) {
      *standing = *std::move(stored);
      return lost ? Made::kPerhaps : Made::kExists;
    }
    // Not there: it was not done, so it may be repeated. A cut connection must not cost those in flight on it
    // a whole interval.
    if (stored.status().code() != absl::StatusCode::kNotFound) break;
  }
  if (RoleVanished(ctx, desired, status) && Waits(ctx, desired, kIsNew)) return Made::kNo;
  if (status.code() == absl::StatusCode::kInvalidArgument) {
    ctx.report.Add(Outcome::kBadName, desired.okta_id, desired.name,
                   "Teleport refuses this user: " + Message(status));
    return Made::kNo;
  }
  ctx.PersonFailed(desired.okta_id, desired.name, "creating", status);
  return Made::kNo;
}

enum class Takeover { kOurs, kAdopted };

bool MayChange(const RunContext& ctx, const UserRecord& stored, const DesiredUser& desired, Takeover how) {
  if (how == Takeover::kOurs) return IsOursWithId(ctx, stored, desired.okta_id);
  if (IsOursWithId(ctx, stored, desired.okta_id)) return true;  // taken over by a try whose answer was lost
  if (HolderOf(stored, ctx.id, ctx.org_url, ctx.options.traits.connector) != Holder::kUnlabelled)
    return false;
  const std::string_view id = LabelOr(stored.labels, labels::kOktaUserId);
  return id.empty() || id == desired.okta_id;
}

// True when the stored user is as desired now (but for what may only be taken later).
bool BringTo(RunContext& ctx, const DesiredUser& desired, Roster::Index entry, TakenBook* taken,
             Takeover how = Takeover::kOurs) {
  // Before anything is found to be too much: without Okta's groups that would be every role that they give.
  if (ctx.ChangesAllWait() && Waits(ctx, desired, kHasChanges)) return false;
  absl::Status last;
  for (int i = 0; i < kUpdateTries; ++i) {
    auto stored = ctx.target->GetUser(desired.name, ctx.cancel);
    if (stored.status().code() == absl::StatusCode::kNotFound) {
      ctx.report.Add(Outcome::kNotice, desired.okta_id, desired.name,
                     "the Teleport user vanished while it was to be updated; the next run decides again");
      return false;
    }
    if (!stored.ok()) {
      ctx.PersonFailed(desired.okta_id, desired.name, "reading the user to update", stored.status());
      return false;
    }
    if (!MayChange(ctx, *stored, desired, how)) {
      ReportConflict(ctx, desired, *stored);
      return false;
    }
    traits::Taken would_take = traits::WouldTake(*stored, desired);
    // Teleport refuses a user with a role that it does not know, so such a one cannot wait for the whole walk.
    std::erase_if(would_take.roles, [&](const std::string& role) { return !ctx.RoleExists(role); });
    const auto note = [&](const UserRecord& user) {
      if (would_take.empty() || entry == Roster::kNone) return;
      taken->Add(entry, would_take, LabelOr(user.labels, labels::kTaken));
    };
    const UserRecord merged = traits::Merge(*stored, desired, would_take);
    if (traits::DigestOf(merged) == traits::DigestOf(*stored)) {
      note(*stored);
      return true;
    }
    if (Waits(ctx, desired, kHasChanges)) return false;
    auto updated = ctx.target->UpdateUser(merged, ctx.cancel);
    if (updated.ok()) {
      ctx.Reached();
      ctx.report.Wrote();
      if (how == Takeover::kAdopted) {
        ctx.report.Add(Outcome::kAdopted, desired.okta_id, desired.name,
                       "was made by another sync of this org; carries our source label from now on");
      } else {
        ctx.report.Add(Outcome::kUpdated, desired.okta_id, desired.name, "roles, traits or labels changed");
      }
      note(*stored);
      return true;
    }
    last = updated.status();
    if (RoleVanished(ctx, desired, last) && Waits(ctx, desired, kHasChanges)) return false;
    // A stale revision (a login wrote at the same time), or an outcome that we do not know: read again.
    if (last.code() != absl::StatusCode::kFailedPrecondition && !teleport::IsOutcomeUnknown(last)) break;
  }
  ctx.PersonFailed(desired.okta_id, desired.name, "updating", last);
  return false;
}

HeldItem ItemOf(const Roster& roster, Roster::Index entry, std::string what) {
  return {std::string(roster.okta_id(entry)), std::string(roster.name(entry)), std::move(what)};
}

}  // namespace

void TakenBook::Add(Roster::Index entry, const traits::Taken& taken, std::string_view remembered) {
  std::lock_guard lock(mutex_);
  if (!remembered.empty()) remembered_[entry] = std::string(remembered);
  for (const std::string& key : taken.trait_keys) trait_keys_[key].push_back(entry);
  for (const std::string& role : taken.roles) roles_[role].push_back(entry);
}

void TakenBook::CountSpent(const Roster& roster, const Approvals& approvals,
                           std::map<std::string, uint64_t>* spent) const {
  const auto count = [&](const auto& book, const std::string& what) {
    for (const auto& [key, listed] : book) {
      for (Roster::Index entry : std::set<Roster::Index>(listed.begin(), listed.end())) {
        const auto remembered = remembered_.find(entry);
        if (remembered == remembered_.end()) continue;
        const HeldItem item = ItemOf(roster, entry, what + key);
        for (const Approval& approval : approvals.list()) {
          if (approval.kind == HeldKind::kTaken && approval.Covers(item) &&
              RemembersApproval(remembered->second, approval.mark())) {
            ++(*spent)[approval.digest];
          }
        }
      }
    }
  };
  count(trait_keys_, "trait ");
  count(roles_, "role ");
}

TakenBook::Ruling TakenBook::Rule(uint64_t limit, const Roster& roster, const Approvals& approvals) const {
  std::lock_guard lock(mutex_);
  Ruling ruling;
  CountSpent(roster, approvals, &ruling.spent);
  const auto covering = [&](const HeldItem& item) -> const Approval* {
    for (const Approval& approval : approvals.list()) {
      if (approval.kind != HeldKind::kTaken || ruling.spent.contains(approval.digest)) continue;
      if (approval.Covers(item)) return &approval;
    }
    return nullptr;
  };
  const auto judge = [&](const auto& book, const std::string& what,
                         std::vector<std::string> traits::Taken::*list) {
    for (const auto& [key, listed] : book) {
      HeldSet set;
      set.kind = HeldKind::kTaken;
      std::vector<Roster::Index> small;
      for (Roster::Index entry : std::set<Roster::Index>(listed.begin(), listed.end())) {
        HeldItem item = ItemOf(roster, entry, what + key);
        const Approval* approval = covering(item);
        if (approval != nullptr) {
          ruling.used.insert(approval->digest);
          ruling.allowed[entry].approvals.insert(approval->mark());
          (ruling.allowed[entry].what.*list).push_back(key);
          continue;
        }
        small.push_back(entry);
        set.items.push_back(std::move(item));
      }
      if (small.size() <= limit) {
        for (Roster::Index entry : small) (ruling.allowed[entry].what.*list).push_back(key);
        continue;
      }
      set.reason = "the " + what + key + " would be taken from " + std::to_string(small.size()) +
                   " users at once, more than the limit of " + std::to_string(limit) +
                   ", so it stays. If it vanished from Okta's answers by mistake, check the admin role's "
                   "attribute conditions and the app's profile mapping in Okta";
      ruling.held.push_back(std::move(set));
    }
  };
  judge(trait_keys_, "trait ", &traits::Taken::trait_keys);
  judge(roles_, "role ", &traits::Taken::roles);
  return ruling;
}

std::string ExplainConflict(Holder holder, const std::string& name) {
  const std::string user = Escape(name);
  switch (holder) {
    case Holder::kOurs:
      return "the name is held by " + user +
             ", a present user of this app; change one of the two app "
             "usernames in Okta";
    case Holder::kLogin:
      return "the name is held by the record of a login through our SSO connector, which replaced or "
             "preceded "
             "ours; it goes when that login expires, or at once with `tctl users rm " +
             user + "`";
    case Holder::kOtherSource:
      return "the name is held by " + user +
             ", whom another oktasync source (org or app) made; unassign the "
             "person from one of the two apps";
    case Holder::kUnlabelled:
      return "the name is held by " + user +
             ", an Okta user of this org without our source label (made by "
             "Teleport Enterprise's own sync?); it is left as it is. Set users.adopt if that sync is "
             "switched off and its users are to be taken over";
    case Holder::kOktaUnknown:
      return "the name is held by " + user +
             ", an Okta user of another org or with incomplete labels; it is "
             "left as it is";
    case Holder::kLocal:
    case Holder::kNobody:
      break;
  }
  return "the name is held by " + user +
         ", a Teleport user that oktasync did not make; rename or remove that "
         "user (`tctl users rm " +
         user + "`), or change the person's app username in Okta";
}

bool MakeUser(RunContext& ctx, const DesiredUser& desired) {
  UserRecord standing;
  const Made made = TryCreate(ctx, desired, &standing);
  if (made == Made::kNo) return false;
  if (made == Made::kDone) {
    ctx.report.Add(Outcome::kCreated, desired.okta_id, desired.name, "assigned in Okta");
    return true;
  }
  if (!IsOursWithId(ctx, standing, desired.okta_id)) {
    ReportConflict(ctx, desired, standing);
    return false;
  }
  // Ours after all: the answer to our create was lost, or the listing was older than a create of the last
  // run. Nothing is taken away: what this run did not see in the roster it does not judge.
  TakenBook unused;
  if (traits::DigestOf(standing) != traits::DigestOf(desired)) {
    return BringTo(ctx, desired, Roster::kNone, &unused);
  }
  if (made == Made::kPerhaps) {
    ctx.report.Add(Outcome::kCreated, desired.okta_id, desired.name, "assigned in Okta");
  } else {
    ctx.report.Count("unchanged");
  }
  return true;
}

void Create(RunContext& ctx, const DesiredUser& desired) { MakeUser(ctx, desired); }

void Adopt(RunContext& ctx, const DesiredUser& desired, const std::string& stored_name) {
  DesiredUser under_its_name = desired;
  under_its_name.name = stored_name;
  TakenBook unused;
  BringTo(ctx, under_its_name, Roster::kNone, &unused, Takeover::kAdopted);
}

void Update(RunContext& ctx, const DesiredUser& desired, Roster::Index entry, TakenBook& taken) {
  BringTo(ctx, desired, entry, &taken);
}

void Take(RunContext& ctx, const std::string& okta_id, const std::string& name,
          const TakenBook::Allowed& allowed) {
  const traits::Taken& taken = allowed.what;
  absl::Status last;
  for (int i = 0; i < kUpdateTries; ++i) {
    auto stored = ctx.target->GetUser(name, ctx.cancel);
    if (!stored.ok()) {
      if (stored.status().code() != absl::StatusCode::kNotFound) {
        ctx.PersonFailed(okta_id, name, "reading the user to update", stored.status());
      }
      return;
    }
    if (!IsOursWithId(ctx, *stored, okta_id)) return;
    UserRecord without = traits::Without(*stored, taken);
    if (traits::DigestOf(without) == traits::DigestOf(*stored)) return;
    if (!ctx.WaitsFor(without.roles).empty()) return;  // Teleport refuses a user with a role that is missing
    for (const ApprovalMark& mark : allowed.approvals) {
      std::string& label = without.labels[std::string(labels::kTaken)];
      label = RememberApproval(label, mark, ctx.clock.Uncorrected());
    }
    auto updated = ctx.target->UpdateUser(without, ctx.cancel);
    if (updated.ok()) {
      ctx.Reached();
      ctx.report.Wrote();
      std::string what;
      for (const std::string& key : taken.trait_keys) what += (what.empty() ? "" : ", ") + ("trait " + key);
      for (const std::string& role : taken.roles) what += (what.empty() ? "" : ", ") + ("role " + role);
      ctx.report.Add(Outcome::kUpdated, okta_id, name, "taken away: " + what);
      return;
    }
    last = updated.status();
    if (last.code() != absl::StatusCode::kFailedPrecondition && !teleport::IsOutcomeUnknown(last)) break;
  }
  ctx.PersonFailed(okta_id, name, "taking away what Okta no longer says", last);
}

bool Return(RunContext& ctx, const std::string& okta_id, std::string_view name, Roster::Index entry,
            TakenBook& taken) {
  auto read = ctx.source.ReadAssignment(okta_id, ctx.cancel);
  if (!read.ok()) {
    ctx.report.Add(Outcome::kKept, okta_id, "",
                   "stays locked: the single read failed: " + Message(read.status()));
    return true;
  }
  if (!read->exists || read->user.presence() != Presence::kPresent) {
    const std::string words = read->exists ? "user " + Escape(read->user.status_text, 64) + ", assignment " +
                                                 Escape(read->user.assignment_text, 64)
                                           : std::string("not assigned");
    ctx.report.Add(Outcome::kKept, okta_id, read->exists ? read->user.user_name : "",
                   "stays locked: a single read does not say present (" + words + ")");
    return true;
  }
  auto desired = ctx.mapper->Map(read->user, nullptr);
  if (!desired.ok()) {
    ctx.report.Add(Outcome::kBadName, okta_id, read->user.user_name, Message(desired.status()));
    return true;
  }
  // Whether it is free, or in quarantine, was asked of that name alone.
  if (desired->name != name) {
    ctx.report.Add(Outcome::kKept, okta_id, name,
                   "stays locked: is back in Okta as " + Escape(desired->name) +
                       "; a whole walk tells whether that name is free");
    return false;
  }
  const bool stands =
      entry == Roster::kNone ? MakeUser(ctx, *desired) : BringTo(ctx, *desired, entry, &taken);
  if (!stands) return true;
  Lift(ctx, okta_id, desired->name);
  return true;
}

}  // namespace oktasync::reconcile
