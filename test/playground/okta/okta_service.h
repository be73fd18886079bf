// The Okta org as a whole: state, HTTPS server, client registration, control commands.
//
// Made and started by main. The destructor stops it. Control is thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kill_switch.h"
#include "nlohmann/json.hpp"
#include "record.h"

namespace playground::okta {

struct Options {
  uint64_t people = 100;
  uint64_t seed = 1;
  int port = 0;  // 0: any free one
  bool real_rate_limits = false;
  bool expired_certificate = false;
  std::string dir;  // for okta-ca.pem, okta-client.pem, okta-client-rsa.pem
};

class OktaService {
 public:
  // Listens and answers at once. Throws std::runtime_error with a sentence when it cannot start.
  OktaService(const Options& options, Record& record, KillSwitch& kill);
  ~OktaService();

  // Addresses, ids and file names for playground.json: okta_url, okta_ca_file, org_id, app_id, client_id,
  // key_id, rsa_key_id, private_key_file, rsa_private_key_file, saml_issuer, saml_sso_url, saml_acs_url.
  nlohmann::ordered_json Info() const;

  nlohmann::json Control(const std::string& command, const nlohmann::json& args);

  void Stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace playground::okta
