// What happens in Okta, and what others do in Teleport, while a history is played against the processes.
#include "base/text.h"
#include "history/processes/play.h"
#include "model/labels.h"
#include "model/source_id.h"
#include "reconcile/lock_book.h"

namespace history {

namespace labels = oktasync::labels;
using nlohmann::json;

namespace {

constexpr int kCrowdFrom = 100;  // their places

bool IsAssigned(const json& person) { return person.is_object() && person["assignment_status"].is_string(); }

}  // namespace

std::string ProcessPlay::IdOf(int who) const {
  const auto found = ids_.find(who < kCrowdFrom ? who % settings_.people : who);
  return found == ids_.end() ? "" : found->second;
}

ProcessPlay::Json ProcessPlay::PersonOf(int who) const {
  const std::string id = IdOf(who);
  return id.empty() ? Json() : stage_.Okta("people", {{"id", id}}).at(0);
}

bool ProcessPlay::Join(int who, const std::string& name) {
  const int place = who < kCrowdFrom ? who % settings_.people : who;
  const Json person = PersonOf(place);
  if (IsAssigned(person)) return false;
  const bool known = person.is_object() && person["status"] != "DELETED";
  if (!known) {
    const int generation = generations_[place]++;
    const Json hired = stage_.Okta(
        "hire", {{"login", "w" + std::to_string(place) + "-" + std::to_string(generation) + "@example.com"},
                 {"user_name", name},
                 {"profile", {{"department", place % 2 == 0 ? "Eng" : "Sales"}}}});
    ids_[place] = hired["ids"].at(0);
  } else {
    const std::string id = IdOf(place);
    stage_.Try("okta", "activate", {{"id", id}});  // refused when he is active
    if (!stage_.Try("okta", "assign", {{"id", id}})) return false;
    stage_.Try("okta", "rename", {{"id", id}, {"user_name", name}});
    if (tally_ != nullptr) tally_->See("people who returned");
  }
  const auto had = names_had_.find(oktasync::FoldCase(name));
  if (tally_ != nullptr && had != names_had_.end() && had->second != IdOf(place))
    tally_->See("names used again by another");
  names_had_[oktasync::FoldCase(name)] = IdOf(place);
  return true;
}

bool ProcessPlay::Swap(int who, int other) {
  const Json one = PersonOf(who);
  const Json two = PersonOf(other);
  if (!IsAssigned(one) || !IsAssigned(two) || one["user_name"] == two["user_name"]) return false;
  return stage_.Try("okta", "rename", {{"id", one["id"]}, {"user_name", two["user_name"]}}) &&
         stage_.Try("okta", "rename", {{"id", two["id"]}, {"user_name", one["user_name"]}});
}

bool ProcessPlay::Crowd(int what) {
  constexpr int kCrowd = 24;
  const bool there = IsAssigned(PersonOf(kCrowdFrom));
  for (int i = 0; i < kCrowd; ++i) {
    const int place = kCrowdFrom + i;
    if (!there) {
      Join(place, "c" + std::to_string(i) + "@example.com");
    } else {
      const bool deactivated = what == 0 || (what == 1 && i % 5 == 0);
      stage_.Try("okta", deactivated ? "deactivate" : "unassign", {{"id", IdOf(place)}});
    }
  }
  return true;
}

bool ProcessPlay::OktaEvent(Kind kind, int who, int what, int n) {
  const std::string id = IdOf(who);
  if (kind == Kind::kJoin) return Join(who, NameOf(what));
  if (kind == Kind::kCrowd) return Crowd(what);
  if (kind == Kind::kAttribute) {
    const Json args = {{"name", "department"}, {"from", "both"}};
    return stage_.Try("okta", n % 2 == 0 ? "drop_attribute" : "restore_attribute", args);
  }
  if (id.empty()) return false;
  const auto act = [&](const char* event, Json args = Json::object()) {
    args["id"] = id;
    return stage_.Try("okta", event, args);
  };
  switch (kind) {
    case Kind::kUnassign:
      return IsAssigned(PersonOf(who)) && act("unassign");
    case Kind::kDeactivate:
      return act("deactivate");
    case Kind::kDelete:
      return act("delete");
    case Kind::kInactive: {
      constexpr const char* kWords[] = {"INACTIVE", "REVOKED", "DEPROVISIONED", "SUSPENDED", "PENDING"};
      return IsAssigned(PersonOf(who)) && act("set_status", {{"assignment_status", kWords[what % 5]}});
    }
    case Kind::kRename:
      return IsAssigned(PersonOf(who)) && act("rename", {{"user_name", NameOf(what)}});
    case Kind::kCase: {
      const Json person = PersonOf(who);
      std::string name = person["user_name"];
      if (!IsAssigned(person) || (name[0] != 'n' && name[0] != 'N')) return false;
      name[0] = name[0] == 'n' ? 'N' : 'n';
      return act("rename", {{"user_name", name}});
    }
    case Kind::kSwap:
      return Swap(who, what);
    case Kind::kChain: {
      const Json two = PersonOf(what);
      if (!IsAssigned(PersonOf(who)) || !IsAssigned(two) || two["id"] == id) return false;
      return act("rename", {{"user_name", two["user_name"]}}) &&
             stage_.Try("okta", "rename", {{"id", two["id"]}, {"user_name", NameOf(n)}});
    }
    case Kind::kSuspend:
      return act("suspend");
    case Kind::kUnsuspend:
      return act("unsuspend");
    case Kind::kStatus: {
      constexpr const char* kWords[] = {"ACTIVE", "LOCKED_OUT", "STAGED", "BANISHED", "ACTIVE"};
      const Json person = PersonOf(who);
      if (person["status"] == "DEPROVISIONED" || person["status"] == "DELETED") return false;
      return act("set_status", {{"user_status", kWords[what % 5]}});
    }
    case Kind::kEdit: {
      constexpr const char* kDepartments[] = {"Eng", "Sales", ""};
      return act("edit", {{"profile", {{"department", kDepartments[what % 3]}}}});
    }
    case Kind::kHideRow:
      return IsAssigned(PersonOf(who)) && act(n % 2 == 0 ? "hide" : "unhide");
    default:
      return false;
  }
}

bool ProcessPlay::ForeignUser(const std::string& name, int who, int n) {
  if (!stage_.Auth("user", {{"name", name}})["user"].is_null() || name.find(' ') != std::string::npos)
    return false;
  Json user = {{"name", name}, {"roles", {"night-shift"}}, {"traits", {{"team", {"night"}}}}};
  const std::string okta(labels::kOriginOkta);
  const std::string origin(labels::kOrigin);
  const std::string org(labels::kOrg);
  const std::string okta_id(labels::kOktaUserId);
  const std::string id = IdOf(who).empty() ? "00uNOBODY00000000000" : IdOf(who);
  switch (n % 5) {
    case 0:  // made by an admin
      break;
    case 1:  // a login through our connector
      user["connector"] = {{"type", "saml"}, {"id", "okta"}};
      break;
    case 2:  // another source
      user["labels"] = {{origin, okta}, {org, stage_.org_url()}, {okta_id, id}};
      user["labels"][std::string(labels::kSource)] = stage_.source() + "x";
      break;
    case 3:  // made by Teleport Enterprise's own sync
      user["labels"] = {{origin, okta}, {org, stage_.org_url()}, {okta_id, id}};
      break;
    default:  // the same, of another org
      user["labels"] = {{origin, okta}, {org, "https://other.okta.com"}, {okta_id, id}};
      break;
  }
  return stage_.Try("auth", "put_user", user);
}

bool ProcessPlay::ForeignLock(const std::string& name, int n) {
  Json lock = {{"name", "admins-" + name}, {"target", {{"user", name}}}, {"message", "by an admin"}};
  if (n % 3 == 1) {
    // Another source's, which looks much like ours.
    lock["labels"] = {{std::string(labels::kOrigin), std::string(labels::kOriginOkta)},
                      {std::string(labels::kSource), stage_.source() + "x"},
                      {std::string(labels::kLockOktaUserId), "00u0"},
                      {std::string(labels::kPurpose), "leave"}};
  } else if (n % 3 == 2 && !IdOf(n).empty()) {
    // Under the very name that we would use.
    const std::string source = stage_.source();
    const size_t slash = source.find('/');
    const oktasync::SourceId id{source.substr(0, slash), source.substr(slash + 1)};
    lock["name"] = oktasync::reconcile::LockName(id, IdOf(n), name, oktasync::LockPurpose::kLeave);
    if (!stage_.Auth("lock", {{"name", lock["name"]}})["lock"].is_null()) return false;
  }
  return stage_.Try("auth", "put_lock", lock);
}

bool ProcessPlay::AdminGives(const std::string& name) {
  const Json user = stage_.Auth("user", {{"name", name}})["user"];
  if (user.is_null() || user["traits"].contains("team")) return false;
  Json stored = harness::AsStored(user);
  stored["roles"].push_back("night-shift");
  stored["traits"]["team"] = {"night"};
  return stage_.Try("auth", "put_user", stored);
}

bool ProcessPlay::TeleportEvent(Kind kind, int who, int what, int n) {
  const std::string name = NameOf(what);
  const char* role = what % 2 == 0 ? kDefaultRole : kEngineerRole;
  switch (kind) {
    case Kind::kForeignUser:
      return ForeignUser(name, who, n);
    case Kind::kForeignGone: {
      const Json user = stage_.Auth("user", {{"name", name}})["user"];
      if (user.is_null()) return false;
      const Json its = user.value("labels", Json::object());
      if (its.value(std::string(labels::kSource), "") == stage_.source()) return false;
      return stage_.Try("auth", "delete_user", {{"name", name}});
    }
    case Kind::kForeignLock:
      return ForeignLock(name, n);
    case Kind::kAdminGives:
      return AdminGives(name);
    case Kind::kRoleGone:
      return stage_.Try("auth", "delete_role", {{"name", role}});
    case Kind::kRoleBack:
      return stage_.Try("auth", "put_role", {{"name", role}});
    case Kind::kLag:
      return stage_.Try("auth", "lag", {{"seconds", n % 2}});
    default:
      return false;
  }
}

}  // namespace history
