// Reads a private key's file. Pure but for the file; safe on any thread.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace oktasync::jose {

// The whole file, at most 64 KiB. kFailedPrecondition when it is missing, cannot be read, is no regular file,
// or can be read by others than its owner; the message has the command that mends it.
absl::StatusOr<Secret> ReadKeyFile(const std::string& path);

}  // namespace oktasync::jose
