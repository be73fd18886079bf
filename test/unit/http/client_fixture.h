// What the client's tests share: a CA, a client that trusts it, and short words for sending.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/status.h"
#include "certs.h"
#include "http/client.h"
#include "tls_server.h"

namespace oktasync::http_test {

class ClientFixture {
 public:
  ClientFixture() {
    // A proxy of the machine that runs the tests must not see loopback.
    setenv("no_proxy", "*", 1);
    options.ca_file = ca.file();
    options.connect_timeout = absl::Seconds(10);
    options.idle_timeout = absl::Seconds(10);
  }

  std::unique_ptr<http::Client> MakeClient() const {
    auto made = http::MakeCurlClient(options);
    INFO(Describe(made.status()));
    REQUIRE(made.ok());
    return *std::move(made);
  }

  absl::StatusOr<http::Response> Send(const http::Request& request) {
    if (client == nullptr) client = MakeClient();
    return client->Send(request, cancel);
  }
  absl::StatusOr<http::Response> Get(const std::string& url) {
    http::Request request;
    request.url = url;
    return Send(request);
  }
  http::Response MustGet(const std::string& url) {
    auto response = Get(url);
    INFO(Describe(response.status()));
    REQUIRE(response.ok());
    return *std::move(response);
  }
  // The message of a request that must fail with `code`.
  std::string Failure(const http::Request& request, absl::StatusCode code) {
    const auto response = Send(request);
    INFO(Describe(response.status()));
    REQUIRE_FALSE(response.ok());
    CHECK(response.status().code() == code);
    return Message(response.status());
  }
  std::string Failure(const std::string& url, absl::StatusCode code) {
    http::Request request;
    request.url = url;
    return Failure(request, code);
  }

  TestCa ca;
  std::shared_ptr<const Leaf> leaf = ca.Issue("DNS:localhost");
  http::ClientOptions options;
  Cancel cancel;
  std::unique_ptr<http::Client> client;
};

inline absl::Duration Now() { return SystemClock().SinceBoot(); }

}  // namespace oktasync::http_test
