// What may be told of an exception: its type. Its text may quote what was being worked on, a key or a token
// among it, so it goes into no message, report or log.
#pragma once

#include <string>

namespace oktasync {

// Inside a catch block: "exception of type std::bad_alloc".
std::string CurrentException();

}  // namespace oktasync
