// Every secret that the client has shown us or that we have given it: what a test then looks for where it must not be.
//
// Assertions, DPoP proofs and access tokens; the private keys never come here. Thread-safe. Told on the control port
// alone, and in no record.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "nlohmann/json.hpp"
#include "okta/message.h"

namespace playground::okta {

class Entrusted {
 public:
  void See(const Request& request, const Reply& reply);
  // {assertions: [...], proofs: [...], tokens: [...]}
  nlohmann::json Show() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> assertions_;
  std::set<std::string> proofs_;
  std::set<std::string> tokens_;  // also those that the client was never given, but shows
};

}  // namespace playground::okta
