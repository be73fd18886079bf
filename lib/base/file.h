// Small files read whole: keys, identities, certificates.
//
// What is examined is what was opened, not what bears its name; and a FIFO in a file's place holds nobody. In every
// message `what` goes before the path: "the private key file". Safe on any thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"

struct stat;

namespace oktasync {

// kFailedPrecondition when it cannot be opened or read, is no regular file, is empty, or has more than `max_bytes`;
// kUnavailable when its size changed on the way. The message never holds any of the text.
absl::StatusOr<std::string> ReadFile(std::string_view what, const std::string& path, size_t max_bytes);

// The same of a file that nobody but this process's user and root may use: kFailedPrecondition, with the command that
// mends it, when others may. No copy of the text stays behind in freed memory.
absl::StatusOr<Secret> ReadSecretFile(std::string_view what, const std::string& path, size_t max_bytes);

// What follows "the file …" when others than this process's user and root may use it; else "".
std::string UsableByOthers(const struct stat& facts, const std::string& path);

}  // namespace oktasync
