#include "auth/host_ca.h"

#include <map>
#include <set>
#include <stdexcept>

#include "auth/world.h"

namespace playground {

HostCa::HostCa(std::string cluster) : cluster_(std::move(cluster)) {
  old_ = issuing_ = serving_ = std::make_shared<const CertificateAuthority>(cluster_);
}

void HostCa::Rotate(const std::string& phase) {
  static const std::map<std::string, std::set<std::string>> kNext = {
      {"standby", {"init"}},
      {"init", {"update_clients", "rollback"}},
      {"update_clients", {"update_servers", "rollback"}},
      {"update_servers", {"standby", "rollback"}},
      {"rollback", {"standby"}},
  };
  std::lock_guard lock(mutex_);
  if (!kNext.at(phase_).contains(phase)) {
    throw std::invalid_argument("\"" + phase + "\" does not follow \"" + phase_ + "\"");
  }
  if (phase == "init") new_ = std::make_shared<const CertificateAuthority>(cluster_);
  if (phase == "update_clients") issuing_ = new_;
  if (phase == "update_servers") serving_ = new_;
  if (phase == "rollback") issuing_ = serving_ = old_;
  if (phase == "standby") {
    old_ = issuing_;
    new_.reset();
  }
  phase_ = phase;
}

std::string HostCa::phase() const {
  std::lock_guard lock(mutex_);
  return phase_;
}

std::vector<std::string> HostCa::Trusted() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out = {issuing_->certificate_pem()};
  for (const Ca& ca : {old_, new_}) {
    if (ca != nullptr && ca != issuing_) out.push_back(ca->certificate_pem());
  }
  return out;
}

std::string HostCa::TrustedPem() const {
  std::string out;
  for (const std::string& pem : Trusted()) out += pem;
  return out;
}

std::vector<std::string> HostCa::Pins() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out = {issuing_->Pin()};
  for (const Ca& ca : {old_, new_}) {
    if (ca != nullptr && ca != issuing_) out.push_back(ca->Pin());
  }
  return out;
}

KeyAndCertificate HostCa::Issue(const CertificateRequest& request) const {
  std::lock_guard lock(mutex_);
  return issuing_->Issue(request);
}

std::string HostCa::IssueFor(const CertificateRequest& request, const std::string& public_key_pem) const {
  std::lock_guard lock(mutex_);
  return issuing_->IssueFor(request, public_key_pem);
}

KeyAndCertificate HostCa::Server() const {
  CertificateRequest request;
  request.organization = "Auth";
  request.common_name = NewUuid() + "." + cluster_;
  request.dns_names = {"auth." + cluster_, "*.teleport.cluster.local", "teleport.cluster.local"};
  std::lock_guard lock(mutex_);
  return serving_->Issue(request);
}

}  // namespace playground
