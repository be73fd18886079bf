#include "config/join.h"

#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "teleport/identity_file.h"
#include "teleport/join.h"

namespace oktasync::config {
namespace {

constexpr char kEntry[] = "/teleport/identity/file";

// What is in the way of an identity that is there already, and what that means for who wants to join.
std::string WhatIsThere(const std::string& file) {
  const auto identity = teleport::ReadIdentityFile(file);
  const auto facts = identity.ok() ? teleport::Inspect(*identity) : identity.status();
  if (facts.ok()) {
    return " (" + Escape(teleport::DescribeIdentity(*facts)) +
           "), and a restart needs no new joining; to join again all the same, give --force";
  }
  return ", but cannot be used (" + Message(facts.status()) + "); to join and replace it, give --force";
}

}  // namespace

absl::StatusOr<Joined> JoinCluster(const Config& config, const JoinRequest& request, const Clock& clock,
                                   Cancel& cancel) {
  const std::string& file = config.identity_file;
  if (file.empty()) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        std::string(kEntry) +
            ": is not set; it names the file that joining writes, /var/lib/oktasync/identity.pem for "
            "example");
  }
  if (!request.force && teleport::IdentityFileExists(file)) {
    return MakeStatus(absl::StatusCode::kAlreadyExists,
                      "the identity file " + Escape(file) + " is there already" + WhatIsThere(file));
  }
  // The token is good for once: it is not spent on what could not be kept.
  if (const absl::Status room = teleport::MakeRoomForIdentityFile(file); !room.ok())
    return Annotate(room, kEntry);
  teleport::JoinOptions options;
  options.address = config.teleport.address;
  options.proxy = config.teleport.proxy;
  options.ca_pins = request.ca_pins;
  options.token = Secret(std::string(Trim(request.token.Reveal())));
  options.connect_timeout = config.teleport.connect_timeout;
  options.call_timeout = config.teleport.call_timeout;
  options.proxy_environment = teleport::ProxyEnvironment::OfProcess();
  if (!request.proxy_ca_file.empty()) {
    if (!options.proxy) {
      return MakeStatus(
          absl::StatusCode::kInvalidArgument,
          "a CA file for the proxy's certificate is given, but the address is the auth server's; set "
          "teleport.proxy: true, or give --ca-pin instead");
    }
    OKTASYNC_ASSIGN_OR_RETURN(options.web_ca_pem,
                              ReadFile("the proxy's CA file", request.proxy_ca_file, teleport::kMaxPemFile));
  }
  OKTASYNC_ASSIGN_OR_RETURN(const teleport::Identity identity, teleport::Join(options, clock, cancel));
  OKTASYNC_ASSIGN_OR_RETURN(const teleport::IdentityFacts facts, teleport::Inspect(identity));
  const absl::Status written = teleport::WriteIdentityFile(file, identity);
  if (!written.ok())
    return Annotate(written,
                    std::string(kEntry) + ": the cluster gave an identity, which is lost; join anew");
  return Joined{facts.host_id, facts.cluster, facts.role, facts.not_after, file};
}

}  // namespace oktasync::config
