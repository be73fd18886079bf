// What changes about a person: status, assignment, edits. Kept small, a million of them must fit.
//
// Used by Org, which guards it with its lock, and by the rendering.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json.hpp"

namespace playground::okta {

// Status words are kept as numbers: Okta's own first, words that a test makes up behind them.
class Words {
 public:
  uint8_t Number(std::string_view word);  // throws std::length_error beyond 255 words
  const std::string& Text(uint8_t number) const { return words_[number]; }

 private:
  std::vector<std::string> words_ = {"", "ACTIVE"};
};
inline constexpr uint8_t kNoWord = 0;  // of an assignment: there is none
inline constexpr uint8_t kActive = 1;

// Changes to what People and the profile functions would say. JSON merge patches (RFC 7396).
struct Edits {
  std::string user_name;  // "" while the app's userNameTemplate (the login) decides
  nlohmann::ordered_json profile = nlohmann::ordered_json::object();
  nlohmann::ordered_json app_profile = nlohmann::ordered_json::object();
};

struct PersonState {
  int64_t user_changed = 0;  // milliseconds since the epoch; 0: not since the beginning
  int64_t app_changed = 0;
  std::unique_ptr<Edits> edits;
  uint8_t status = kActive;
  uint8_t assignment = kNoWord;
  bool by_group = false;
  bool hidden = false;   // left out of listings while still assigned
  bool deleted = false;  // no longer known by any call

  PersonState Copy() const {
    PersonState copy;
    copy.user_changed = user_changed;
    copy.app_changed = app_changed;
    if (edits) copy.edits = std::make_unique<Edits>(*edits);
    copy.status = status;
    copy.assignment = assignment;
    copy.by_group = by_group;
    copy.hidden = hidden;
    copy.deleted = deleted;
    return copy;
  }
};

}  // namespace playground::okta
