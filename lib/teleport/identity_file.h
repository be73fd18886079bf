// The identity as one file: private key, certificate, then the host CAs, in the order of Teleport's identity files
// (api/identityfile). One file, so that one rename replaces all of it, and no crash leaves a key of one age with a
// certificate of another.
//
// Used by join and by identity_keeper.h. Safe on any thread; of two writers the last one's whole file stays.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "teleport/identity.h"

namespace oktasync::teleport {

// First PEM block the key, second the certificate, all others CAs; what is no PEM is skipped. kFailedPrecondition
// when the file is missing or others may read it, kInvalidArgument when something of it is not there.
absl::StatusOr<Identity> ReadIdentityFile(const std::string& path);
absl::StatusOr<Identity> ParseIdentityFile(std::string_view text);

// Replaces the file as a whole: a new one beside it, of mode 0600, written out to the disk, and renamed. A crash
// leaves the old file or the new one. kFailedPrecondition with what to do. `before_rename` is for tests alone.
absl::Status WriteIdentityFile(const std::string& path, const Identity& identity,
                               const std::function<void()>& before_rename = nullptr);

// Whether the rights are there to write it. Changes nothing. kFailedPrecondition with what to do, as below.
absl::Status CanWriteIdentityFile(const std::string& path);
// For the first time: makes the last folder of the path when it is missing, of mode 0700, and tries a file out in it.
absl::Status MakeRoomForIdentityFile(const std::string& path);

// Whether something lies there, whatever it is.
bool IdentityFileExists(const std::string& path);

}  // namespace oktasync::teleport
