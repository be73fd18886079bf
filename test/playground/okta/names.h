// Where people come from: names in their own script with the ASCII form that logins use, a place, some words.
//
// Static tables, used by people.cc and profile.cc. Family names differ across all cultures in their ASCII
// form, so that a pair of a given and a family name belongs to one culture only (People checks it).
#pragma once

#include <array>
#include <span>

namespace playground::okta {

struct Name {
  const char* native;
  const char* ascii;
};

constexpr size_t kNamesPerCulture = 12;

struct Culture {
  const char* locale;    // "el_GR"
  const char* timezone;  // IANA
  const char* country;   // ISO 3166-1 alpha-2
  const char* city;      // in the local script
  const char* street;    // "%d" stands for the house number
  const char* phone;     // prefix
  bool family_first;     // in the display name
  const char* between;   // given and family name in the display name
  std::array<Name, kNamesPerCulture> given;
  std::array<Name, kNamesPerCulture> family;
  const char* words;  // some sentences, for long values
};

std::span<const Culture> Cultures();

}  // namespace playground::okta
