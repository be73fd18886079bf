// What Okta's universal directory and the app know about a person: the two profile objects, as JSON text.
//
// Rendered straight into a buffer (a page of 500 in a few milliseconds), never kept. About 26 attributes:
// strings in the person's own script, nulls, numbers, booleans, arrays, and for some people a text of 1 to 3
// kB. Pure functions.
#pragma once

#include <set>
#include <string>

#include "okta/people.h"

namespace playground::okta {

using Names = std::set<std::string, std::less<>>;

// Appends {…}; attributes named in `dropped` are left out.
void AppendUserProfile(std::string& out, const People& people, const Person& person, const Names& dropped);
// The app's profile holds mapped attributes (email, names, department) and some of its own.
void AppendAppProfile(std::string& out, const People& people, const Person& person, const Names& dropped);

}  // namespace playground::okta
