// The client against a server that behaves: what is sent, what comes back, and how connections are used.
#include "http/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>
#include <thread>

#include "client_fixture.h"
#include "gzip.h"
#include "http2_server.h"

namespace oktasync::http_test {
namespace {

using absl::StatusCode;

std::string Ok(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

Handler Echo() {
  return Serve([](const std::string& request) { return Ok(request); });
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "a GET sends its path, headers, token and our name, and no body") {
  TlsServer server(leaf, Echo());
  http::Request request;
  request.url = server.Url("/api/v1/apps/0oa1/users?limit=500&expand=user");
  request.headers = {{"Accept", "application/json"}, {"X-Empty", ""}};
  request.authorization = Secret("Bearer abc");
  const auto response = Send(request);
  REQUIRE(response.ok());
  CHECK(response->status == 200);
  CHECK_THAT(response->body,
             Catch::StartsWith("GET /api/v1/apps/0oa1/users?limit=500&expand=user HTTP/1.1\r\n") &&
                 Catch::Contains("Accept: application/json\r\n") && Catch::Contains("X-Empty:\r\n") &&
                 Catch::Contains("Authorization: Bearer abc\r\n") &&
                 Catch::Contains("User-Agent: oktasync/0.1.0\r\n") &&
                 Catch::Contains("Accept-Encoding: gzip\r\n") && !Catch::Contains("Content-Length"));
}

TEST_CASE_METHOD(ClientFixture, "a POST sends its body whole, without waiting for 100 Continue") {
  TlsServer server(leaf, Echo());
  http::Request request;
  request.method = "POST";
  request.url = server.Url("/oauth2/v1/token");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = std::string(3 << 20, 'b');
  const auto response = Send(request);
  REQUIRE(response.ok());
  CHECK_THAT(response->body.substr(0, 400),
             Catch::StartsWith("POST /oauth2/v1/token HTTP/1.1\r\n") &&
                 Catch::Contains("Content-Type: application/x-www-form-urlencoded") &&
                 !Catch::Contains("Expect"));
  CHECK_THAT(response->body, Catch::EndsWith(request.body));
  request.body.clear();
  CHECK_THAT(Send(request)->body, Catch::Contains("Content-Length: 0"));
}

TEST_CASE_METHOD(ClientFixture, "headers come in order, in lower case, several of one name included") {
  TlsServer server(
      leaf, Serve([](const std::string&) {
        return "HTTP/1.1 103 Early Hints\r\nLink: <early>\r\n\r\n" +
               Ok("", "Link: <a>; rel=self\r\nX-Rate-Limit-Limit:   100  \r\nlink: <b>;\r\n  rel=next\r\n");
      }));
  const http::Response response = MustGet(server.Url("/"));
  CHECK(response.All("link") == std::vector<std::string_view>{"<a>; rel=self", "<b>; rel=next"});
  CHECK(response.First("x-rate-limit-limit") == "100");
  CHECK(response.First("nothing").empty());
}

TEST_CASE_METHOD(ClientFixture, "trailers cannot slip a header in behind the body") {
  TlsServer server(leaf, Serve([](const std::string&) {
                     return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Link\r\n\r\n"
                            "2\r\n[]\r\n0\r\nLink: <https://evil/>; rel=next\r\n\r\n";
                   }));
  const http::Response response = MustGet(server.Url("/"));
  CHECK(response.body == "[]");
  CHECK(response.All("link").empty());
}

TEST_CASE_METHOD(ClientFixture, "any status is an answer") {
  TlsServer server(leaf, Serve([](const std::string& request) {
                     return "HTTP/1.1 " + request.substr(5, 3) + " Whatever\r\nContent-Length: 2\r\n\r\n{}";
                   }));
  for (int status : {400, 401, 403, 404, 407, 429, 500, 503}) {
    CHECK(MustGet(server.Url("/" + std::to_string(status))).status == status);
  }
}

TEST_CASE_METHOD(ClientFixture, "BAD-DAYS: a redirect is handed back and never followed with a token") {
  TlsServer target(leaf, Echo());
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    TlsServer server(leaf, Serve([&](const std::string&) {
                       return "HTTP/1.1 " + std::string(status) +
                              " Moved\r\nLocation: " + target.Url("/stolen") +
                              "\r\nContent-Length: 0\r\n\r\n";
                     }));
    http::Request request;
    request.url = server.Url("/");
    request.authorization = Secret("Bearer abc");
    const auto response = Send(request);
    REQUIRE(response.ok());
    CHECK(std::to_string(response->status) == status);
    CHECK(response->First("location") == target.Url("/stolen"));
  }
  CHECK(target.connections() == 0);
}

TEST_CASE_METHOD(ClientFixture, "gzip is decoded") {
  TlsServer server(leaf,
                   Serve([](const std::string&) { return Ok(Gzip("[{}]"), "Content-Encoding: gzip\r\n"); }));
  CHECK(MustGet(server.Url("/")).body == "[{}]");
}

TEST_CASE_METHOD(ClientFixture, "one connection serves request after request") {
  TlsServer server(leaf, Echo());
  for (int i = 0; i < 20; ++i) MustGet(server.Url("/" + std::to_string(i)));
  CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture,
                 "a connection that the server closed meanwhile is replaced without an error") {
  for (const auto& end : {&Conn::Close, &Conn::Cut}) {
    TlsServer server(leaf, [&](Conn& conn) {
      if (conn.ReadRequest()) conn.Write(Ok("x"));
      (conn.*end)();
    });
    for (int i = 0; i < 5; ++i) CHECK(MustGet(server.Url("/")).body == "x");
    CHECK(server.connections() == 5);
  }
}

TEST_CASE_METHOD(ClientFixture, "many callers at once each get their own answer") {
  TlsServer server(
      leaf, Serve([](const std::string& request) { return Ok(request.substr(0, request.find(" HTTP"))); }));
  client = MakeClient();
  std::vector<std::future<int>> callers;
  for (int caller = 0; caller < 48; ++caller) {
    callers.push_back(std::async(std::launch::async, [&, caller] {
      int good = 0;
      for (int i = 0; i < 20; ++i) {
        const std::string path = "/" + std::to_string(caller) + "/" + std::to_string(i);
        const auto response = Get(server.Url(path));
        if (response.ok() && response->body == "GET " + path) ++good;
      }
      return good;
    }));
  }
  for (auto& caller : callers) CHECK(caller.get() == 20);
  CHECK(server.connections() <= 16);
}

TEST_CASE_METHOD(ClientFixture, "HTTP/2 is spoken when the server offers it, all callers on one connection") {
  Http2Server server(leaf);
  client = MakeClient();
  MustGet(server.Url("/"));
  std::vector<std::future<bool>> callers;
  for (int caller = 0; caller < 16; ++caller) {
    callers.push_back(std::async(std::launch::async, [&] {
      for (int i = 0; i < 20; ++i) {
        const auto response = Get(server.Url("/"));
        if (!response.ok() || response->status != 200 || response->body != "over h2" ||
            response->First("link") != "<n>; rel=next") {
          return false;
        }
      }
      return true;
    }));
  }
  for (auto& caller : callers) CHECK(caller.get());
  CHECK(server.connections() == 1);
  CHECK(server.requests() == 1 + 16 * 20);
}

TEST_CASE_METHOD(ClientFixture,
                 "https_proxy and no_proxy of the environment are honoured, TLS stays with the server") {
  TlsServer server(leaf, Echo());
  std::string asked;
  TlsServer proxy(nullptr,
                  [&](Conn& conn) {
                    // The request to open a tunnel, then silence: that it came here is what is tested.
                    asked = conn.ReadRequest().value_or("");
                    conn.Write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
                  },
                  {.plain = true});
  setenv("https_proxy", ("http://proxyuser:hunter2@localhost:" + std::to_string(proxy.port())).c_str(), 1);
  setenv("no_proxy", "", 1);
  const std::string message = Failure(server.Url("/path?q=1"), StatusCode::kFailedPrecondition);
  setenv("no_proxy", "localhost", 1);
  client.reset();
  CHECK(MustGet(server.Url("/")).status == 200);
  unsetenv("https_proxy");
  CHECK_THAT(asked, Catch::StartsWith("CONNECT localhost:" + std::to_string(server.port())) &&
                        !Catch::Contains("/path"));
  CHECK_THAT(message, Catch::Contains("403") && !Catch::Contains("hunter2"));
  CHECK(proxy.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture, "bad day: a proxy that refuses, or is not there, is named with what to do") {
  struct Case {
    const char* answer;
    StatusCode code;
    const char* words;
  };
  for (const Case& one : {Case{"403 Forbidden", StatusCode::kFailedPrecondition, "have it allow CONNECT"},
                          Case{"407 Proxy Authentication Required", StatusCode::kFailedPrecondition,
                               "https_proxy=http://name:password@host:port"},
                          Case{"502 Bad Gateway", StatusCode::kUnavailable, "cannot reach the server"}}) {
    INFO(one.answer);
    TlsServer proxy(nullptr,
                    [&](Conn& conn) {
                      conn.ReadRequest();
                      conn.Write("HTTP/1.1 " + std::string(one.answer) + "\r\nContent-Length: 0\r\n\r\n");
                    },
                    {.plain = true});
    setenv("https_proxy", ("http://localhost:" + std::to_string(proxy.port())).c_str(), 1);
    setenv("no_proxy", "", 1);
    client.reset();
    const std::string message = Failure("https://localhost:1/", one.code);
    CHECK_THAT(message, Catch::Contains("the proxy (https_proxy) answered CONNECT with") &&
                            Catch::Contains(one.words));
  }
  setenv("https_proxy", "http://127.0.0.1:1", 1);
  client.reset();
  CHECK_THAT(Failure("https://localhost:1/", StatusCode::kUnavailable),
             Catch::Contains("no connection to the proxy of https_proxy"));
  unsetenv("https_proxy");
  client.reset();
  CHECK_THAT(Failure("https://localhost:1/", StatusCode::kUnavailable), !Catch::Contains("proxy"));
}

// libcurl's own words repeat the whole value. Found by the canary test.
TEST_CASE_METHOD(ClientFixture,
                 "an https_proxy that cannot be used is said to be so, without its credentials") {
  setenv("no_proxy", "", 1);
  for (const char* value :
       {"http://proxyuser:hunter2", "://proxyuser:hunter2@", "gopher://proxyuser:hunter2@p:1"}) {
    INFO(value);
    setenv("https_proxy", value, 1);
    const std::string message = Failure("https://localhost:1/", StatusCode::kFailedPrecondition);
    CHECK_THAT(message, Catch::Contains("https_proxy") && Catch::Contains("expected http://host:port") &&
                            !Catch::Contains("hunter2") && !Catch::Contains("proxyuser"));
  }
  unsetenv("https_proxy");
  unsetenv("no_proxy");
}

TEST_CASE_METHOD(ClientFixture, "no child of the host inherits a connection (close-on-exec)") {
  int ours = 0;
  int inherited = 0;
  TlsServer server(leaf, Serve([&](const std::string&) {
                     for (int fd = 0; fd < 1024; ++fd) {
                       sockaddr_in peer{};
                       socklen_t size = sizeof(peer);
                       if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
                       if (ntohs(peer.sin_port) != server.port()) continue;
                       ++ours;
                       if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) ++inherited;
                     }
                     return Ok("");
                   }));
  MustGet(server.Url("/"));
  CHECK(ours == 1);
  CHECK(inherited == 0);
}

}  // namespace oktasync::http_test
