// What an Okta object id looks like. Used before an id goes into a path and when one comes out of an answer.
#pragma once

#include <string_view>

namespace oktasync::okta {

// Letters and digits only, at most 64 of them (Okta's have 20: 00u…, 0oa…, 00o…). A login, a slash or a dot
// is no id: `GET /api/v1/users/{id}` would also take a login and answer for somebody else.
inline bool IsOktaId(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

// The id of a group, and not the name of one: 20 letters and digits that begin with 00g.
inline bool IsGroupId(std::string_view text) {
  return text.size() == 20 && text.starts_with("00g") && IsOktaId(text);
}

}  // namespace oktasync::okta
