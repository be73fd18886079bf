// Okta's JSON for a user and for an app user, in the shapes of the management API 2026.06 (User, AppUser).
//
// Pure functions over what they are given; the caller holds the org's lock.
#pragma once

#include <string>

#include "okta/people.h"
#include "okta/person_state.h"
#include "okta/profile.h"

namespace playground::okta {

struct RenderContext {
  const People& people;
  const Words& words;
  const std::string& url;  // "https://localhost:1234"
  const std::string& app_id;
  const Names& dropped_user;  // attributes that nobody gets to see
  const Names& dropped_app;
};

// How an app user is to be spoilt, for faults.
struct RowFault {
  bool drop_embedded = false;
  bool null_embedded = false;
  bool missing_id = false;
  bool listed_active = false;  // the embedded user's status is ACTIVE, whatever it is
};

std::string LoginOf(const People& people, uint64_t index, const PersonState& state);
std::string UserNameOf(const People& people, uint64_t index, const PersonState& state);

void AppendUser(std::string& out, const RenderContext& context, uint64_t index, const PersonState& state);
void AppendAppUser(std::string& out, const RenderContext& context, uint64_t index, const PersonState& state,
                   bool expand, const RowFault& fault);

}  // namespace playground::okta
