// One JSON document to the rooms' own option structs; all errors at once, each with its path.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "http/client.h"
#include "oauth/token_source.h"
#include "okta/client.h"
#include "reconcile/options.h"
#include "teleport/client.h"

namespace oktasync::config {

struct Config {
  http::ClientOptions http;
  oauth::ClientCredentials credentials;
  std::string key_id;                             // kid of the key that signs; "": its thumbprint
  std::string private_key_file;                   // "" when the host signs
  std::map<std::string, std::string> other_keys;  // kid to private key file, during a rotation
  okta::ClientOptions okta;
  teleport::ClientOptions teleport;  // identity and dial are the host's, or come from the files below
  std::string identity_file;         // or the three
  std::string identity_key_file;     // all three or none
  std::string identity_cert_file;
  std::string identity_ca_file;
  reconcile::Options reconcile;
  reconcile::LoopOptions loop;
};

struct Problem {
  std::string path;  // JSON pointer, RFC 6901: "/okta/org_url"; "" for the whole document
  std::string text;  // what is wrong and what is expected; never the value of a secret
};

// Unknown keys (with the nearest known one), wrong types and impossible values, all at once. The document is
// limited to 1 MiB.
struct ParseResult {
  Config config;  // meaningful when problems is empty
  std::vector<Problem> problems;
};
ParseResult Parse(std::string_view json);

// One line per problem, for a terminal or a log.
std::string Describe(const std::vector<Problem>& problems);

}  // namespace oktasync::config
