// The key files of the configuration: who signs towards Okta, and what is published of it.
//
// For the service and for the plugin's jwks. Reads files; safe on any thread.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/log.h"
#include "config/config.h"
#include "jose/signer.h"
#include "oauth/client_keys.h"

namespace oktasync::config {

// The host's signer under the configured key id, or else the key files. kFailedPrecondition or
// kInvalidArgument with the entry to blame. log must outlive the keys.
absl::StatusOr<std::shared_ptr<oauth::ClientKeys>> ChooseKeys(const Config& config,
                                                              std::shared_ptr<const jose::Signer> host_signer,
                                                              LogSink& log);

// The public keys of all key files as a JWK Set (RFC 7517), the one that signs first. Errors as ChooseKeys,
// also when the host signs: its key is not ours to know.
absl::StatusOr<std::string> PublicKeys(const Config& config);

}  // namespace oktasync::config
