// The fake's door: TLS, certificates, who may call what, the record.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "auth/render.h"
#include "auth/test_fixture.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace playground {
namespace {

using grpc::StatusCode;

TEST_CASE("the role Okta pings, over TLS with h2 and the names of the real certificate", "[auth]") {
  Fixture f;
  CHECK(f.client->error() == "");
  CHECK(f.client->verified());
  grpc::ClientContext context;
  proto::PingResponse response;
  REQUIRE(f.auth->Ping(&context, {}, &response).ok());
  CHECK(response.clustername() == "playground");
  CHECK(response.serverversion() == "18.1.0");
  const auto header = context.GetServerInitialMetadata().find("version");
  REQUIRE(header != context.GetServerInitialMetadata().end());
  CHECK(header->second == "18.1.0");
}

TEST_CASE("key files are their owner's alone", "[auth]") {
  Fixture f;
  struct stat facts {};
  REQUIRE(stat((f.folder + "/identity.key").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a client that sends two certificates is hung up on after the handshake", "[auth]") {
  Fixture f;
  TestClientOptions options = f.With("identity");
  options.extra_certificate_file = f.folder + "/host-ca.pem";
  f.Connect(options);
  CHECK(f.client->error() == "");  // TLS 1.3: the handshake itself ends well
  proto::PingResponse response;
  CHECK(f.Ping(&response).error_code() == StatusCode::UNAVAILABLE);
  CHECK(f.record.Since(0).back()["outcome"] == "more than one certificate");
}

TEST_CASE("no ALPN, or ALPN without h2, ends the handshake", "[auth]") {
  Fixture f;
  TestClientOptions options = f.With("identity");
  options.alpn = {};
  TestClient none(options);
  CHECK(none.error() != "");
  CHECK(none.channel() == nullptr);
  options.alpn = {"http/1.1"};
  TestClient other(options);
  CHECK(other.error() != "");
  // As through the proxy: h2 in second place is enough.
  options.alpn = {"teleport-auth@706c.teleport.cluster.local", "h2"};
  TestClient proxied(options);
  CHECK(proxied.error() == "");
  CHECK(proxied.verified());
}

TEST_CASE("without a certificate there is only ping", "[auth]") {
  Fixture f;
  f.Connect("");
  proto::PingResponse response;
  CHECK(f.Ping(&response).ok());
  const grpc::Status status = f.Get("a");
  CHECK(status.error_code() == StatusCode::PERMISSION_DENIED);
  CHECK(status.error_message() == "access denied to perform action \"read\" on \"user\"");
}

TEST_CASE("a role other than Okta is refused in Teleport's words", "[auth]") {
  Fixture f;
  f.Connect("node");
  CHECK(f.Create(OktaUser("a")).error_message() == "access denied to perform action \"create\" on \"user\"");
  CHECK(f.UpsertLock(OktaLock("l", "a")).error_code() == StatusCode::PERMISSION_DENIED);
  CHECK(f.service->Control("users", {})["count"] == 0);
}

TEST_CASE("expired certificates and those of another CA do not get in", "[auth]") {
  Fixture f;
  for (const char* identity : {"expired", "foreign"}) {
    INFO(identity);
    f.Connect(identity);
    proto::PingResponse response;
    // In TLS 1.3 the client's handshake ends before the server has looked at its certificate.
    if (f.auth) CHECK(f.Ping(&response).error_code() == StatusCode::UNAVAILABLE);
  }
}

TEST_CASE("a client that does not trust the host CA sees that", "[auth]") {
  Fixture f;
  TestClientOptions options = f.With("identity");
  options.ca_file = f.folder + "/foreign-ca.pem";
  TestClient distrusting(options);
  CHECK(distrusting.error() == "certificate verify failed");
}

// Ports on which this process listens, from the kernel's table.
std::vector<int> ListeningPorts() {
  std::set<std::string> own;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
    if (target.find("socket:[") == 0) own.insert(target.substr(8, target.size() - 9));
  }
  std::vector<int> ports;
  for (const char* family : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
    std::ifstream table(family);
    std::string line;
    while (std::getline(table, line)) {
      std::istringstream words(line);
      std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
      words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
      const bool listens = state == "0A" && own.contains(inode);
      if (listens) ports.push_back(std::stoi(local.substr(local.find(':') + 1), nullptr, 16));
    }
  }
  return ports;
}

TEST_CASE("the port inside takes no calls that did not come by the TLS port", "[auth]") {
  Fixture f;
  // The others end TLS, or take a CONNECT.
  int inside = 0, others = 0;
  for (const int port : ListeningPorts()) {
    const std::string address = "127.0.0.1:" + std::to_string(port);
    if (address == f.service->address()) continue;
    auto stub = proto::AuthService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    proto::PingResponse response;
    const StatusCode code =
        f.Call(stub, &proto::AuthService::Stub::Ping, proto::PingRequest(), &response).error_code();
    CHECK(code != StatusCode::OK);
    ++(code == StatusCode::UNAUTHENTICATED ? inside : others);
  }
  CHECK(others == 3);  // the proxy's port, its own TLS behind it, the HTTP proxy
  CHECK(inside == 1);
}

TEST_CASE("a client that names too old a version is refused and cut", "[auth]") {
  Fixture f;
  grpc::ClientContext context;
  context.AddMetadata("version", "16.4.0");
  proto::PingResponse response;
  CHECK(!f.auth->Ping(&context, {}, &response).ok());
  f.Connect("identity");
  grpc::ClientContext second;
  second.AddMetadata("version", "17.0.0");
  CHECK(f.auth->Ping(&second, {}, &response).ok());
}

TEST_CASE("a lock on the caller's host shuts the caller out", "[auth]") {
  Fixture f;
  REQUIRE(f.service->Control("put_lock", {{"name", "out"}, {"target", {{"server_id", f.service->host_id()}}}})
              .contains("lock"));
  const grpc::Status status = f.Get("a");
  CHECK(status.error_code() == StatusCode::PERMISSION_DENIED);
  CHECK(status.error_message().find("is in force") != std::string::npos);
  f.service->Control("delete_lock", {{"name", "out"}});
  CHECK(f.Get("a").error_code() == StatusCode::NOT_FOUND);
}

TEST_CASE("every request is in the record, and every accepted write with before and after", "[auth]") {
  Fixture f;
  proto::PingResponse pong;
  REQUIRE(f.Ping(&pong).ok());  // so that the connection's own entry is behind us
  const uint64_t start = f.record.last();
  types::UserV2 user = OktaUser("a");
  (*user.mutable_spec()->mutable_traits()->mutable_values())["okta/city"].add_values("B\xc3\xa5");
  REQUIRE(f.Create(user).ok());
  REQUIRE(!f.Create(user).ok());
  REQUIRE(f.Delete("a").ok());
  const auto entries = f.record.Since(start);
  REQUIRE(entries.size() == 5);
  CHECK(entries[0]["kind"] == "write");
  CHECK(entries[0]["before"].is_null());
  CHECK(entries[0]["after"]["labels"]["teleport.dev/origin"] == "okta");
  CHECK(entries[0]["after"]["traits"]["okta/city"][0] == "B\xc3\xa5");
  CHECK(entries[0]["after"]["created_by"]["user"] == f.service->host_id() + ".playground");
  CHECK(entries[0]["after"]["created_by"]["time"].get<double>() == Approx(EpochNow()).margin(5));
  CHECK(entries[1]["kind"] == "request");
  CHECK(entries[1]["code"] == "OK");
  CHECK(entries[1]["caller"] == f.service->host_id() + ".playground");
  CHECK(entries[1]["began"].get<double>() <= entries[1]["at"].get<double>());
  CHECK(entries[2]["kind"] == "request");
  CHECK(entries[2]["code"] == "ALREADY_EXISTS");
  CHECK(entries[3]["call"] == "DeleteUser");
  CHECK(entries[3]["before"]["name"] == "a");
  CHECK(entries[3]["after"].is_null());
  CHECK(entries.dump().size() > 100);
}

TEST_CASE("text that is not UTF-8 is repaired for the record", "[auth]") {
  CHECK(Utf8("a\xc3\xa5\xe2\x82\xac\xf0\x9f\x98\x80") == "a\xc3\xa5\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(Utf8("a\xff") == "a\xef\xbf\xbd");
  CHECK(Utf8("\xc0\xaf").size() == 6);      // overlong
  CHECK(Utf8("\xed\xa0\x80").size() == 9);  // a surrogate
  CHECK(Utf8("\xe2\x82").size() == 6);      // cut short
}

TEST_CASE("messages over 4 MiB are refused", "[auth]") {
  Fixture f;
  types::UserV2 user = OktaUser("a");
  (*user.mutable_spec()->mutable_traits()->mutable_values())["okta/x"].add_values(
      std::string(800 << 10, 'x'));
  CHECK(f.Create(user).ok());
  user.mutable_metadata()->set_name("b");
  (*user.mutable_spec()->mutable_traits()->mutable_values())["okta/y"].add_values(std::string(4 << 20, 'y'));
  CHECK(f.Create(user).error_code() == StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace playground
