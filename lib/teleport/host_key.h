// A fresh key for a host certificate, and the look at what was issued for it.
//
// Used by join.cc and identity_keeper.cc. Pure but for randomness; safe on any thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "teleport/identity.h"

namespace oktasync::teleport {

// EC P-256.
struct HostKey {
  Secret key_pem;              // PKCS #8
  std::string public_key_pem;  // SubjectPublicKeyInfo
  std::string public_ssh_key;  // authorized_keys line (RFC 5656), which Teleport asks for beside the other
};
absl::StatusOr<HostKey> NewHostKey();

// The certificate belongs to the key, is issued by the CAs, is of this host and of role Okta, and valid now.
// kDataLoss for what only a broken or false server would send, kFailedPrecondition for the clock.
absl::StatusOr<IdentityFacts> CheckIssued(const Identity& identity, const std::string& host_id,
                                          absl::Time now);

// "sha256:" + hex of the SHA-256 over the certificate's SubjectPublicKeyInfo, as tctl prints it; for each of them.
absl::StatusOr<std::vector<std::string>> PinsOf(const std::string& ca_pem);

// Each certificate of the text as PEM of its own, in order.
absl::StatusOr<std::vector<std::string>> SplitCertificates(const std::string& pem);

// SHA-256 of each certificate, in order: what is compared when PEM texts may differ in their line breaks.
absl::StatusOr<std::vector<std::string>> FingerprintsOf(const std::string& ca_pem);

// "2036-11-22 21:00:00 UTC"
std::string TimeInWords(absl::Time time);

}  // namespace oktasync::teleport
