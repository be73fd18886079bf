// Lone surrogates in JSON escapes.
//
// "\ud800" is grammatical JSON (RFC 8259 section 8.2) but no Unicode text; parsers turn it into invalid UTF-8
// or into some other character, and two different names can become equal that way. Pure.
#pragma once

#include <string_view>

namespace oktasync::okta {

// True when `json`, otherwise well-formed, escapes half of a surrogate pair.
bool HasLoneSurrogate(std::string_view json);

}  // namespace oktasync::okta
