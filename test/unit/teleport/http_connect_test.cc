// teleport/http_connect.h: through the playground's HTTP proxy to its auth server.
#include "teleport/http_connect.h"

#include <catch2/catch.hpp>
#include <thread>

#include "base/status.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

// One call through the playground's proxy.
absl::Status PingThrough(World& world, const std::string& url, absl::Duration timeout = absl::Seconds(15)) {
  ClientOptions options = world.Options();
  options.proxy_environment.https_proxy = Secret(url);
  options.connect_timeout = timeout;
  options.max_tries = 1;
  Cancel cancel;
  return world.NewClient(std::move(options))->Ping(cancel).status();
}

TEST_CASE("http proxy: the tunnel goes through it, with and without credentials") {
  World world;
  REQUIRE(PingThrough(world, world.http_proxy()).ok());
  world.Control("http_proxy", {{"credentials", "ada:p@ss"}});
  std::string with = world.http_proxy();
  with.insert(7, "ada:p%40ss@");
  REQUIRE(PingThrough(world, with).ok());
  const auto connects = world.Entries("proxy", "connect");
  REQUIRE(connects.size() == 2);
  CHECK(connects[1]["status"] == 200);
  CHECK(connects[1]["target"] == world.address());
}

TEST_CASE("http proxy: each refusal says what to do, without the password") {
  World world;
  world.Control("http_proxy", {{"credentials", "ada:other"}});
  auto status = PingThrough(world, world.http_proxy());
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(status, {"407", "https_proxy=http://name:password@host:port"}) == "");
  std::string with = world.http_proxy();
  with.insert(7, "ada:hunter2@");
  status = PingThrough(world, with);
  CHECK(Lacks(status, {"407", "does not accept the name and password"}) == "");
  CHECK(Message(status).find("hunter2") == std::string::npos);
  world.Control("http_proxy", {{"refuse", 403}});
  status = PingThrough(world, with);
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(status, {"403", "no_proxy", world.address()}) == "");
  world.Control("http_proxy", {{"refuse", 503}});
  CHECK(PingThrough(world, with).code() == StatusCode::kUnavailable);
  world.Control("http_proxy", {{"padding", 20000}});
  CHECK(Lacks(PingThrough(world, with), {"more than 16 KiB"}) == "");
  // The auth server is no HTTP proxy.
  CHECK_FALSE(PingThrough(world, "http://" + world.address(), absl::Seconds(2)).ok());
}

TEST_CASE("http proxy: one that does not answer ends by the deadline, or by a stop") {
  World world;
  world.Control("http_proxy", {{"silent", true}});
  const auto status = PingThrough(world, world.http_proxy(), absl::Seconds(1));
  CHECK(status.code() == StatusCode::kUnavailable);
  CHECK(Lacks(status, {"did not answer CONNECT in time"}) == "");
  ClientOptions options = world.Options();
  options.proxy_environment.https_proxy = Secret(world.http_proxy());
  options.connect_timeout = absl::Hours(1);
  Cancel cancel;
  std::thread stopper([&] {
    Eventually([&] { return world.Entries("proxy", "connect").size() == 2; });
    cancel.Request();
  });
  CHECK(world.NewClient(std::move(options))->Ping(cancel).status().code() == StatusCode::kCancelled);
  stopper.join();
}

}  // namespace
}  // namespace oktasync::teleport
