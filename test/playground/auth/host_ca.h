// The cluster's host CA and its rotation, in Teleport's phases.
//
//   phase            who issues   who is trusted (issuer first)   whose certificate the server shows
//   standby          the CA       the CA                          the CA's
//   init             old          old, new                        old's
//   update_clients   new          new, old                        old's
//   update_servers   new          new, old                        new's
//   standby          new          new                             new's
//   rollback         old          old, new                        old's; then standby with old alone
//
// Source: Teleport's docs of `tctl auth rotate`, lib/auth/rotate.go. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth/pki.h"

namespace playground {

class HostCa {
 public:
  explicit HostCa(std::string cluster);

  // Throws std::invalid_argument for a phase that does not follow the present one.
  void Rotate(const std::string& phase);
  std::string phase() const;

  // All that are trusted, as PEM, the one that issues first.
  std::vector<std::string> Trusted() const;
  std::string TrustedPem() const;
  // Of all that are trusted.
  std::vector<std::string> Pins() const;

  KeyAndCertificate Issue(const CertificateRequest& request) const;
  std::string IssueFor(const CertificateRequest& request, const std::string& public_key_pem) const;
  // The auth server's own, of the CA of this phase.
  KeyAndCertificate Server() const;

 private:
  using Ca = std::shared_ptr<const CertificateAuthority>;

  const std::string cluster_;
  mutable std::mutex mutex_;
  std::string phase_ = "standby";
  Ca old_;  // the only one in standby
  Ca new_;
  Ca issuing_;
  Ca serving_;
};

}  // namespace playground
