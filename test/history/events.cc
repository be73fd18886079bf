// The events of a history outside of the product: what happens in Okta, and what others do in Teleport.
#include "base/text.h"
#include "history/play.h"
#include "model/labels.h"
#include "reconcile/lock_book.h"

namespace history {

namespace labels = oktasync::labels;
using oktasync::LabelOr;

bool Play::Join(int who, const std::string& name) {
  std::string id = IdOf(who);
  OktaModel& okta = world_.okta;
  if (okta.people.contains(id) && okta.people[id].deleted) {
    ++generations_[static_cast<size_t>(who) % generations_.size()];
    id = IdOf(who);
  }
  const bool known = okta.people.contains(id);
  if (known && !okta.people[id].assignment.empty()) return false;
  if (!known) {
    okta.Hire(id, name, who % 2 == 0 ? "Eng" : "Sales");
  } else {
    okta.Activate(id);
    if (!okta.Assign(id, name)) return false;
  }
  world_.NotePerson(id);
  if (tally_ != nullptr) {
    if (known) tally_->See("people who returned");
    const auto had = names_had_.find(oktasync::FoldCase(name));
    if (had != names_had_.end() && had->second != id) tally_->See("names used again by another");
  }
  names_had_[oktasync::FoldCase(name)] = id;
  return true;
}

void Play::Crowd(int what) {
  constexpr int kCrowd = 24;  // more than are looked up singly (R13), and than the guard lets go
  OktaModel& okta = world_.okta;
  const bool there = okta.Find("00uc0") != nullptr && !okta.Find("00uc0")->assignment.empty();
  for (int i = 0; i < kCrowd; ++i) {
    const std::string id = "00uc" + std::to_string(i);
    const std::string name = "c" + std::to_string(i) + "@example.com";
    if (!there) {
      if (!okta.Hire(id, name, "Sales")) okta.Activate(id), okta.Assign(id, name);
    } else if (what == 0 || (what == 1 && i % 5 == 0)) {
      okta.Deactivate(id);
    } else {
      okta.Unassign(id);
    }
    world_.NotePerson(id);
  }
}

bool Play::OktaEvent(Kind kind, int who, int what, int n) {
  OktaModel& okta = world_.okta;
  const std::string id = IdOf(who);
  const auto done = [&](bool did) {
    if (did) world_.NotePerson(id);
    return did;
  };
  switch (kind) {
    case Kind::kJoin:
      return Join(who, NameOf(what));
    case Kind::kUnassign:
      return done(okta.Unassign(id));
    case Kind::kDeactivate:
      return done(okta.Deactivate(id));
    case Kind::kDelete:
      return done(okta.Delete(id));
    case Kind::kInactive: {
      constexpr const char* kWords[] = {"INACTIVE", "REVOKED", "DEPROVISIONED", "SUSPENDED", "PENDING"};
      return done(okta.SetAssignment(id, kWords[what % 5]));
    }
    case Kind::kRename:
      return done(okta.Rename(id, NameOf(what)));
    case Kind::kCase: {
      const Person* person = okta.Find(id);
      if (person == nullptr || person->user_name.empty()) return false;
      std::string name = person->user_name;
      if (name[0] != 'n' && name[0] != 'N') return false;
      name[0] = name[0] == 'n' ? 'N' : 'n';
      return done(okta.Rename(id, name));
    }
    case Kind::kSwap: {
      const std::string other = IdOf(what);
      const Person* one = okta.Find(id);
      const Person* two = okta.Find(other);
      if (one == nullptr || two == nullptr || id == other) return false;
      if (one->assignment.empty() || two->assignment.empty() || one->user_name == two->user_name)
        return false;
      const std::string first = one->user_name;
      okta.Rename(id, two->user_name);
      okta.Rename(other, first);
      world_.NotePerson(other);
      return done(true);
    }
    case Kind::kChain: {
      const std::string other = IdOf(what);
      const Person* two = okta.Find(other);
      if (two == nullptr || id == other || two->assignment.empty()) return false;
      const std::string first = two->user_name;
      if (!okta.Rename(id, first)) return false;
      if (okta.Rename(other, NameOf(n))) world_.NotePerson(other);
      return done(true);
    }
    case Kind::kSuspend:
      return done(okta.Suspend(id));
    case Kind::kUnsuspend:
      return done(okta.Unsuspend(id));
    case Kind::kStatus: {
      constexpr const char* kWords[] = {"ACTIVE", "LOCKED_OUT", "STAGED", "BANISHED", "ACTIVE"};
      return done(okta.SetStatus(id, kWords[what % 5]));
    }
    case Kind::kEdit: {
      constexpr const char* kDepartments[] = {"Eng", "Sales", "", "*"};
      return done(okta.Edit(id, "department", kDepartments[what % 3]));
    }
    case Kind::kHideRow: {
      const Person* person = okta.Find(id);
      return person != nullptr && done(okta.SetHidden(id, !person->hidden));
    }
    case Kind::kAttribute:
      if (okta.hidden_attributes.erase("department") == 0) okta.hidden_attributes.insert("department");
      return true;
    case Kind::kCrowd:
      Crowd(what);
      return true;
    case Kind::kOrder:
      okta.order = static_cast<uint32_t>(n);
      return true;
    default:
      return false;
  }
}

bool Play::ForeignUser(const std::string& name, int who, int n) {
  if (world_.teleport.users.Find(name) != nullptr || name.find(' ') != std::string::npos) return false;
  oktasync::UserRecord user;
  user.name = name;
  user.roles = {"night-shift"};
  user.traits["team"] = {"night"};
  const std::string okta(labels::kOriginOkta);
  switch (n % 5) {
    case 0:  // made by an admin
      user.created_by_user = "admin";
      break;
    case 1:  // a login through our connector
      user.connector = {"saml", "okta", name};
      user.expires = world_.ServerNow() + absl::Hours(12);
      break;
    case 2:  // another source
      user.labels = {{std::string(labels::kOrigin), okta},
                     {std::string(labels::kOrg), world_.okta.org.canonical_url},
                     {std::string(labels::kSource), "00oorg/0oaother"},
                     {std::string(labels::kOktaUserId), IdOf(who)}};
      break;
    case 3:  // made by Teleport Enterprise's own sync
      user.labels = {{std::string(labels::kOrigin), okta},
                     {std::string(labels::kOrg), world_.okta.org.canonical_url},
                     {std::string(labels::kOktaUserId), IdOf(who)}};
      break;
    default:  // the same, of another org
      user.labels = {{std::string(labels::kOrigin), okta},
                     {std::string(labels::kOrg), "https://other.okta.com"},
                     {std::string(labels::kOktaUserId), IdOf(who)}};
      break;
  }
  world_.PutForeignUser(std::move(user));
  return true;
}

bool Play::ForeignLock(const std::string& name, int n) {
  oktasync::LockRecord lock;
  lock.name = "admins-" + name;
  lock.user = name;
  lock.message = "by an admin";
  lock.created_at = world_.ServerNow();
  if (n % 3 == 1) {
    // Another source's, which looks much like ours.
    lock.labels = {{std::string(labels::kOrigin), std::string(labels::kOriginOkta)},
                   {std::string(labels::kSource), "00oorg/0oaother"},
                   {std::string(labels::kLockOktaUserId), "00u0"},
                   {std::string(labels::kPurpose), "leave"}};
  } else if (n % 3 == 2) {
    // Under the very name that we would use.
    const oktasync::SourceId source{"00oorg", "0oaapp"};
    lock.name = oktasync::reconcile::LockName(source, IdOf(n), name, oktasync::LockPurpose::kLeave);
    if (world_.teleport.locks.Find(lock.name) != nullptr) return false;
  }
  world_.PutForeignLock(std::move(lock));
  return true;
}

bool Play::TeleportEvent(Kind kind, int who, int what, int n) {
  TeleportModel& teleport = world_.teleport;
  const std::string name = NameOf(what);
  switch (kind) {
    case Kind::kForeignUser:
      return ForeignUser(name, who, n);
    case Kind::kForeignGone: {
      const UserPtr user = teleport.users.Find(name);
      if (user == nullptr || LabelOr(user->labels, labels::kSource) == "00oorg/0oaapp") return false;
      world_.EraseForeignUser(name);
      return true;
    }
    case Kind::kForeignLock:
      return ForeignLock(name, n);
    case Kind::kAdminGives: {
      const UserPtr user = teleport.users.Find(name);
      if (user == nullptr || user->traits.contains("team")) return false;
      oktasync::UserRecord changed = *user;
      changed.roles.push_back("night-shift");
      changed.traits["team"] = {"night"};
      world_.PutForeignUser(std::move(changed));
      return true;
    }
    case Kind::kRoleGone:
      return teleport.roles.erase(what % 2 == 0 ? kDefaultRole : kEngineerRole) > 0;
    case Kind::kRoleBack: {
      const size_t before = teleport.roles.size();
      for (const char* role : {kDefaultRole, kEngineerRole}) teleport.roles[role].name = role;
      return teleport.roles.size() > before;
    }
    case Kind::kMinutes:
      world_.clock.Advance(absl::Minutes(1 + n % 59));
      return true;
    case Kind::kHours:
      world_.clock.Advance(absl::Hours(1 + n % 40));
      return true;
    case Kind::kLag:
      teleport.lag = teleport.lag == absl::ZeroDuration() ? absl::Seconds(1) : absl::ZeroDuration();
      return true;
    default:
      return false;
  }
}

}  // namespace history
