// The server on the control socket against clients that are good, slow, silent, greedy and wrong.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "control_server.h"
#include "daemon.h"
#include "fake_instance.h"
#include "nlohmann/json.hpp"
#include "signals.h"

namespace oktasync::host {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

double Since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

class Served {
 public:
  explicit Served(ServerOptions options = {})
      : folder_((std::filesystem::temp_directory_path() / "oktasync-server-XXXXXX").string()) {
    REQUIRE(::mkdtemp(folder_.data()) != nullptr);
    auto socket = ControlSocket::Listen(path());
    REQUIRE(socket.ok());
    auto server = ControlServer::Start(*std::move(socket), instance, {1, "v", "c", "d"}, options);
    REQUIRE(server.ok());
    server_ = *std::move(server);
  }
  ~Served() {
    Stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void Stop() {
    if (server_ == nullptr) return;
    server_->BeginStop();
    instance.stopped.Request();  // as the instance's own stop does
    server_.reset();
  }
  std::string path() const { return folder_ + "/s"; }
  std::string folder() const { return folder_; }

  FakeInstance instance;

 private:
  std::string folder_;
  std::unique_ptr<ControlServer> server_;
};

// A client that does as it likes.
class Raw {
 public:
  explicit Raw(const Served& served) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, served.path().c_str());
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~Raw() { ::close(fd_); }

  Raw& Send(const std::string& text) {
    size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t n = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;  // the server has had enough
      sent += static_cast<size_t>(n);
    }
    return *this;
  }
  // Until the server closes.
  std::string Read(size_t piece = 65536) {
    std::string text;
    std::string buffer(piece, '\0');
    for (;;) {
      const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (n <= 0) return text;
      text.append(buffer, 0, static_cast<size_t>(n));
    }
  }
  bool Closed(double seconds) {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(seconds * 1000)) == 1;
  }

 private:
  const int fd_;
};

std::string Ask(const Served& served, const std::string& request) { return Raw(served).Send(request).Read(); }

// The answer's status line and the code of its error; the body must be JSON, whatever was asked.
std::string Refusal(const std::string& answer) {
  const size_t body = answer.find("\r\n\r\n");
  INFO(answer);
  REQUIRE(body != std::string::npos);
  CHECK_THAT(answer, Contains("application/json"));
  const json error = json::parse(answer.substr(body + 4));
  CHECK_FALSE(error.at("error").at("message").get<std::string>().empty());
  return answer.substr(9, 3) + " " + error["error"]["code"].get<std::string>();
}

TEST_CASE("server: a request on a connection, answered with JSON and closed") {
  Served served;
  const std::string answer = Ask(served, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n") && Contains("Connection: close"));
  CHECK(json::parse(answer.substr(answer.find("\r\n\r\n")))["state"] == "running");
  // curl -X POST says nothing of a body; that is none, and not one to wait for.
  const auto began = Clock::now();
  CHECK_THAT(Ask(served, "POST /v1/sync HTTP/1.1\r\nHost: x\r\n\r\n"), Contains("\"run_id\":101"));
  CHECK(Since(began) < 5);
}

TEST_CASE("server: odd requests are refused before a byte of their body is taken in") {
  Served served;
  const std::string post = "POST /v1/approve HTTP/1.1\r\nHost: x\r\n";
  const std::string type = "Content-Type: application/json\r\n";
  for (const std::string& odd : {
           post + type + "Transfer-Encoding: chunked\r\n\r\n5\r\n{}   \r\n0\r\n\r\n",
           post + type + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
           post + "Content-Length: 2\r\n\r\n{}",
           post + "Content-Type: multipart/form-data; boundary=a\r\nContent-Length: 2\r\n\r\n{}",
           post + type + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
           post + type + "Content-Length: -2\r\n\r\n{}",
           post + type + "Content-Length: 999999999\r\n\r\n{}",
           post + type + "Content-Length: 99999999999999999999\r\n\r\n{}",
           std::string("GET /v1/status HTTP/1.1\r\n" + type + "Content-Length: 2\r\n\r\n{}"),
           std::string("GARBAGE\r\n\r\n"),
           std::string("GET\r\n\r\n"),
       }) {
    INFO(odd);
    CHECK(Refusal(Ask(served, odd)) == "400 INVALID_ARGUMENT");
  }
  CHECK(Refusal(Ask(served, "GET /../../etc/passwd HTTP/1.1\r\n\r\n")) == "404 NOT_FOUND");
  CHECK(Refusal(Ask(served, "POST /other HTTP/1.1\r\n" + type + "Content-Length: 2\r\n\r\n{}")) ==
        "404 NOT_FOUND");
  CHECK(served.instance.asked().empty());
}

TEST_CASE("server: sizes are bounded, in the head and in the body") {
  Served served;
  Refusal(Ask(served, "GET /v1/status HTTP/1.1\r\nX: " + std::string(1 << 20, 'a') + "\r\n\r\n"));
  Refusal(Ask(served, "GET /" + std::string(1 << 20, 'a') + " HTTP/1.1\r\n\r\n"));
  std::string headers;
  for (int i = 0; i < 20'000; ++i) headers += "A: b\r\n";
  Refusal(Ask(served, "GET /v1/status HTTP/1.1\r\n" + headers + "\r\n"));
  Refusal(Ask(served, std::string(1 << 20, 'a')));
  CHECK_THAT(Ask(served, "GET /v1/status HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("server: ranges are not served, a report is whole") {
  Served served;
  served.instance.reports[4] = std::string(5 << 20, 'r');
  const std::string answer =
      Ask(served, "GET /v1/report HTTP/1.1\r\nRange: bytes=0-1,3-4\r\nAccept-Encoding: gzip, br\r\n\r\n");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK"));
  CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == served.instance.reports[4]);
}

TEST_CASE("server: a silent client and a dripping one are cut, and cost others nothing") {
  ServerOptions options;
  options.request = std::chrono::milliseconds(700);
  options.workers = 3;
  Served served(options);
  Raw silent(served);
  Raw dripping(served);
  dripping.Send("GET /v1/sta");
  const auto began = Clock::now();
  CHECK_THAT(Ask(served, "GET /v1/status HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  CHECK(Since(began) < 0.6);
  for (int i = 0; i < 20 && !dripping.Closed(0.1); ++i) dripping.Send("t");
  CHECK(Refusal(dripping.Read()) == "408 DEADLINE_EXCEEDED");
  CHECK(Refusal(silent.Read()) == "408 DEADLINE_EXCEEDED");
  // More of them than there are workers: whoever comes after waits for a place, not for ever.
  std::vector<std::unique_ptr<Raw>> crowd;
  for (int i = 0; i < 6; ++i) crowd.push_back(std::make_unique<Raw>(served));
  CHECK_THAT(Ask(served, "GET /v1/status HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("server: who does not read his answer is cut") {
  ServerOptions options;
  options.stalled = std::chrono::milliseconds(300);
  options.workers = 1;
  Served served(options);
  served.instance.reports[4] = std::string(32 << 20, 'r');
  Raw greedy(served);
  greedy.Send("GET /v1/report HTTP/1.1\r\n\r\n");
  CHECK_THAT(Ask(served, "GET /v1/status HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  CHECK(greedy.Read().size() < served.instance.reports[4].size());
}

TEST_CASE("server: clients that go away, at whatever point, cost the others nothing") {
  ServerOptions options;
  options.workers = 2;
  Served served(options);
  served.instance.reports[4] = std::string(8 << 20, 'r');
  const std::string approve =
      "POST /v1/approve HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
  for (int i = 0; i < 50; ++i) {
    Raw{served};
    Raw(served).Send("GET /v1/sta");
    Raw(served).Send(approve);
    Raw(served).Send("GET /v1/report HTTP/1.1\r\n\r\n");
    Raw midway(served);
    midway.Send("GET /v1/report HTTP/1.1\r\n\r\n");
    CHECK(midway.Closed(5));  // the answer has begun
  }
  CHECK_THAT(Ask(served, "GET /v1/status HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  CHECK(served.instance.asked().empty());
}

TEST_CASE("server: stop waits for no client, and ends a call that waits for the instance") {
  Served served;
  served.instance.explain_hangs = true;
  served.instance.reports[4] = std::string(32 << 20, 'r');
  Raw silent(served);
  Raw half(served);
  half.Send("POST /v1/approve HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  Raw explaining(served);
  explaining.Send("GET /v1/explain?who=ada HTTP/1.1\r\n\r\n");
  Raw greedy(served);
  greedy.Send("GET /v1/report HTTP/1.1\r\n\r\n");
  while (served.instance.asked().empty()) ::poll(nullptr, 0, 1);
  const auto began = Clock::now();
  served.Stop();
  CHECK(Since(began) < 1);
  CHECK_FALSE(std::filesystem::exists(served.path()));
}

TEST_CASE("server: another user is refused even when the file's mode would let him in") {
  if (::geteuid() != 0) {
    WARN("needs root to become somebody else; not tested");
    return;
  }
  Served served;
  REQUIRE(::chmod(served.folder().c_str(), 0755) == 0);
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const auto as_nobody = [&] {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      std::string told = "cannot connect";
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::strcpy(address.sun_path, served.path().c_str());
      const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
      if (::setuid(65534) == 0 &&
          ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
        const std::string request = "POST /v1/sync HTTP/1.1\r\nHost: x\r\n\r\n";
        char answer[512];
        [[maybe_unused]] const ssize_t sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
        const ssize_t got = ::recv(fd, answer, sizeof(answer), 0);
        told.assign(answer, got > 0 ? static_cast<size_t>(got) : 0);
      }
      [[maybe_unused]] const ssize_t written = ::write(pipe[1], told.data(), told.size());
      ::_exit(0);
    }
    char told[1024];
    const ssize_t got = ::read(pipe[0], told, sizeof(told));
    ::waitpid(child, nullptr, 0);
    return std::string(told, got > 0 ? static_cast<size_t>(got) : 0);
  };
  CHECK(as_nobody() == "cannot connect");
  REQUIRE(::chmod(served.path().c_str(), 0666) == 0);
  CHECK(Refusal(as_nobody()) == "403 PERMISSION_DENIED");
  CHECK(served.instance.asked().empty());
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_CASE("daemon: a client gets what the instance says, codes and all, and a signal ends its wait") {
  absl::StatusOr<Signals> signals = Signals::Block();
  REQUIRE(signals.ok());
  Served served;
  served.instance.reports[4] = std::string(9 << 20, 'r');
  Daemon daemon(served.path(), *signals);
  std::string text;
  uint64_t run_id = 0;
  CHECK(daemon.Status(&text).ok());
  CHECK(json::parse(text)["daemon"]["pid"] == 1);
  CHECK(daemon.Request(true, &run_id).ok());
  CHECK(run_id == 101);
  CHECK(daemon.Approve("0123456789abcdef", R"({"held":[]})", &run_id).ok());
  CHECK(daemon.Approve("", std::string(40 << 20, 'x'), &run_id).code == OKTASYNC_INVALID_ARGUMENT);
  const std::string odd = "a&b=c/ä?#%20 +";
  CHECK(daemon.Explain(odd, &text).ok());
  CHECK(served.instance.asked() ==
        std::vector<std::string>{"plan", "approve 0123456789abcdef|{\"held\":[]}", "explain " + odd});
  Document report;
  CHECK(daemon.Report(4, &report).ok());
  CHECK(report.text == served.instance.reports[4]);
  CHECK(daemon.Report(5, &report).not_finished());
  served.instance.error = {OKTASYNC_FAILED_PRECONDITION, 0, "older than 24 hours"};
  const PluginError refused = daemon.Approve("0123456789abcdef", "", &run_id);
  CHECK(refused.code == OKTASYNC_FAILED_PRECONDITION);
  CHECK(refused.message == "older than 24 hours");

  served.instance.error = {};
  served.instance.explain_hangs = true;
  ::kill(::getpid(), SIGINT);
  const auto began = Clock::now();
  CHECK(daemon.Explain("ada", &text).code == OKTASYNC_CANCELLED);
  CHECK(Since(began) < 2);

  served.Stop();
  const PluginError gone = daemon.Request(false, &run_id);
  CHECK(gone.code == OKTASYNC_UNAVAILABLE);
  CHECK_FALSE(gone.not_finished());
  CHECK_THAT(gone.message, Contains(served.path()));
}

}  // namespace
}  // namespace oktasync::host
