// Joining, host certificates, the rotation of the host CA, and the ports of the proxies.
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "auth/pki.h"
#include "auth/proxies.h"
#include "auth/relay_port.h"
#include "auth/test_fixture.h"
#include "teleport/legacy/client/proto/joinservice.grpc.pb.h"

namespace playground {
namespace {

using Catch::Matchers::Contains;

// A well-formed line; nobody looks at the point in it.
constexpr char kSshKey[] = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY= host";

std::string NewPublicKey() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

std::string Slurp(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

types::RegisterUsingTokenRequest Request(const std::string& token, const std::string& role = "Okta") {
  types::RegisterUsingTokenRequest request;
  request.set_hostid("11111111-2222-4333-8444-555555555555");
  request.set_nodename("oktasync");
  request.set_role(role);
  request.set_token(token);
  request.set_publictlskey(NewPublicKey());
  request.set_publicsshkey(kSshKey);
  return request;
}

grpc::Status Register(Fixture& f, const types::RegisterUsingTokenRequest& request, proto::Certs* certs) {
  auto stub = proto::JoinService::NewStub(f.client->channel());
  return f.Call(stub, &proto::JoinService::Stub::RegisterUsingToken, request, certs);
}

grpc::Status Reissue(Fixture& f, const std::string& host_id, const std::string& role, proto::Certs* certs) {
  proto::HostCertsRequest request;
  request.set_hostid(host_id);
  request.set_role(role);
  request.set_publictlskey(NewPublicKey());
  request.set_publicsshkey(kSshKey);
  return f.Call(f.auth, &proto::AuthService::Stub::GenerateHostCerts, request, certs);
}

std::string Token(Fixture& f, const nlohmann::json& args = nlohmann::json::object()) {
  return f.service->Control("put_token", args)["token"];
}

TEST_CASE("Joining: a token of type okta gives a host certificate, again and again", "[join]") {
  Fixture f;
  const std::string token = Token(f);
  f.Connect("");
  for (int i = 0; i < 2; ++i) {
    proto::Certs certs;
    REQUIRE(Register(f, Request(token), &certs).ok());
    CHECK_THAT(certs.tls(), Contains("BEGIN CERTIFICATE"));
    REQUIRE(certs.tlscacerts_size() == 1);
    CHECK(certs.tlscacerts(0) == Slurp(f.folder + "/host-ca.pem"));
  }
  // Nothing of the record holds the token.
  CHECK(f.record.Since(0).dump().find(token) == std::string::npos);
  // And nothing else is to be had without a certificate.
  types::UserV2 user;
  CHECK(f.Get("nobody@example.com", &user).error_code() == grpc::StatusCode::PERMISSION_DENIED);
}

TEST_CASE("Joining: wrong, expired and other tokens are refused in Teleport's words", "[join]") {
  Fixture f;
  const std::string old = Token(f, {{"seconds", -1}});
  const std::string node = Token(f, {{"roles", {"Node"}}});
  f.Connect("");
  proto::Certs certs;
  for (const std::string& token : {std::string("guess"), old}) {
    const grpc::Status status = Register(f, Request(token), &certs);
    CHECK(status.error_code() == grpc::StatusCode::PERMISSION_DENIED);
    CHECK(status.error_message() ==
          "\"oktasync\" can not join the cluster with role \"Okta\", token expired or not found");
  }
  const grpc::Status status = Register(f, Request(node), &certs);
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK_THAT(status.error_message(), Contains("the token does not allow \"Okta\" role"));
  const std::string good = Token(f);
  types::RegisterUsingTokenRequest request = Request(good);
  request.set_publicsshkey("ssh-rsa AAAA");
  CHECK(Register(f, request, &certs).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  request = Request(good);
  request.set_publictlskey("none");
  CHECK(Register(f, request, &certs).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("Host certificates are reissued for the same host and role alone", "[join]") {
  Fixture f;
  proto::Certs certs;
  REQUIRE(Reissue(f, f.service->host_id(), "Okta", &certs).ok());
  grpc::Status status = Reissue(f, "another", "Okta", &certs);
  CHECK(status.error_code() == grpc::StatusCode::PERMISSION_DENIED);
  CHECK(status.error_message() ==
        "username mismatch \"" + f.service->host_id() + ".playground\" and \"another.playground\"");
  status = Reissue(f, f.service->host_id(), "Node", &certs);
  CHECK(status.error_message() == "roles do not match: Okta and Node");
  f.Connect("");
  CHECK(Reissue(f, f.service->host_id(), "Okta", &certs).error_code() == grpc::StatusCode::PERMISSION_DENIED);
}

TEST_CASE("Rotation: both CAs are trusted until standby, and the server changes at update_servers",
          "[join]") {
  Fixture f;
  const auto rotate = [&](const char* phase) { return f.service->Control("rotate", {{"phase", phase}}); };
  const auto cas = [&] { return f.service->Control("host_ca", {})["pem"].get<std::string>(); };
  const std::string old = cas();
  CHECK(rotate("update_clients").contains("error"));
  REQUIRE(rotate("init").contains("ok"));
  const std::string fresh = cas().substr(old.size());
  CHECK(cas() == old + fresh);
  f.Connect("identity");
  proto::GetClusterCACertResponse answer;
  f.Connect("");
  REQUIRE(
      f.Call(f.auth, &proto::AuthService::Stub::GetClusterCACert, google::protobuf::Empty(), &answer).ok());
  CHECK(answer.tlsca() == cas());
  rotate("update_clients");
  CHECK(cas() == fresh + old);
  f.Connect("identity");
  CHECK(f.client->verified());
  proto::Certs certs;
  REQUIRE(Reissue(f, f.service->host_id(), "Okta", &certs).ok());
  rotate("update_servers");
  f.Connect("identity");
  CHECK_FALSE(f.client->error().empty());  // trusts the old CA alone
  WritePrivateFile(f.folder + "/host-ca.pem", cas());
  f.Connect("identity");
  proto::PingResponse ping;
  REQUIRE(f.client->verified());
  CHECK(f.Ping(&ping).ok());
  rotate("standby");
  CHECK(cas() == fresh);
  f.Connect("identity");
  // The server no longer takes a certificate of the old CA; with TLS 1.3 the first call tells.
  CHECK((f.client->channel() == nullptr || !f.Ping(&ping).ok()));
}

// What a client needs to come by the proxy's port.
TestClientOptions ByProxy(const Fixture& f, const std::string& identity, std::vector<std::string> alpn) {
  TestClientOptions options = f.With(identity);
  const std::string address = f.service->proxy_address();
  options.address = "127.0.0.1" + address.substr(address.rfind(':'));
  options.alpn = std::move(alpn);
  return options;
}

TEST_CASE("The proxy's port goes by the first ALPN name and refuses all but two", "[proxy]") {
  Fixture f;
  const std::string cluster = "706c617967726f756e64";  // "playground"
  f.Connect(ByProxy(f, "identity", {"teleport-auth@" + cluster + ".teleport.cluster.local", "h2"}));
  REQUIRE(f.client->error().empty());
  CHECK(f.client->verified());
  proto::PingResponse ping;
  CHECK(f.Ping(&ping).ok());
  for (const std::vector<std::string>& alpn :
       {std::vector<std::string>{"h2"}, {"teleport-auth@00.teleport.cluster.local", "h2"}, {}}) {
    f.Connect(ByProxy(f, "identity", alpn));
    CHECK_FALSE(f.client->error().empty());
  }
  // Its own gRPC shows the web certificate, and serves joining alone.
  TestClientOptions options = ByProxy(f, "", {"teleport-proxy-grpc", "h2"});
  f.Connect(options);
  CHECK_FALSE(f.client->error().empty());  // the cluster's CA is not the web's
  options.ca_file = f.folder + "/proxy-ca.pem";
  options.server_name = "localhost";
  f.Connect(options);
  REQUIRE(f.client->error().empty());
  CHECK(f.Ping(&ping).error_code() == grpc::StatusCode::UNIMPLEMENTED);
  proto::Certs certs;
  CHECK(Register(f, Request(Token(f)), &certs).ok());
}

std::string AskProxy(const Fixture& f, const std::string& text) {
  const std::string url = f.service->http_proxy();
  const int fd = ConnectTo("127.0.0.1", url.substr(url.rfind(':') + 1));
  REQUIRE(fd >= 0);
  send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  char buffer[512];
  const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  close(fd);
  return {buffer, static_cast<size_t>(n > 0 ? n : 0)};
}

TEST_CASE("The HTTP proxy serves CONNECT, with the right credentials", "[proxy]") {
  Fixture f;
  const std::string ask =
      "CONNECT " + f.service->address() + " HTTP/1.1\r\nHost: " + f.service->address() + "\r\n";
  CHECK_THAT(AskProxy(f, ask + "\r\n"), Contains(" 200 "));
  CHECK_THAT(AskProxy(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Contains(" 400 "));
  f.service->Control("http_proxy", {{"credentials", "ada:lovelace"}});
  CHECK_THAT(AskProxy(f, ask + "\r\n"), Contains(" 407 "));
  CHECK_THAT(AskProxy(f, ask + "proxy-authorization: Basic YWRhOmxvdmVsYWNl\r\n\r\n"), Contains(" 200 "));
  f.service->Control("http_proxy", {{"refuse", 403}});
  CHECK_THAT(AskProxy(f, ask + "\r\n"), Contains(" 403 "));
}

}  // namespace
}  // namespace playground
