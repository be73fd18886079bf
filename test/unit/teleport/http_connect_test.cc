// teleport/http_connect.h: the HTTP proxy of the environment, as libcurl would take it.
#include "teleport/http_connect.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/status.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

ProxyEnvironment Environment(const std::string& url, const std::string& no_proxy = "") {
  return {Secret(url), no_proxy};
}

TEST_CASE("http proxy: no_proxy matches names by their end, and addresses by their network") {
  CHECK(MatchesNoProxy("*", "auth.example.com"));
  CHECK(MatchesNoProxy("example.com", "example.com"));
  CHECK(MatchesNoProxy("example.com", "AUTH.Example.COM"));
  CHECK(MatchesNoProxy(".example.com", "auth.example.com"));
  CHECK(MatchesNoProxy(".example.com", "example.com"));
  CHECK(MatchesNoProxy("example.com.", "auth.example.com"));
  CHECK(MatchesNoProxy("other.org, example.com", "auth.example.com"));
  CHECK(MatchesNoProxy("other.org example.com", "auth.example.com."));
  CHECK_FALSE(MatchesNoProxy("example.com", "badexample.com"));
  CHECK_FALSE(MatchesNoProxy("auth.example.com", "example.com"));
  CHECK_FALSE(MatchesNoProxy("", "example.com"));
  CHECK_FALSE(MatchesNoProxy("*.example.com", "auth.example.com"));
  CHECK_FALSE(MatchesNoProxy(",,", "example.com"));
  CHECK(MatchesNoProxy("192.0.2.7", "192.0.2.7"));
  CHECK(MatchesNoProxy("10.0.0.0/8,192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(MatchesNoProxy("192.0.2.128/25", "192.0.2.100"));
  CHECK_FALSE(MatchesNoProxy("192.0.2.128/33", "192.0.2.200"));
  CHECK_FALSE(MatchesNoProxy("2.7", "192.0.2.7"));
  CHECK(MatchesNoProxy("2001:db8::/32", "2001:db8::1"));
  CHECK(MatchesNoProxy("[2001:db8::1]", "2001:db8::1"));
  CHECK_FALSE(MatchesNoProxy("2001:db8::/32", "2001:db9::1"));
}

TEST_CASE("http proxy: the URL gives address and decoded credentials") {
  auto proxy = Environment("http://ada:p%40ss%3aword@proxy.example.com:3128/").For("auth.example.com");
  REQUIRE(proxy.ok());
  REQUIRE(proxy->has_value());
  CHECK((*proxy)->address == "proxy.example.com:3128");
  CHECK((*proxy)->credentials.Reveal() == "ada:p@ss:word");
  CHECK((*Environment("proxy.example.com:3128").For("a"))->address == "proxy.example.com:3128");
  CHECK((*Environment("http://proxy").For("a"))->address == "proxy:1080");  // as libcurl
  CHECK((*Environment("http://[2001:db8::1]").For("a"))->address == "[2001:db8::1]:1080");
  CHECK_FALSE(Environment("").For("auth.example.com")->has_value());
  CHECK_FALSE(Environment("http://proxy:1", "example.com").For("auth.example.com")->has_value());
}

TEST_CASE("http proxy: what cannot be used is refused in words, and never repeated") {
  for (const char* url :
       {"https://ada:hunter2@proxy:1", "socks5://ada:hunter2@proxy:1", "http://ada:hunter2@:0",
        "http://ada:hunter2@proxy:port", "http://hunter2 hunter2:1:1"}) {
    const auto proxy = Environment(url).For("auth.example.com");
    CHECK(proxy.status().code() == StatusCode::kInvalidArgument);
    CHECK(Lacks(proxy.status(), {"https_proxy"}) == "");
    CHECK(Message(proxy.status()).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("http proxy: the environment's variables, the small ones first") {
  const char* names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};
  for (const char* name : names) unsetenv(name);
  CHECK(ProxyEnvironment::OfProcess().https_proxy.empty());
  for (int i = 3; i >= 0; --i) {
    setenv(names[i], ("http://" + std::to_string(i)).c_str(), 1);
    CHECK(ProxyEnvironment::OfProcess().https_proxy.Reveal() == "http://" + std::to_string(i));
  }
  setenv("NO_PROXY", "big", 1);
  CHECK(ProxyEnvironment::OfProcess().no_proxy == "big");
  setenv("no_proxy", "small", 1);
  CHECK(ProxyEnvironment::OfProcess().no_proxy == "small");
  for (const char* name : names) unsetenv(name);
}

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
