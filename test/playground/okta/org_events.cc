// The part of Org that changes it.
#include <mutex>
#include <stdexcept>

#include "okta/org.h"

namespace playground::okta {

PersonState& Org::Change(const std::string& id, uint64_t& index) {
  if (Find(id, index) == nullptr) throw std::invalid_argument("nobody has the id " + id);
  return states_[index];
}

PersonState& Org::Change(const std::string& id) {
  uint64_t index = 0;
  return Change(id, index);
}

Edits& Org::EditsOf(PersonState& state) {
  if (state.edits == nullptr) state.edits = std::make_unique<Edits>();
  return *state.edits;
}

bool Org::LoginTaken(std::string_view login) const {
  for (uint64_t i = 0; i < states_.size(); ++i) {
    if (!states_[i].deleted && LoginOf(people_, i, states_[i]) == login) return true;
  }
  return false;
}

std::string Org::HireOne(const Hire& hire) {
  std::unique_lock lock(mutex_);
  if (!hire.login.empty() && LoginTaken(hire.login)) {
    throw std::invalid_argument("login: An object with this field already exists: " + hire.login);
  }
  const uint64_t index = states_.size();
  PersonState state;
  state.status = hire.status.empty() ? kActive : words_.Number(hire.status);
  if (hire.assign) {
    state.assignment = hire.assignment_status.empty() ? kActive : words_.Number(hire.assignment_status);
  }
  state.by_group = hire.by_group;
  state.user_changed = state.app_changed = clock_.NowMilliseconds();
  nlohmann::ordered_json profile = hire.profile;
  std::string login = hire.login;
  // A login that an earlier hire was given by hand may be the one that this person would have had.
  if (login.empty() && !profile.contains("login") && explicit_logins_.count(people_.Login(index)) > 0) {
    login = "p" + std::to_string(index) + "." + people_.Login(index);
  }
  if (!login.empty()) {
    explicit_logins_.insert(login);
    profile["login"] = login;
    if (!profile.contains("email")) profile["email"] = login;
  }
  if (!profile.empty() || !hire.app_profile.empty() || !hire.user_name.empty()) {
    Edits& edits = EditsOf(state);
    edits.profile = std::move(profile);
    edits.app_profile = hire.app_profile;
    edits.user_name = hire.user_name;
  }
  states_.push_back(std::move(state));
  return people_.IdOf(index);
}

void Org::Assign(const std::string& id, bool by_group) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  if (words_.Text(state.status) == "DEPROVISIONED") {
    throw std::invalid_argument("a deactivated user cannot be assigned to an app; activate " + id + " first");
  }
  state.assignment = kActive;
  state.by_group = by_group;
  state.app_changed = clock_.NowMilliseconds();
}

void Org::Unassign(const std::string& id) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  if (state.assignment == kNoWord) throw std::invalid_argument(id + " is not assigned");
  state.assignment = kNoWord;
  // The app profile and the app's user name go with the assignment.
  if (state.edits != nullptr) {
    state.edits->user_name.clear();
    state.edits->app_profile = nlohmann::ordered_json::object();
  }
}

void Org::Deactivate(const std::string& id) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  state.status = words_.Number("DEPROVISIONED");
  state.assignment = kNoWord;
  state.user_changed = clock_.NowMilliseconds();
}

void Org::Activate(const std::string& id) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  const std::string& status = words_.Text(state.status);
  if (status != "STAGED" && status != "DEPROVISIONED" && status != "PROVISIONED") {
    throw std::invalid_argument("activation is for STAGED, PROVISIONED and DEPROVISIONED users; " + id +
                                " is " + status);
  }
  state.status = kActive;
  state.user_changed = clock_.NowMilliseconds();
}

void Org::Suspend(const std::string& id) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  if (state.status != kActive) {
    throw std::invalid_argument("only ACTIVE users can be suspended; " + id + " is " +
                                words_.Text(state.status));
  }
  state.status = words_.Number("SUSPENDED");
  state.user_changed = clock_.NowMilliseconds();
}

void Org::Unsuspend(const std::string& id) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  if (words_.Text(state.status) != "SUSPENDED") throw std::invalid_argument(id + " is not SUSPENDED");
  state.status = kActive;
  state.user_changed = clock_.NowMilliseconds();
}

void Org::Delete(const std::string& id) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  if (words_.Text(state.status) == "DEPROVISIONED") {
    state.deleted = true;
  } else {
    state.status = words_.Number("DEPROVISIONED");
  }
  state.assignment = kNoWord;
  state.user_changed = clock_.NowMilliseconds();
}

void Org::Edit(const std::string& id, const nlohmann::ordered_json& profile,
               const nlohmann::ordered_json& app_profile) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  Edits& edits = EditsOf(state);
  const auto login = profile.find("login");
  if (login != profile.end() && login->is_string()) {
    if (LoginTaken(login->get<std::string>())) {
      throw std::invalid_argument("login: An object with this field already exists: " +
                                  login->get<std::string>());
    }
    explicit_logins_.insert(login->get<std::string>());
  }
  // Kept as a patch: a null must stay a null in it, so that it still removes when the profile is rendered.
  for (const auto& [key, value] : profile.items()) edits.profile[key] = value;
  for (const auto& [key, value] : app_profile.items()) edits.app_profile[key] = value;
  if (!profile.empty()) state.user_changed = clock_.NowMilliseconds();
  if (!app_profile.empty()) state.app_changed = clock_.NowMilliseconds();
}

void Org::Rename(const std::string& id, const std::string& user_name) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  EditsOf(state).user_name = user_name;
  state.app_changed = clock_.NowMilliseconds();
}

void Org::SetStatus(const std::string& id, const std::optional<std::string>& user_status,
                    const std::optional<std::string>& assignment_status) {
  std::unique_lock lock(mutex_);
  PersonState& state = Change(id);
  if (user_status) {
    state.status = words_.Number(*user_status);
    state.user_changed = clock_.NowMilliseconds();
  }
  if (assignment_status) {
    state.assignment = words_.Number(*assignment_status);
    state.app_changed = clock_.NowMilliseconds();
  }
}

void Org::SetHidden(const std::string& id, bool hidden) {
  std::unique_lock lock(mutex_);
  Change(id).hidden = hidden;
}

void Org::SetApp(const std::optional<std::string>& status, const std::optional<bool>& implicit_assignment) {
  std::unique_lock lock(mutex_);
  if (status) app_status_ = *status;
  if (implicit_assignment) implicit_assignment_ = *implicit_assignment;
}

void Org::ShowAttribute(const std::string& name, bool in_user, bool in_app, bool shown) {
  std::unique_lock lock(mutex_);
  for (Names* dropped : {in_user ? &dropped_user_ : nullptr, in_app ? &dropped_app_ : nullptr}) {
    if (dropped == nullptr) continue;
    if (shown) {
      dropped->erase(name);
    } else {
      dropped->insert(name);
    }
  }
}

}  // namespace playground::okta
