// BAD-DAYS section 2, Okta side: what a broken server or network makes of an exchange, and what we call it.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client_fixture.h"
#include "gzip.h"
#include "http2_server.h"

namespace oktasync::http_test {
namespace {

using absl::StatusCode;

std::string Head(const std::string& headers) { return "HTTP/1.1 200 OK\r\n" + headers + "\r\n"; }

}  // namespace

TEST_CASE_METHOD(ClientFixture, "body shorter than its Content-Length: cut short, worth another try") {
  TlsServer server(leaf, Once(Head("Content-Length: 100\r\n") + "[{\"id\":"));
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kUnavailable),
             Catch::StartsWith("https://localhost:" + std::to_string(server.port()) + ": ") &&
                 Catch::Contains("cut short"));
}

TEST_CASE_METHOD(ClientFixture, "chunked body cut within a chunk, or before the last chunk") {
  for (const char* body : {"5\r\n[{", "2\r\n[]\r\n", "2\r\n[]\r\n0\r\n"}) {
    CAPTURE(body);
    TlsServer server(leaf, Once(Head("Transfer-Encoding: chunked\r\n") + body));
    Failure(server.Url("/"), StatusCode::kUnavailable);
  }
}

TEST_CASE_METHOD(ClientFixture, "cut within the headers: an answer without its Link header is none") {
  for (const char* head : {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX-Rate-Limit-Limit: 100\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nLi"}) {
    CAPTURE(head);
    TlsServer server(leaf, Once(head));
    Failure(server.Url("/"), StatusCode::kUnavailable);
  }
}

TEST_CASE_METHOD(ClientFixture, "closed without a word, reset, refused") {
  TlsServer silent(leaf, [](Conn& conn) { conn.ReadRequest(); });
  CHECK_THAT(Failure(silent.Url("/"), StatusCode::kUnavailable), Catch::Contains("without an answer"));

  TlsServer resetting(leaf, [](Conn& conn) {
    if (!conn.ReadRequest()) return;
    conn.Write(Head("Content-Length: 100\r\n") + "[{");
    conn.Reset();
  });
  Failure(resetting.Url("/"), StatusCode::kUnavailable);

  std::string gone;
  {
    TlsServer closed(leaf, [](Conn&) {});
    gone = closed.Url("/");
  }
  CHECK_THAT(Failure(gone, StatusCode::kUnavailable), Catch::Contains("no connection"));
}

TEST_CASE_METHOD(ClientFixture, "TLS cut half-way is worth another try") {
  TlsServer server(nullptr,
                   [](Conn& conn) {
                     conn.Read(10);  // the beginning of the client's hello
                     conn.Reset();
                   },
                   {.plain = true});
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kUnavailable), Catch::Contains("TLS"));
}

TEST_CASE_METHOD(ClientFixture, "HTTP/2: stream reset, GOAWAY, body cut") {
  for (Http2Server::Manner manner :
       {Http2Server::Manner::kResetStream, Http2Server::Manner::kGoAway, Http2Server::Manner::kCutBody}) {
    Http2Server server(leaf, manner);
    Failure(server.Url("/"), StatusCode::kUnavailable);
    CHECK(server.requests() >= 1);
  }
}

TEST_CASE_METHOD(ClientFixture, "unknown CA: not asked again, and the message says what to set") {
  const TestCa other("another CA");
  TlsServer server(other.Issue("DNS:localhost"), Once(Head("Content-Length: 0\r\n")));
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kFailedPrecondition),
             Catch::Contains("not trusted") && Catch::Contains("okta.ca_file (" + ca.file() + ")"));

  // The same server with the machine's own store, which does not know the CA either.
  client.reset();
  options.ca_file.clear();
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kFailedPrecondition),
             Catch::Contains("not trusted") && Catch::Contains("set okta.ca_file if"));
}

TEST_CASE_METHOD(ClientFixture,
                 "a CA that was renewed under its old name is an untrusted one, not a broken connection") {
  const TestCa renewed;
  TlsServer server(renewed.Issue("DNS:localhost"), Once(Head("Content-Length: 0\r\n")));
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kFailedPrecondition),
             Catch::Contains("not trusted: certificate signature failure"));
}

TEST_CASE_METHOD(ClientFixture, "expired and not yet valid certificates") {
  TlsServer expired(ca.Issue("DNS:localhost", -7200, -3600), Once(Head("Content-Length: 0\r\n")));
  CHECK_THAT(Failure(expired.Url("/"), StatusCode::kFailedPrecondition), Catch::Contains("expired"));
  TlsServer early(ca.Issue("DNS:localhost", 3600, 7200), Once(Head("Content-Length: 0\r\n")));
  CHECK_THAT(Failure(early.Url("/"), StatusCode::kFailedPrecondition),
             Catch::Contains("not yet valid") && Catch::Contains("clock"));
}

TEST_CASE_METHOD(ClientFixture, "a certificate for another host name") {
  TlsServer server(ca.Issue("DNS:example.okta.com"), Once(Head("Content-Length: 0\r\n")));
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kFailedPrecondition), Catch::Contains("another host name"));
  // By address, the name on the certificate does not count.
  TlsServer named(leaf, Once(Head("Content-Length: 0\r\n")));
  Failure(named.Url("/", "127.0.0.1"), StatusCode::kFailedPrecondition);
}

TEST_CASE_METHOD(ClientFixture, "TLS 1.1 and plain HTTP are not spoken") {
  TlsServer old(leaf, Once(Head("Content-Length: 0\r\n")), {.max_tls = TLS1_1_VERSION});
  CHECK_THAT(Failure(old.Url("/"), StatusCode::kFailedPrecondition), Catch::Contains("TLS 1.2 or newer"));
  TlsServer plain(nullptr,
                  [](Conn& conn) {
                    conn.Read(10);
                    conn.Write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    conn.WaitClosed();
                  },
                  {.plain = true});
  CHECK_THAT(Failure(plain.Url("/"), StatusCode::kFailedPrecondition), Catch::Contains("TLS 1.2 or newer"));
  for (const char* url : {"http://localhost/", "file:///etc/passwd", "localhost/", "", "https://"}) {
    CAPTURE(url);
    Failure(url, StatusCode::kInvalidArgument);
  }
}

TEST_CASE_METHOD(ClientFixture, "what answers is not HTTP") {
  TlsServer server(leaf, Once("SSH-2.0-OpenSSH_9.2\r\n"));
  Failure(server.Url("/"), StatusCode::kDataLoss);
}

TEST_CASE_METHOD(ClientFixture, "hang before the first byte ends by the idle timeout") {
  options.idle_timeout = absl::Milliseconds(300);
  TlsServer server(leaf, [](Conn& conn) {
    conn.ReadRequest();
    conn.WaitClosed();
  });
  const absl::Duration begun = Now();
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kDeadlineExceeded),
             Catch::Contains("sent nothing for 300ms"));
  CHECK(Now() - begun >= absl::Milliseconds(300));
  CHECK(Now() - begun < absl::Seconds(3));
}

TEST_CASE_METHOD(ClientFixture, "hang in the middle of the body ends by the idle timeout") {
  options.idle_timeout = absl::Milliseconds(300);
  TlsServer server(leaf, [](Conn& conn) {
    conn.ReadRequest();
    conn.Write(Head("Content-Length: 100\r\n") + "[{");
    conn.WaitClosed();
  });
  Failure(server.Url("/"), StatusCode::kDeadlineExceeded);
}

TEST_CASE_METHOD(ClientFixture, "hang in the TLS handshake ends by the connect timeout") {
  options.connect_timeout = absl::Milliseconds(300);
  TlsServer server(nullptr,
                   [](Conn& conn) {
                     conn.Read(10);
                     while (conn.Read(1)) {
                     }
                   },
                   {.plain = true});
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kDeadlineExceeded),
             Catch::Contains("no connection within 300ms"));
}

TEST_CASE_METHOD(ClientFixture, "a slow drip of bytes is no silence, but ends by the total timeout") {
  options.idle_timeout = absl::Milliseconds(400);
  options.total_timeout = absl::Milliseconds(1500);
  TlsServer server(leaf, [](Conn& conn) {
    conn.ReadRequest();
    conn.Write(Head("Content-Length: 1000\r\n"));
    while (conn.Write("x") && !conn.WaitClosed(50)) {
    }
  });
  const absl::Duration begun = Now();
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kDeadlineExceeded),
             Catch::Contains("not complete within 1.5s"));
  CHECK(Now() - begun >= absl::Milliseconds(1400));
}

TEST_CASE_METHOD(
    ClientFixture,
    "a slow page that keeps coming is waited for, beyond the idle timeout (teleport PR #66215)") {
  options.idle_timeout = absl::Milliseconds(300);
  TlsServer server(leaf, [](Conn& conn) {
    conn.ReadRequest();
    conn.Write(Head("Content-Length: 12\r\n"));
    for (int i = 0; i < 12; ++i) {
      conn.WaitClosed(60);
      conn.Write("x");
    }
    conn.WaitClosed();
  });
  CHECK(MustGet(server.Url("/")).body == std::string(12, 'x'));
}

TEST_CASE_METHOD(ClientFixture, "body over the limit, told and untold") {
  http::Request request;
  request.max_body_bytes = 1000;
  const std::string body(1001, 'x');
  for (const std::string& head : {Head("Content-Length: 1001\r\n"), Head("Connection: close\r\n"),
                                  Head("Content-Length: 900719925474\r\n")}) {
    TlsServer server(leaf, Once(head + body));
    request.url = server.Url("/");
    CHECK_THAT(Failure(request, StatusCode::kDataLoss), Catch::Contains("larger than 1000 bytes"));
  }
  TlsServer server(leaf, Once(Head("Content-Length: 1000\r\n") + body.substr(1)));
  request.url = server.Url("/");
  CHECK(Send(request)->body.size() == 1000);
}

TEST_CASE_METHOD(ClientFixture, "decompression bomb: the bound is on what comes out") {
  const std::string bomb = GzipBomb(150'000);  // 39 MB in 244 KB
  REQUIRE(bomb.size() < 250'000);
  const std::string head =
      Head("Content-Encoding: gzip\r\nContent-Length: " + std::to_string(bomb.size()) + "\r\n");
  TlsServer server(leaf, [&](Conn& conn) {
    if (conn.ReadRequest()) conn.Write(head + bomb);
  });
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kDataLoss), Catch::Contains("larger than 33554432 bytes"));
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 160 * 1024);  // KiB: the limit, a growing string, and slack

  // The same stream within the limit is whole.
  const std::string small = GzipBomb(1000);
  TlsServer honest(
      leaf, Once(Head("Content-Encoding: gzip\r\nContent-Length: " + std::to_string(small.size()) + "\r\n") +
                 small));
  CHECK(MustGet(honest.Url("/")).body == std::string(258'001, '\0'));
}

TEST_CASE_METHOD(ClientFixture, "broken gzip and unknown encodings are no body") {
  std::string broken = Gzip("[{}]");
  broken[10] = '\x07';  // a block of reserved type
  for (const auto& [encoding, body] : {std::pair<std::string, std::string>{"gzip", broken},
                                       {"gzip", "this is not gzip"},
                                       {"compress", "xxxx"}}) {
    CAPTURE(encoding);
    TlsServer server(leaf, Once(Head("Content-Encoding: " + encoding +
                                     "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") +
                                body));
    Failure(server.Url("/"), StatusCode::kDataLoss);
  }
}

TEST_CASE_METHOD(ClientFixture, "headers without end, too large or broken") {
  std::string many;
  for (int i = 0; i < 300; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  std::string large;
  for (int i = 0; i < 5; ++i) large += "X-Large: " + std::string(60'000, 'y') + "\r\n";
  for (const std::string& headers :
       {many, large, std::string("no colon here\r\n"), std::string(": no name\r\n")}) {
    CAPTURE(headers.substr(0, 20));
    TlsServer server(leaf, Once(Head(headers + "Content-Length: 0\r\n")));
    Failure(server.Url("/"), StatusCode::kDataLoss);
  }
}

TEST_CASE_METHOD(ClientFixture, "interim answers without end are bounded too") {
  TlsServer server(leaf, [](Conn& conn) {
    if (!conn.ReadRequest()) return;
    while (conn.Write("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")) {
    }
  });
  Failure(server.Url("/"), StatusCode::kDataLoss);
}

TEST_CASE_METHOD(ClientFixture, "file descriptors exhausted: said plainly, and it works again afterwards") {
  TlsServer server(leaf, Serve([](const std::string&) { return Head("Content-Length: 0\r\n"); }));
  client = MakeClient();
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit none = {.rlim_cur = 3, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto response = Get(server.Url("/", "127.0.0.1"));
  setrlimit(RLIMIT_NOFILE, &limit);
  REQUIRE_FALSE(response.ok());
  CHECK(response.status().code() == StatusCode::kUnavailable);
  CHECK_THAT(Message(response.status()), Catch::Contains("too many open files"));
  CHECK(MustGet(server.Url("/")).status == 200);
}

TEST_CASE_METHOD(ClientFixture,
                 "a CA file that is missing, empty of certificates or damaged is told at once") {
  const auto refusal = [this](const std::string& path) {
    options.ca_file = path;
    const auto made = http::MakeCurlClient(options);
    REQUIRE_FALSE(made.ok());
    CHECK(made.status().code() == StatusCode::kFailedPrecondition);
    CHECK_THAT(Message(made.status()), Catch::Contains(path) && Catch::Contains("okta.ca_file"));
    return Message(made.status());
  };
  const std::string good = ca.file();
  CHECK_THAT(refusal("/nonexistent.pem"), Catch::Contains("cannot be opened"));
  CHECK_THAT(refusal("/proc/self/comm"), Catch::Contains("holds no certificate"));
  CHECK_THAT(refusal("/dev/null"), Catch::Contains("is not a regular file"));
  CHECK_THAT(refusal("/tmp"), Catch::Contains("is not a regular file"));
  // A pipe would be waited for, and no stop would end that.
  const std::string pipe = ca.file() + ".pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THAT(refusal(pipe), Catch::Contains("is not a regular file"));
  ::unlink(pipe.c_str());
}

TEST_CASE_METHOD(ClientFixture, "a CA file that vanishes later is an error and not a weaker check") {
  auto own = std::make_unique<TestCa>();
  options.ca_file = own->file();
  client = MakeClient();
  own.reset();
  TlsServer server(leaf, Once(Head("Content-Length: 0\r\n")));
  CHECK_THAT(Failure(server.Url("/"), StatusCode::kFailedPrecondition), Catch::Contains("okta.ca_file"));
}

}  // namespace oktasync::http_test
