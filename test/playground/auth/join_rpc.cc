#include "auth/join_rpc.h"

#include <openssl/evp.h>

#include <vector>

namespace playground {
namespace {

using grpc::Status;
using grpc::StatusCode;

Status Missing(const std::string& what) {
  return {StatusCode::INVALID_ARGUMENT, "missing parameter " + what};
}

// "ecdsa-sha2-nistp256 AAAA… comment": the type in front must be the one inside.
bool IsAuthorizedKey(const std::string& line) {
  const size_t space = line.find(' ');
  if (space == std::string::npos) return false;
  const std::string type = line.substr(0, space);
  std::string text = line.substr(space + 1);
  text = text.substr(0, text.find_first_of(" \r\n"));
  if (text.empty() || text.size() % 4 != 0) return false;
  std::vector<unsigned char> blob(text.size());
  const int size = EVP_DecodeBlock(blob.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 4) return false;
  const size_t length = size_t{blob[0]} << 24 | size_t{blob[1]} << 16 | size_t{blob[2]} << 8 | blob[3];
  return length == type.size() && length + 4 < static_cast<size_t>(size) &&
         std::string(blob.begin() + 4, blob.begin() + 4 + static_cast<std::ptrdiff_t>(length)) == type;
}

// world.mutex is held.
Status Certify(const World& world, const HostCa& ca, const std::string& host_id, const std::string& role,
               const std::string& tls_key, const std::string& ssh_key, proto::Certs* response) {
  if (!IsAuthorizedKey(ssh_key)) {
    return {StatusCode::INVALID_ARGUMENT, "failed to parse SSH public key: ssh: no key found"};
  }
  CertificateRequest request;
  request.organization = role;
  request.common_name = host_id + "." + world.cluster;
  request.not_before = static_cast<long>(world.clock_offset) - 60;
  request.not_after = static_cast<long>(world.clock_offset) + world.certificate_life;
  const std::string certificate = ca.IssueFor(request, tls_key);
  if (certificate.empty()) return {StatusCode::INVALID_ARGUMENT, "expected PEM-encoded block"};
  response->set_tls(certificate);
  // What an SSH certificate would be is of no use to anybody here.
  response->set_ssh("ecdsa-sha2-nistp256-cert-v01@openssh.com AAAA");
  for (const std::string& pem : ca.Trusted()) response->add_tlscacerts(pem);
  return Status::OK;
}

}  // namespace

Status JoinRpc::RegisterUsingToken(grpc::ServerContext* context,
                                   const types::RegisterUsingTokenRequest* request, proto::Certs* response) {
  return desk_.Serve(*context, {"RegisterUsingToken", request->hostid()}, [&](const Visit&) -> Status {
    if (request->hostid().empty()) return Missing("HostID");
    if (request->role().empty()) return Missing("Role");
    const std::string& node = request->nodename();
    std::lock_guard lock(world_.mutex);
    const auto token = world_.tokens.find(request->token());
    if (token == world_.tokens.end() || token->second.expires <= world_.Now()) {
      return {StatusCode::PERMISSION_DENIED, "\"" + node + "\" can not join the cluster with role \"" +
                                                 request->role() + "\", token expired or not found"};
    }
    if (!token->second.roles.contains(request->role())) {
      return {StatusCode::INVALID_ARGUMENT, "node \"" + node + "\" [" + request->hostid() +
                                                "] can not join the cluster, the token does not allow \"" +
                                                request->role() + "\" role"};
    }
    return Certify(world_, ca_, request->hostid(), request->role(), request->publictlskey(),
                   request->publicsshkey(), response);
  });
}

Status ReissueHostCerts(World& world, const HostCa& ca, const PeerIdentity& caller,
                        const proto::HostCertsRequest& request, proto::Certs* response) {
  std::lock_guard lock(world.mutex);
  const std::string asked = request.hostid() + "." + world.cluster;
  if (caller.common_name != asked) {
    return {StatusCode::PERMISSION_DENIED,
            "username mismatch \"" + caller.common_name + "\" and \"" + asked + "\""};
  }
  if (caller.roles != std::vector<std::string>{request.role()}) {
    return {StatusCode::PERMISSION_DENIED,
            "roles do not match: " + (caller.roles.empty() ? std::string() : caller.roles.front()) + " and " +
                request.role()};
  }
  return Certify(world, ca, request.hostid(), request.role(), request.publictlskey(), request.publicsshkey(),
                 response);
}

}  // namespace playground
