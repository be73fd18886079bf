// teleport/http_proxy.h: the HTTP proxy of the environment, as libcurl would take it.
#include "teleport/http_proxy.h"

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

}  // namespace
}  // namespace oktasync::teleport
