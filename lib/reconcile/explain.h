// One person, explained: what Okta says, what Teleport holds, which rule decides, what would be done.
//
// Reads only, and takes no lease. The same decision as a run's, made for one person; what depends on the whole
// walk (the guard, names that move) is said in words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace oktasync::reconcile {

struct Explanation {
  std::string query;  // an Okta user id, or the name of a Teleport user
  std::string okta_id;

  // Okta, as single reads show it.
  bool user_exists = false;
  std::string user_status;
  bool assigned = false;
  std::string assignment_status;
  std::string okta_name;  // the app username
  std::string presence;   // present, suspended, gone or unknown (R3)

  // Teleport.
  struct User {
    std::string name;
    std::string whose;  // in words
    std::vector<std::string> roles;
  };
  std::vector<User> users;  // that carry this Okta id, or one of the two names
  struct LockSeen {
    std::string name;
    std::string user;
    std::string purpose;  // "" for one that is not ours
    std::string until;
    bool in_force = false;
    std::string approval;
  };
  std::vector<LockSeen> locks;  // on those users, or for this Okta id

  std::string rule;      // "R4", …
  std::string decision;  // "nothing", "create", "update", …
  std::vector<std::string> sentences;
};

nlohmann::json ToJson(const Explanation& explanation);

}  // namespace oktasync::reconcile
