// The org's state kept under a name, and brought back.
#include <mutex>
#include <stdexcept>

#include "okta/org.h"

namespace playground::okta {
namespace {

std::vector<PersonState> Copy(const std::vector<PersonState>& states) {
  std::vector<PersonState> copies;
  copies.reserve(states.size());
  for (const PersonState& state : states) copies.push_back(state.Copy());
  return copies;
}

}  // namespace

Org::Holdings Org::Now() const {
  return {words_,        Copy(states_), groups_,     groups_made_,        explicit_logins_,
          dropped_user_, dropped_app_,  app_status_, implicit_assignment_};
}

void Org::Save(const std::string& name) {
  std::unique_lock lock(mutex_);
  saved_[name] = Now();
}

void Org::Restore(const std::string& name) {
  std::unique_lock lock(mutex_);
  const auto found = saved_.find(name);
  if (found == saved_.end()) throw std::invalid_argument("nothing was saved as \"" + name + "\"");
  const Holdings& saved = found->second;
  words_ = saved.words;
  states_ = Copy(saved.states);
  groups_ = saved.groups;
  groups_made_ = saved.groups_made;
  explicit_logins_ = saved.explicit_logins;
  dropped_user_ = saved.dropped_user;
  dropped_app_ = saved.dropped_app;
  app_status_ = saved.app_status;
  implicit_assignment_ = saved.implicit_assignment;
}

}  // namespace playground::okta
