// A Teleport client small enough to be looked through: TCP, OpenSSL, a socketpair, gRPC from a descriptor.
//
// Of the auth fake's own tests. It shares nothing with the product's tunnel on purpose.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "grpcpp/channel.h"

struct ssl_st;
struct ssl_ctx_st;

namespace playground {

struct TestClientOptions {
  std::string address;
  std::string ca_file;
  // Empty: no certificate is shown.
  std::string key_file;
  std::string certificate_file;
  // Sent after the certificate.
  std::string extra_certificate_file;
  // Empty: no ALPN extension at all.
  std::vector<std::string> alpn = {"h2"};
  std::string server_name = "teleport.cluster.local";
};

class TestClient {
 public:
  explicit TestClient(const TestClientOptions& options);
  ~TestClient();

  // "" when the handshake ended well.
  const std::string& error() const { return error_; }
  // The certificate's names fit "teleport.cluster.local", and h2 was agreed on.
  bool verified() const { return verified_; }
  // Null when the handshake failed.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  void Pump();

  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  int tcp_ = -1;
  int inside_ = -1;
  std::string error_;
  bool verified_ = false;
  std::shared_ptr<grpc::Channel> channel_;
  std::thread pump_;
};

}  // namespace playground
