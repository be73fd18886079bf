// Who we are towards Teleport: a certificate of the host CA with the system role Okta, and its key.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"

namespace oktasync::teleport {

struct Identity {
  Secret key_pem;
  std::string cert_pem;     // one certificate; Teleport hangs up on a client that sends a chain
  std::string ca_pem;       // the cluster's host CA certificates, one or more
  uint64_t generation = 0;  // changes when the host renews it
};

// What the certificate says, for messages.
struct IdentityFacts {
  std::string common_name;  // "<host id>.<cluster>"
  std::string role;         // Subject O: must hold "Okta"; several are joined with ","
  std::string host_id;      // from the common name
  std::string cluster;      // the same
  absl::Time not_before;
  absl::Time not_after;
};

// kInvalidArgument when key, certificate and CA do not parse or do not belong together.
absl::StatusOr<IdentityFacts> Inspect(const Identity& identity);

// Teleport lets only a certificate of the system role Okta write what has the origin "okta".
bool HoldsOktaRole(const IdentityFacts& facts);

// "<host id>.<cluster>, role Okta", for messages.
std::string DescribeIdentity(const IdentityFacts& facts);

// Bytes: some hundred certificates, as much as is taken for one file of them.
constexpr size_t kMaxPemFile = 1 << 20;

// Three PEM files; the key file must be ours alone. The errors of base/file.h.
absl::StatusOr<Identity> ReadIdentityFiles(const std::string& key_file, const std::string& cert_file,
                                           const std::string& ca_file);

// A number that changes with what is public of it: a new certificate means a new key or none.
uint64_t GenerationOf(const Identity& identity);

}  // namespace oktasync::teleport
