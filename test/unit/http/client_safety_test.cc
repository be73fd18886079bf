// Stopping, secrets, and what the environment must not be able to do.
#include <dlfcn.h>
#include <netdb.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <future>
#include <mutex>
#include <sstream>
#include <thread>

#include <curl/curl.h>

#include "client_fixture.h"

namespace oktasync::http_test {
namespace {

using absl::StatusCode;

// A name server that never answers for hang.test, and knows no missing.test.
class Resolver {
 public:
  void Miss() { ++asked_; }
  int asked() const { return asked_.load(); }
  void Hang() {
    std::unique_lock lock(mutex_);
    ++hanging_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    --hanging_;
    changed_.notify_all();
  }
  void AwaitHanging() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return hanging_ > 0; });
  }
  void Release() {
    std::unique_lock lock(mutex_);
    released_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return hanging_ == 0; });
    released_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<int> asked_{0};
  int hanging_ = 0;
  bool released_ = false;
};

Resolver& TestResolver() {
  static Resolver& resolver = *new Resolver;
  return resolver;
}

class Signal {
 public:
  void Set() { promise_.set_value(); }
  void Await() { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::future<void> future_ = promise_.get_future();
};

std::string ReadAll(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

// Runs the hidden test `name` of this program in a process of its own; the text that it left in the key log.
std::string KeysLoggedBy(const std::string& name) {
  char self[PATH_MAX] = {};
  REQUIRE(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
  char log[] = "/tmp/oktasync-keylog-XXXXXX";
  close(mkstemp(log));
  const std::string command =
      "SSLKEYLOGFILE=" + std::string(log) + " '" + self + "' '" + name + "' >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  std::string text = ReadAll(log);
  unlink(log);
  return text;
}

Handler Fine() {
  return Serve([](const std::string&) { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"; });
}

// Cancels while `url` is being asked, when `ready` returns, and checks how soon that is heard.
void CheckCancelled(ClientFixture& test, const std::string& url, const std::function<void()>& ready) {
  test.client = test.MakeClient();
  auto sending = std::async(std::launch::async, [&] { return test.Get(url); });
  ready();
  const absl::Duration begun = Now();
  test.cancel.Request();
  const auto response = sending.get();
  CHECK(Now() - begun < absl::Seconds(1));
  REQUIRE_FALSE(response.ok());
  CHECK(response.status().code() == StatusCode::kCancelled);
  CHECK_THAT(Message(response.status()), Catch::Contains("stopped while asking https://"));
  // The client itself goes as quickly.
  const absl::Duration closing = Now();
  test.client.reset();
  CHECK(Now() - closing < absl::Seconds(1));
}

}  // namespace
}  // namespace oktasync::http_test

// libcurl's resolver thread calls this one, as a program's visible symbols go before a library's.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  using oktasync::http_test::TestResolver;
  const std::string name = node == nullptr ? "" : node;
  if (name == "missing.test") {
    TestResolver().Miss();
    return EAI_NONAME;
  }
  if (name == "hang.test") {
    TestResolver().Hang();
    return EAI_AGAIN;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, result);
}

namespace oktasync::http_test {

TEST_CASE_METHOD(ClientFixture, "DNS fails: worth another try, and the name is told") {
  const int before = TestResolver().asked();
  CHECK_THAT(Failure("https://missing.test/", StatusCode::kUnavailable),
             Catch::StartsWith("https://missing.test: its name cannot be resolved"));
  CHECK(TestResolver().asked() == before + 1);  // or the tests with hang.test would prove nothing
}

TEST_CASE_METHOD(ClientFixture, "stop while Okta hangs before its first byte") {
  Signal asked;
  TlsServer server(leaf, [&](Conn& conn) {
    conn.ReadRequest();
    asked.Set();
    conn.WaitClosed();
  });
  CheckCancelled(*this, server.Url("/"), [&] { asked.Await(); });
}

TEST_CASE_METHOD(ClientFixture, "stop in the middle of a body") {
  Signal asked;
  TlsServer server(leaf, [&](Conn& conn) {
    conn.ReadRequest();
    conn.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[");
    asked.Set();
    conn.WaitClosed();
  });
  CheckCancelled(*this, server.Url("/"), [&] { asked.Await(); });
}

TEST_CASE_METHOD(ClientFixture, "stop in the middle of the TLS handshake") {
  Signal asked;
  TlsServer server(nullptr,
                   [&](Conn& conn) {
                     conn.Read(10);
                     asked.Set();
                     while (conn.Read(1)) {
                     }
                   },
                   {.plain = true});
  CheckCancelled(*this, server.Url("/"), [&] { asked.Await(); });
}

TEST_CASE_METHOD(ClientFixture, "stop while the name server hangs") {
  CheckCancelled(*this, "https://hang.test/", [] { TestResolver().AwaitHanging(); });
  TestResolver().Release();
}

TEST_CASE_METHOD(ClientFixture, "stopped before: nothing is sent") {
  TlsServer server(leaf, Fine());
  cancel.Request();
  Failure(server.Url("/"), StatusCode::kCancelled);
  CHECK(server.connections() == 0);
}

TEST_CASE_METHOD(ClientFixture, "a stop of one caller leaves the others alone") {
  Signal asked;
  TlsServer hanging(leaf, [&](Conn& conn) {
    conn.ReadRequest();
    asked.Set();
    conn.WaitClosed();
  });
  TlsServer server(leaf, Fine());
  client = MakeClient();
  Cancel other;
  auto stopped = std::async(std::launch::async, [&] {
    http::Request request;
    request.url = hanging.Url("/");
    return client->Send(request, other);
  });
  asked.Await();
  other.Request();
  CHECK(stopped.get().status().code() == StatusCode::kCancelled);
  CHECK(MustGet(server.Url("/")).status == 200);
}

TEST_CASE_METHOD(ClientFixture, "stops and answers that race leave nothing behind") {
  TlsServer server(leaf, Fine());
  client = MakeClient();
  int answered = 0;
  for (int i = 0; i < 200; ++i) {
    Cancel own;
    std::thread stopper([&] { own.Request(); });
    http::Request request;
    request.url = server.Url("/");
    const auto response = client->Send(request, own);
    stopper.join();
    if (response.ok()) {
      ++answered;
    } else {
      REQUIRE(response.status().code() == StatusCode::kCancelled);
    }
  }
  INFO("answered " << answered);
  CHECK(MustGet(server.Url("/")).status == 200);
}

TEST_CASE_METHOD(ClientFixture, "invariant 15: no error tells the token, the body, or the query") {
  http::Request request;
  request.method = "POST";
  request.authorization = Secret("Bearer hunter2-token");
  request.body = "client_assertion=hunter2-assertion";
  request.headers = {{"DPoP", "hunter2-proof"}};
  const auto check = [&](const std::string& url, StatusCode code) {
    request.url = url + "?code=hunter2-query";
    CHECK_THAT(Failure(request, code), !Catch::Contains("hunter2"));
  };
  const TestCa other;
  TlsServer untrusted(other.Issue("DNS:localhost"), Fine());
  check(untrusted.Url("/"), StatusCode::kFailedPrecondition);
  TlsServer silent(leaf, [](Conn& conn) { conn.ReadRequest(); });
  check(silent.Url("/"), StatusCode::kUnavailable);
  TlsServer cut(leaf, Once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"));
  check(cut.Url("/"), StatusCode::kUnavailable);
  check("https://missing.test/", StatusCode::kUnavailable);
  check("http://localhost/", StatusCode::kInvalidArgument);
  check("https://user:hunter2@localhost/", StatusCode::kInvalidArgument);
  check("https://local host/", StatusCode::kInvalidArgument);
  request.headers = {{"DPoP", "hunter2\r\nX-Injected: 1"}};
  check(silent.Url("/"), StatusCode::kInvalidArgument);
}

TEST_CASE_METHOD(ClientFixture, "a value cannot break out of its header line") {
  TlsServer server(leaf, Fine());
  http::Request request;
  request.url = server.Url("/");
  for (const std::string& bad : {std::string("a\r\nX: y"), std::string("a\ny"), std::string("a\0y", 3)}) {
    request.headers = {{"X-Test", bad}};
    Failure(request, StatusCode::kInvalidArgument);
    request.headers = {{bad, "x"}};
    Failure(request, StatusCode::kInvalidArgument);
    request.headers.clear();
    request.authorization = Secret(bad);
    Failure(request, StatusCode::kInvalidArgument);
    request.authorization = Secret();
  }
  request.method = "GET / HTTP/1.1\r\nX: y";
  Failure(request, StatusCode::kInvalidArgument);
  CHECK(server.connections() == 0);
}

TEST_CASE("SSLKEYLOGFILE has no effect on us") {
  // The first line proves that the variable works for who does not take care of it.
  CHECK_THAT(KeysLoggedBy("keylog child: bare libcurl"), Catch::Contains("CLIENT_"));
  CHECK(KeysLoggedBy("keylog child: our client").empty());
}

TEST_CASE_METHOD(ClientFixture, "keylog child: our client", "[.]") {
  TlsServer server(leaf, Fine());
  CHECK(MustGet(server.Url("/")).status == 200);
}

TEST_CASE_METHOD(ClientFixture, "keylog child: bare libcurl", "[.]") {
  TlsServer server(leaf, Fine());
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, server.Url("/").c_str());
  curl_easy_setopt(easy, CURLOPT_CAINFO, ca.file().c_str());
  CHECK(curl_easy_perform(easy) == CURLE_OK);
  curl_easy_cleanup(easy);
}

}  // namespace oktasync::http_test
