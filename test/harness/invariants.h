// The invariants of the promise, judged by the playground's record and nothing else.
//
// Used by the integration tests, the crash test and the demo. What is judged, by number:
//   1  what each write found was ours or absent (or, adopted, of this org without a source), and is ours after it
//   2  each delete follows a lock on that name, then in force, that outlives it by 30 hours
//   3  each delete, and each lock of a leaver, a renamed or handed over user, follows a single read of that
//      person in the last 60 seconds, at which Okta had it so: of the assignment, or of a user who is deactivated or
//      deleted, or of the user beside two whole lists; a suspension's lock follows any read
//   4  each create follows a read, and each lift of a lock a single read, that began after the removal or the lock and
//      at which Okta had the person present under that name; or an approval of that name; or another lock as long
//   5  follows from 3: whoever is present under his name is neither locked nor deleted
//   6, 7  see removals.h
//   9  a removed name stays locked for 30 hours, and nobody else gets it, unless its former holder returns or
//      an approval gives it to that person
//   13 traits that are added are named as promised, roles are among those of the configuration
#pragma once

#include <string>
#include <vector>

#include "harness/promises.h"
#include "nlohmann/json.hpp"

namespace harness {

// Sentences of what was broken, each with its number; empty when all held. `record` begins with the world's
// beginning, and nothing in it was brought back by a restore.
std::vector<std::string> BrokenInvariants(const nlohmann::json& record, const Promises& promises);

}  // namespace harness
