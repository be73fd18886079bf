// The people of the org, worked out from a seed and a number and never stored.
//
// Person number i always has the same id, name, login and profile for the same seed. An id can be turned back
// into its number without a table, so a million people need no map of ids.
// Immutable after construction, so thread-safe. Ids look like Okta's: a prefix of three and 17 characters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "okta/names.h"

namespace playground::okta {

// A small deterministic generator (splitmix64): one per person and purpose.
class Draw {
 public:
  explicit Draw(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  bool Percent(uint64_t percent) { return Below(100) < percent; }

 private:
  uint64_t state_;
};

struct Person {
  uint64_t index = 0;
  const Culture* culture = nullptr;
  const Name* given = nullptr;
  const Name* family = nullptr;
  std::string login;  // "ada.lovelace2@example.com": ASCII, unique, lower case
};

class People {
 public:
  explicit People(uint64_t seed);

  Person At(uint64_t index) const;
  std::string Login(uint64_t index) const { return At(index).login; }
  Draw DrawFor(uint64_t index, uint64_t purpose) const;

  std::string IdOf(uint64_t index) const;
  // The number behind an id that IdOf could have made; nullopt for anything else. The number may be larger
  // than the org is.
  std::optional<uint64_t> IndexOf(std::string_view id) const;

  // An id of another kind of this org: MakeId("0oa", 1).
  std::string MakeId(std::string_view prefix, uint64_t number) const;

 private:
  uint64_t seed_;
  uint64_t combinations_;  // of culture, given and family name
  uint64_t stride_;        // coprime to combinations_: the order in which they are gone through
  uint64_t first_;
  uint64_t key_;      // between a number and its id
  std::string tail_;  // the last six characters of every id of this org
};

}  // namespace playground::okta
