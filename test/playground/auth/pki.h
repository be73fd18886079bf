// The playground's CAs and the certificates they issue, as PEM texts.
//
// A Teleport host certificate has the system role in the Subject's O and "<host id>.<cluster>" in its CN
// (facts/teleport-api.md 0.2 "Joining"). Thread-safe after construction. Throws std::runtime_error when
// OpenSSL fails.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace playground {

struct KeyAndCertificate {
  std::string key_pem;
  std::string certificate_pem;
};

struct CertificateRequest {
  std::string organization;
  std::string common_name;
  std::vector<std::string> dns_names;
  // Validity, in seconds from now.
  long not_before = -3600;
  long not_after = 10L * 365 * 24 * 3600;
};

class CertificateAuthority {
 public:
  // ECDSA P-256, self-signed, CN and O the cluster's name.
  explicit CertificateAuthority(const std::string& cluster);
  ~CertificateAuthority();

  const std::string& certificate_pem() const { return certificate_pem_; }
  KeyAndCertificate Issue(const CertificateRequest& request) const;
  // A certificate for a key that somebody else holds ("PUBLIC KEY" in PEM); "" when that is no such key.
  std::string IssueFor(const CertificateRequest& request, const std::string& public_key_pem) const;
  // "sha256:" and the digest of the SubjectPublicKeyInfo, as tctl prints it.
  std::string Pin() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::string certificate_pem_;
};

// Writes a file that only its owner may read and write. Throws std::runtime_error.
void WritePrivateFile(const std::string& path, const std::string& text);

}  // namespace playground
